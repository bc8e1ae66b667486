"""The float32 island for Fourier transforms.

torch.fft refuses bfloat16 and (on the CPU, and for most lengths on a GPU) float16, and autocast does not help on CUDA. So a
transform runs in float32 and its result goes back to the input's type; float64 stays float64.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from mixerkit.layers.autocast import without_autocast

HALF = (torch.float16, torch.bfloat16)


def in_float32(x: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
    """function(x) without autocast: half precision goes in as float32, and what comes out has the type of ``x``."""
    with without_autocast(x):
        return function(x.float() if x.dtype in HALF else x).to(x.dtype)


def hfft(x: Tensor, length: int, axis: int, norm: str) -> Tensor:
    """Hermitian FFT of a real tensor: torch.fft.hfft. Real and even: y[k] = y[length - k].

    Args:
        x: [..., n, ...] real; of ``axis``, the first length // 2 + 1 entries are read.
        length: entries of ``axis`` in the result.
        norm: "ortho" or "backward".
    """
    return in_float32(x, lambda y: torch.fft.hfft(y, n=length, dim=axis, norm=norm))


def irfft(x: Tensor, length: int, axis: int, norm: str) -> Tensor:
    """Inverse real FFT of a real half-spectrum: torch.fft.irfft. Arguments as :func:`hfft`."""
    return in_float32(x, lambda y: torch.fft.irfft(y, n=length, dim=axis, norm=norm))


def grid_rfft(x: Tensor) -> Tensor:
    """Half-spectrum of a grid along F and T, orthonormal: real ``[B, F, T, D]`` -> complex ``[B, F, T // 2 + 1, D]``.

    To be called on the island.
    """
    return torch.fft.rfft2(x, dim=(1, 2), norm="ortho")


def grid_irfft(z: Tensor, time: int) -> Tensor:
    """The inverse of :func:`grid_rfft`: complex ``[B, F, T // 2 + 1, D]`` -> real ``[B, F, T, D]``, T = ``time``.

    A filter may leave the columns 0 and T / 2 without the symmetry of a real grid's spectrum. Axis by axis, what has no
    counterpart in a real grid is left out. torch.fft.irfft2 guarantees that for the zero frequency only.
    """
    return torch.fft.irfft(torch.fft.ifft(z, dim=1, norm="ortho"), n=time, dim=2, norm="ortho")


def real_fft_flops(length: int) -> int:
    """Real operations of one real FFT: 2.5 n log2 n, the usual count for a split-radix transform. A complex one is twice that."""
    return round(2.5 * length * math.log2(length)) if length > 1 else 0
