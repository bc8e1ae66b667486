"""The float32 island for Fourier transforms.

torch.fft refuses bfloat16 and (on the CPU, and for most lengths on a GPU) float16, and autocast does not help on CUDA. So a
transform runs in float32 and its result goes back to the type that came; float64 stays float64.
"""

import math

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def hfft(x: Tensor, length: int, axis: int, norm: str) -> Tensor:
    """Hermitian FFT of a real tensor: torch.fft.hfft. Real and even: y[k] = y[length - k].

    Args:
        x: [..., n, ...] real; of ``axis``, the first length // 2 + 1 entries are read.
        length: entries of ``axis`` in the result.
        norm: "ortho" or "backward".
    """
    with torch.autocast(x.device.type, enabled=False):
        y = torch.fft.hfft(x.float() if x.dtype in HALF else x, n=length, dim=axis, norm=norm)
        return y.to(x.dtype)


def irfft(x: Tensor, length: int, axis: int, norm: str) -> Tensor:
    """Inverse real FFT of a real half-spectrum: torch.fft.irfft. Arguments as :func:`hfft`."""
    with torch.autocast(x.device.type, enabled=False):
        y = torch.fft.irfft(x.float() if x.dtype in HALF else x, n=length, dim=axis, norm=norm)
        return y.to(x.dtype)


def real_fft_flops(length: int) -> int:
    """Real operations of one real FFT: 2.5 n log2 n, the usual count for a split-radix transform."""
    return round(2.5 * length * math.log2(length)) if length > 1 else 0
