"""Hermit-frequency: what of the channels comes through which spectrum."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.fft import dct

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.layers import hfft, irfft
from mixerkit.operators.hermit_frequency import HermitFrequencySpec, lengths
from tests.operators.agree import INDEX, agrees_with_references, built, grids

SPECTRA, NORMS = ("truncated", "full", "mixed"), ("ortho", "backward")
SETTINGS = st.builds(
    HermitFrequencySpec,
    spectrum=st.sampled_from(SPECTRA),
    fft_norm=st.sampled_from(NORMS),
    axis=st.sampled_from(["dim", "freq", "time"]),
    inner_norm=st.sampled_from(["none", "layer", "group", "batch", "rms", "affine"]),
)


@given(spec=SETTINGS, grid=grids(least=2), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_agrees_with_its_references_whatever_the_settings(spec, grid, seed):
    assume(not spec.check(grid, INDEX))
    agrees_with_references(spec, grid, seed)


@given(d=st.integers(2, 40), norm=st.sampled_from(NORMS))
def test_the_full_transform_is_the_dct_1_and_its_inverse_exact(d, norm):
    x = torch.randn(3, d, dtype=torch.float64)
    there, back = lengths(d, "full")
    spectrum = hfft(x, there, -1, norm)
    scale = np.sqrt(there) if norm == "ortho" else 1.0
    np.testing.assert_allclose(spectrum[:, :d].numpy() * scale, dct(x.numpy(), type=1), atol=1e-10)
    torch.testing.assert_close(irfft(spectrum[:, :d], back, -1, norm)[:, :d], x)


def test_known_numbers():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)
    assert hfft(x, 6, -1, "backward").round(decimals=9).tolist() == [15, -4, 0, -1, 0, -4]
    assert hfft(x, 4, -1, "backward").round(decimals=9).tolist() == [8, -2, 0, -2]
    there = hfft(x, 4, -1, "backward")
    assert irfft(there[:3], 4, -1, "backward").round(decimals=9).tolist() == [1, 2, 3, 2]
    assert irfft(hfft(x, 6, -1, "backward")[:3], 4, -1, "backward").round(decimals=9).tolist() == [1.75, 3.75, 5.75, 3.75]


@given(d=st.integers(4, 17))
def test_truncated_never_reads_the_upper_half_of_the_channels(d):
    module, x = built("hermit-frequency", Grid(2, 2, d))
    y = module(x)
    y.sum().backward()
    assert not x.grad[..., d // 2 + 1 :].any()
    assert x.grad[..., : d // 2 + 1].any(dim=(0, 1, 2)).all()
    mirrored = torch.flip(y[..., 1:], [-1])
    torch.testing.assert_close(mirrored, y[..., 1:])


def test_without_a_non_linearity_the_full_spectrum_is_plain_token_mixing():
    grid = Grid(2, 3, 9)
    hermit, x = built("hermit-frequency", grid, spectrum="full")
    token = build_operator("token", grid).double()
    for module in (hermit, token):
        module.mlp.act = torch.nn.Identity()
    torch.nn.init.zeros_(hermit.mlp.fc1.bias)
    torch.nn.init.zeros_(hermit.mlp.fc2.bias)
    token.mlp.load_state_dict(hermit.mlp.state_dict())
    torch.testing.assert_close(hermit(x), token(x))


@pytest.mark.parametrize("kind", ["gelu", "gelu-tanh", "silu", "mish", "acon-c", "acon-c-swish"])
def test_every_activation_is_built_with_its_width(kind):
    module = build_operator({"kind": "hermit-frequency", "activation": kind, "hidden_ratio": 2.0}, Grid(2, 3, 4))
    own = sum(p.numel() for p in module.mlp.act.parameters())
    assert own == (3 * 8 if kind.startswith("acon") else 0)


@pytest.mark.parametrize(
    ("grid", "settings", "word"),
    [
        (Grid(4, 4, 1), {}, "dim has 1 entry"),
        (Grid(1, 4, 4), {"axis": "freq"}, "freq has 1 entry"),
        (Grid(1, 6, 4, extra=2), {"axis": "time"}, "extra tokens"),
    ],
)
def test_axes_it_cannot_transform_are_named(grid, settings, word):
    with pytest.raises(RecipeError, match=word):
        build_operator({"kind": "hermit-frequency", **settings}, grid)
