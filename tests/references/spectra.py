"""Operators in the spectrum of the grid: fourier, global-filter, adaptive-frequency."""

import torch
from torch import Tensor, nn
from transformers import FNetConfig
from transformers.models.fnet.modeling_fnet import FNetBasicFourierTransform

from mixerkit.testing import Case
from tests.references.activations import bend
from tests.references.base import Reference, tokens
from tests.references.waves import irfft2, numpys_dft, numpys_grid, rfft2, waves


def scale(case: Case, x: Tensor) -> float:
    """FNet knows no scale; ortho is 1 / sqrt(N D)."""
    return x[0].numel() ** -0.5 if case.spec.fft_norm == "ortho" else 1.0


def fourier_by_transformers(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    theirs = FNetBasicFourierTransform(FNetConfig(hidden_size=x.shape[-1]))
    return theirs(x.flatten(1, 2))[0].reshape(x.shape) * scale(case, x)


def fourier_by_waves(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """y[n, d] = sum of x[m, e] cos(2 pi (n m / N + d e / D))."""
    rows = tokens(x)
    (cn, sn), (cd, sd) = waves(rows.shape[1]), waves(rows.shape[2])
    return (cn @ rows @ cd - sn @ rows @ sd).reshape(x.shape) * scale(case, x)


def fourier_by_numpy(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    rows = tokens(x)
    along_tokens, along_channels = (numpys_dft(size, case.spec.fft_norm) for size in rows.shape[1:])
    return torch.einsum("kn,ld,bnd->bkl", along_tokens, along_channels, rows.to(along_tokens.dtype)).real.reshape(x.shape)


def filter_by_waves(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """irfft2(K * rfft2(x)) in real arithmetic."""
    (a, b), (c, d) = rfft2(x), module.complex_weight.unbind(-1)
    return irfft2(a * c - b * d, a * d + b * c, x.shape[2])


def filter_by_convolution(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """y[f, t] = sum over g, s of kernel[g, s] x[f - g, t - s], in a circle; the kernel is the grid whose spectrum is K."""
    _, rows, columns, _ = x.shape
    kernel = irfft2(*(part[None] for part in module.complex_weight.unbind(-1)), columns)[0] * (rows * columns) ** -0.5
    y = torch.zeros_like(x)
    for g in range(rows):
        for s in range(columns):
            moved = x[:, [(f - g) % rows for f in range(rows)]][:, :, [(t - s) % columns for t in range(columns)]]
            y = y + kernel[g, s] * moved
    return y


def shrink(v: Tensor, threshold: float) -> Tensor:
    return torch.sign(v) * torch.clamp(v.abs() - threshold, min=0.0)


def block_by_block(layer: nn.Module, blocks: int, real: Tensor, imag: Tensor) -> tuple[Tensor, Tensor]:
    """(real, imaginary) of the complex layer, one block of channels after another, in real arithmetic."""
    width = real.shape[-1] // blocks
    reals, imags = [], []
    for k in range(blocks):
        channels = slice(k * width, (k + 1) * width)
        (wr, wi), (br, bi) = layer.weight[k].unbind(-1), layer.bias[channels].unbind(-1)
        a, b = real[..., channels], imag[..., channels]
        reals.append(a @ wr - b @ wi + br)
        imags.append(a @ wi + b @ wr + bi)
    return torch.cat(reals, -1), torch.cat(imags, -1)


def adaptive_by_waves(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    real, imag = rfft2(x)
    blocks, threshold = case.spec.blocks, case.spec.threshold
    a, b = (bend(case.spec.activation, module.act, part) for part in block_by_block(module.fc1, blocks, real, imag))
    c, d = (shrink(part, threshold) for part in block_by_block(module.fc2, blocks, a, b))
    return irfft2(c * real - d * imag, c * imag + d * real, x.shape[2])


def whole_matrix(layer: nn.Module, z: Tensor) -> Tensor:
    """The complex layer as one D x D matrix, zero outside of its blocks."""
    matrix = torch.block_diag(*torch.view_as_complex(layer.weight))
    return z @ matrix + torch.view_as_complex(layer.bias)


def adaptive_by_numpy(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    _, rows, columns, _ = x.shape
    along_f, along_t = numpys_dft(rows), numpys_dft(columns)[: columns // 2 + 1]
    spectrum = torch.einsum("kf,lt,bftd->bkld", along_f, along_t, x.to(along_f.dtype))
    hidden = whole_matrix(module.fc1, spectrum)
    parts = (bend(case.spec.activation, module.act, part) for part in (hidden.real, hidden.imag))
    mask = whole_matrix(module.fc2, torch.complex(*parts))
    small = torch.complex(*(shrink(part, case.spec.threshold) for part in (mask.real, mask.imag)))
    return numpys_grid(small * spectrum, columns)


FOURIER = (
    Reference("transformers FNetBasicFourierTransform", fourier_by_transformers),
    Reference("numpy's DFT as complex matrices", fourier_by_numpy),
    Reference("matrices of cosines and sines", fourier_by_waves),
)
GLOBAL_FILTER = (
    Reference("convolution in a circle, by loops", filter_by_convolution),
    Reference("matrices of cosines and sines", filter_by_waves),
)
ADAPTIVE_FREQUENCY = (
    Reference("numpy's DFT as complex matrices, the whole spectrum", adaptive_by_numpy),
    Reference("matrices of cosines and sines, block by block", adaptive_by_waves),
)
