"""Second writings that operators in the spectrum are held to: sums of cosines and sines, without any FFT."""

import math

import torch

TOLERANCE = 1e-12


def agree(found, expected):
    """Whether two results are the same within rounding of float64."""
    found, expected = found.detach(), expected.detach()
    scale = max(1.0, float(expected.abs().max()))
    return found.shape == expected.shape and float((found - expected).abs().max()) <= TOLERANCE * scale


def gradients_agree(found, expected, inputs):
    """Whether two results have the same gradients with respect to the inputs."""
    upstream = torch.randn_like(expected)
    ours = torch.autograd.grad(found, inputs, upstream)
    return all(agree(a, b) for a, b in zip(ours, torch.autograd.grad(expected, inputs, upstream), strict=True))


def waves(size, kept=None):
    """(cos, sin) of 2 pi k n / size, [kept, size]."""
    turns = torch.outer(torch.arange(kept or size), torch.arange(size)) % size
    angles = 2 * math.pi * turns.double() / size
    return angles.cos(), angles.sin()


def rfft2(x):
    """(real, imaginary) of the orthonormal DFT of [B, F, T, D] along F and T, columns 0 .. T // 2."""
    (cf, sf), (ct, st) = waves(x.shape[1]), waves(x.shape[2], x.shape[2] // 2 + 1)

    def both(along_f, along_t):
        return torch.einsum("kf,lt,bftd->bkld", along_f, along_t, x) / math.sqrt(x.shape[1] * x.shape[2])

    return both(cf, ct) - both(sf, st), -both(sf, ct) - both(cf, st)


def irfft2(real, imag, time):
    """The real grid of a half-spectrum: every column but 0 and T / 2 counts for its mirror image too."""
    freq, kept = real.shape[1:3]
    (cf, sf), (ct, st) = waves(freq), waves(time, kept)
    twice = torch.tensor([1.0 if 2 * column in (0, time) else 2.0 for column in range(kept)], dtype=real.dtype)

    def both(along_f, along_t, z):
        return torch.einsum("kf,lt,l,bkld->bftd", along_f, along_t, twice, z) / math.sqrt(freq * time)

    return both(cf, ct, real) - both(sf, st, real) - both(sf, ct, imag) - both(cf, st, imag)
