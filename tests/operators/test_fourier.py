"""Fourier: the half-spectrum mirrored is the whole DFT's real part."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, Site, build_operator
from mixerkit.operators.fourier import Fourier, FourierSpec
from tests.operators.literal import agree, gradients_agree, waves

SIZES = {"f": st.integers(1, 5), "t": st.integers(1, 7), "d": st.integers(1, 9)}


def sums_of_cosines(x):
    """y[n, d] = sum of x[m, e] cos(2 pi (n m / N + d e / D)), by matrices of cosines and sines."""
    rows = x.flatten(1, 2)
    (cn, sn), (cd, sd) = waves(rows.shape[1]), waves(rows.shape[2])
    return (cn @ rows @ cd - sn @ rows @ sd).reshape(x.shape)


@given(**SIZES, norm=st.sampled_from(["backward", "ortho"]))
def test_is_numpys_dft_over_tokens_and_channels(f, t, d, norm):
    x = torch.randn(2, f, t, d, dtype=torch.float64)
    expected = np.fft.fft2(x.flatten(1, 2).numpy(), norm=norm).real.reshape(x.shape)
    assert agree(Fourier(norm)(x), torch.from_numpy(expected))


@given(**SIZES)
def test_outputs_and_gradients_are_those_of_sums_of_cosines(f, t, d):
    x = torch.randn(2, f, t, d, dtype=torch.float64, requires_grad=True)
    found, expected = build_operator("fourier", Grid(f, t, d))(x), sums_of_cosines(x)
    assert agree(found, expected)
    assert gradients_agree(found, expected, [x])


def test_known_numbers():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64).reshape(1, 1, 2, 3)
    assert Fourier()(x).round(decimals=9).tolist() == [[[[21, -3, -3], [-9, 0, 0]]]]


def test_the_grid_is_one_sequence_of_tokens():
    x = torch.randn(1, 3, 4, 5, dtype=torch.float64)
    assert agree(Fourier()(x), Fourier()(x.reshape(1, 1, 12, 5)).reshape(x.shape))


def test_twice_gives_the_even_part_only():
    x = torch.randn(1, 2, 3, 5, dtype=torch.float64)
    mirrored = x.flatten(1, 2).flip(1, 2).roll((1, 1), (1, 2)).reshape(x.shape)
    assert agree(Fourier()(Fourier()(x)), 6 * 5 * (x + mirrored) / 2)
    assert agree(Fourier("ortho")(Fourier("ortho")(x)), (x + mirrored) / 2)


@pytest.mark.parametrize(("grid", "expected"), [(Grid(1, 1, 8), 60), (Grid(2, 4, 1), 2 * 60), (Grid(2, 4, 8), 8 * 60 + 5 * 120)])
def test_flops_count_the_half_that_is_computed(grid, expected):
    """A real FFT of 8 is 2.5 * 8 * 3 = 60 real operations, a complex one 120; of 8 columns 5 are computed."""
    assert FourierSpec().flops(grid, Site(0, 1)) == expected
