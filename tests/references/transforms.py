"""Transforms as matrices along one axis, there and back: by their formulas, and by what numpy and scipy make of unit vectors.

A pair is (there, back), each a tuple of matrices: their results stand side by side as channels, and are summed on the way back.
"""

import math

import numpy as np
import scipy.fft
import torch
from torch import Tensor

from tests.references.waves import mirrored, waves

POSITION = {"freq": 1, "time": 2, "dim": 3}
Matrices = tuple[Tensor, ...]


def along(x: Tensor, axis: int, matrix: Tensor) -> Tensor:
    """The matrix on every row of x along an axis; entries beyond its columns are not read."""
    rows = x.movedim(axis, -1)[..., : matrix.shape[1]]
    return torch.einsum("kn,...n->...k", matrix, rows).movedim(-1, axis)


def there(x: Tensor, axis: int, matrices: Matrices) -> Tensor:
    return torch.cat([along(x, axis, matrix) for matrix in matrices], dim=-1)


def back(y: Tensor, axis: int, matrices: Matrices) -> Tensor:
    parts = y.chunk(len(matrices), dim=-1)
    return sum(along(part, axis, matrix) for part, matrix in zip(parts, matrices, strict=True))


def lengths(size: int, spectrum: str) -> tuple[int, int]:
    """Of the Hermitian pair, there and back, for an axis of ``size`` entries."""
    return {"truncated": (size, size), "full": (2 * size - 2, 2 * size - 2), "mixed": (2 * size - 2, size)}[spectrum]


def hermitian(length: int, entries: int) -> Tensor:
    """sum over m of x[m] cos(2 pi k m / length), x one half of a row that is its own mirror image: [entries, length // 2 + 1]."""
    cosines, _ = waves(length, length // 2 + 1)
    turned = cosines.T[[k % length for k in range(entries)]]
    return turned * mirrored(length)


def hermit_by_formula(size: int, spectrum: str, norm: str) -> tuple[Tensor, Tensor]:
    """HFFT to the distinct entries, and inverse real FFT back."""
    one, other = lengths(size, spectrum)
    scales = (one**-0.5, other**-0.5) if norm == "ortho" else (1.0, 1 / other)
    return hermitian(one, other // 2 + 1) * scales[0], hermitian(other, size) * scales[1]


def hermit_by_numpy(size: int, spectrum: str, norm: str, every: bool = False) -> tuple[Tensor, Tensor]:
    """The same by numpy; with ``every``, all columns of the HFFT instead of the distinct ones."""
    one, other = lengths(size, spectrum)
    kept = one if every else other // 2 + 1
    forward = np.fft.hfft(np.eye(size), one, axis=0, norm=norm)[:kept]
    inverse = np.fft.irfft(np.eye(kept), other, axis=0, norm=norm)[:size]
    return torch.from_numpy(forward), torch.from_numpy(inverse)


def by_formula(spec, size: int) -> tuple[Matrices, Matrices]:
    """The matrices of hermit, dct, rfft and flip for an axis of ``size`` entries."""
    places = torch.arange(size, dtype=torch.float64)
    match spec.kind:
        case "hermit":
            forward, inverse = hermit_by_formula(size, spec.spectrum, spec.fft_norm)
            return (forward,), (inverse,)
        case "dct":
            cosines = torch.cos(torch.outer(places, 2 * places + 1) * (math.pi / (2 * size))) * math.sqrt(2 / size)
            cosines[0] *= math.sqrt(0.5)
            return (cosines,), (cosines.T,)
        case "rfft":
            cosines, sines = (wave / math.sqrt(size) for wave in waves(size, size // 2 + 1))
            twice = mirrored(size)
            return (cosines, -sines), (cosines.T * twice, -sines.T * twice)
        case "flip":
            flipped = torch.eye(size, dtype=torch.float64)[list(range(size - 1, -1, -1))]
            return (flipped,), (flipped,)


def by_libraries(spec, size: int) -> tuple[Matrices, Matrices]:
    """The same as numpy's and scipy's functions give them."""
    unit, half = np.eye(size), np.eye(size // 2 + 1)
    match spec.kind:
        case "hermit":
            forward, inverse = hermit_by_numpy(size, spec.spectrum, spec.fft_norm)
            return (forward,), (inverse,)
        case "dct":
            matrices = [f(unit, type=2, norm="ortho", axis=0) for f in (scipy.fft.dct, scipy.fft.idct)]
            return tuple((torch.from_numpy(matrix),) for matrix in matrices)
        case "rfft":
            spectrum = np.fft.rfft(unit, axis=0, norm="ortho")
            inverses = [np.fft.irfft(part * half, size, axis=0, norm="ortho") for part in (1, 1j)]
            return tuple(map(torch.from_numpy, (spectrum.real, spectrum.imag))), tuple(map(torch.from_numpy, inverses))
        case "flip":
            flipped = torch.from_numpy(np.flip(unit, axis=0).copy())
            return (flipped,), (flipped,)
