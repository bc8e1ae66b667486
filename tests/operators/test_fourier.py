"""Fourier: what the real part of a DFT is, and is not."""

import torch

from mixerkit.operators.fourier import Fourier
from tests.operators.agree import close


def test_known_numbers():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64).reshape(1, 1, 2, 3)
    assert Fourier()(x).round(decimals=9).tolist() == [[[[21, -3, -3], [-9, 0, 0]]]]


def test_the_grid_is_one_sequence_of_tokens():
    x = torch.randn(1, 3, 4, 5, dtype=torch.float64)
    close(Fourier()(x), Fourier()(x.reshape(1, 1, 12, 5)).reshape(x.shape))


def test_twice_gives_the_even_part_only():
    x = torch.randn(1, 2, 3, 5, dtype=torch.float64)
    mirrored = x.flatten(1, 2).flip(1, 2).roll((1, 1), (1, 2)).reshape(x.shape)
    close(Fourier()(Fourier()(x)), 6 * 5 * (x + mirrored) / 2)
    close(Fourier("ortho")(Fourier("ortho")(x)), (x + mirrored) / 2)
