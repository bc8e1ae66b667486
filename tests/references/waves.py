"""Fourier transforms as matrices: of cosines and sines, and of what numpy makes of unit vectors. No torch.fft."""

import math

import numpy as np
import torch
from torch import Tensor


def waves(size: int, kept: int | None = None) -> tuple[Tensor, Tensor]:
    """(cos, sin) of 2 pi k n / size, [kept, size]."""
    turns = torch.outer(torch.arange(kept or size), torch.arange(size)) % size
    angles = 2 * math.pi * turns.double() / size
    return angles.cos(), angles.sin()


def mirrored(length: int) -> Tensor:
    """How often each entry of a half-spectrum of ``length`` counts: all but 0 and the middle stand for their mirror image too."""
    return torch.tensor([1.0 if 2 * k in (0, length) else 2.0 for k in range(length // 2 + 1)], dtype=torch.float64)


def rfft2(x: Tensor) -> tuple[Tensor, Tensor]:
    """(real, imaginary) of the orthonormal DFT of [B, F, T, D] along F and T, columns 0 .. T // 2."""
    (cf, sf), (ct, st) = waves(x.shape[1]), waves(x.shape[2], x.shape[2] // 2 + 1)

    def both(along_f: Tensor, along_t: Tensor) -> Tensor:
        return torch.einsum("kf,lt,bftd->bkld", along_f, along_t, x) / math.sqrt(x.shape[1] * x.shape[2])

    return both(cf, ct) - both(sf, st), -both(sf, ct) - both(cf, st)


def irfft2(real: Tensor, imag: Tensor, time: int) -> Tensor:
    """The real grid of a half-spectrum: every column but 0 and T / 2 counts for its mirror image too."""
    freq, kept = real.shape[1:3]
    (cf, sf), (ct, st) = waves(freq), waves(time, kept)

    def both(along_f: Tensor, along_t: Tensor, z: Tensor) -> Tensor:
        return torch.einsum("kf,lt,l,bkld->bftd", along_f, along_t, mirrored(time), z) / math.sqrt(freq * time)

    return both(cf, ct, real) - both(sf, st, real) - both(sf, ct, imag) - both(cf, st, imag)


def numpys_dft(size: int, norm: str = "ortho") -> Tensor:
    """numpy's DFT of every unit vector: a complex matrix, [size, size]."""
    return torch.from_numpy(np.fft.fft(np.eye(size), norm=norm, axis=0))


def numpys_grid(half: Tensor, time: int) -> Tensor:
    """The real grid of a complex half-spectrum: the other half set beside it, then numpy's inverse DFT of the whole."""
    freq = half.shape[1]
    rows = [-f % freq for f in range(freq)]
    others = [half[:, rows, time - t].conj() for t in range(half.shape[2], time)]
    whole = torch.cat([half, *(column[:, :, None] for column in others)], dim=2)
    return torch.einsum("fk,tl,bkld->bftd", numpys_dft(freq).conj(), numpys_dft(time).conj(), whole).real
