"""Hermit-frequency: the distinct columns give what all columns give."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import dct

from mixerkit import Grid, Site, build_operator
from mixerkit.errors import RecipeError
from mixerkit.layers import hfft, irfft
from mixerkit.operators.hermit_frequency import lengths

SPECTRA, NORMS = ("truncated", "full", "mixed"), ("ortho", "backward")


def built(grid, **settings):
    module = build_operator({"kind": "hermit-frequency", **settings}, grid, Site(1, 4)).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module


def on_all_columns(x, mlp, spectrum, norm, axis, hfft_, irfft_, move):
    """The paper's chain written out: HFFT, transpose, token MLP on every column, transpose, IRFFT; x is [B, F, T, D]."""
    size = x.shape[axis]
    there, back = {"truncated": (size, size), "full": (2 * (size - 1),) * 2, "mixed": (2 * (size - 1), size)}[spectrum]
    y = hfft_(x, there, axis, norm)
    rows = y.reshape(y.shape[0], -1, y.shape[3])
    z = move(mlp(move(rows))).reshape(y.shape)
    return irfft_(z, back, axis, norm)


def numpy_reference(x, module, spectrum, norm):
    mlp = module.mlp
    w1, b1, w2, b2 = (p.detach().numpy() for p in (mlp.fc1.weight, mlp.fc1.bias, mlp.fc2.weight, mlp.fc2.bias))

    def apply(rows):  # [B, D, N]
        hidden = torch.nn.functional.gelu(torch.from_numpy(rows @ w1.T + b1)).numpy()
        return hidden @ w2.T + b2

    out = on_all_columns(
        x.numpy(),
        apply,
        spectrum,
        norm,
        3,
        lambda a, n, axis, how: np.fft.hfft(a, n, axis, norm=how),
        lambda a, n, axis, how: np.fft.irfft(a, n, axis, norm=how),
        lambda rows: np.swapaxes(rows, 1, 2),
    )
    return out[..., : x.shape[3]]


@pytest.mark.parametrize(("spectrum", "norm"), list(product(SPECTRA, NORMS)))
@pytest.mark.parametrize("grid", [Grid(2, 3, 8), Grid(3, 5, 7), Grid(1, 1, 2), Grid(4, 4, 33)], ids=str)
def test_agrees_with_numpy_on_all_columns(grid, spectrum, norm):
    module = built(grid, spectrum=spectrum, fft_norm=norm)
    x = torch.randn(2, grid.freq, grid.time, grid.dim, dtype=torch.float64)
    found, expected = module(x).detach().numpy(), numpy_reference(x, module, spectrum, norm)
    assert np.abs(found - expected).max() <= 1e-12 * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize(("spectrum", "norm"), list(product(SPECTRA, NORMS)))
@pytest.mark.parametrize("grid", [Grid(2, 3, 8), Grid(3, 5, 7)], ids=str)
def test_gradients_agree_with_literal_torch_fft_on_all_columns(grid, spectrum, norm):
    module = built(grid, spectrum=spectrum, fft_norm=norm)
    x = torch.randn(2, grid.freq, grid.time, grid.dim, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn_like(x)
    inputs = [x, *module.parameters()]
    found = torch.autograd.grad(module(x), inputs, upstream)
    literal = on_all_columns(
        x,
        module.mlp,
        spectrum,
        norm,
        3,
        lambda a, n, axis, how: torch.fft.hfft(a, n, axis, norm=how),
        lambda a, n, axis, how: torch.fft.irfft(a, n, axis, norm=how),
        lambda rows: rows.transpose(1, 2),
    )[..., : grid.dim]
    expected = torch.autograd.grad(literal, inputs, upstream)
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours - theirs).abs().max() <= 1e-12 * max(1.0, theirs.abs().max())


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
    module = built(Grid(2, 2, d))
    x = torch.randn(1, 2, 2, d, dtype=torch.float64, requires_grad=True)
    y = module(x)
    y.sum().backward()
    assert not x.grad[..., d // 2 + 1 :].any()
    assert x.grad[..., : d // 2 + 1].any(dim=(0, 1, 2)).all()
    mirrored = torch.flip(y[..., 1:], [-1])
    torch.testing.assert_close(mirrored, y[..., 1:])


def test_without_a_non_linearity_the_full_spectrum_is_plain_token_mixing():
    grid = Grid(2, 3, 9)
    hermit, token = built(grid, spectrum="full"), build_operator("token", grid).double()
    for module in (hermit, token):
        module.mlp.act = torch.nn.Identity()
    torch.nn.init.zeros_(hermit.mlp.fc1.bias)
    torch.nn.init.zeros_(hermit.mlp.fc2.bias)
    token.mlp.load_state_dict(hermit.mlp.state_dict())
    x = torch.randn(2, 2, 3, 9, dtype=torch.float64)
    torch.testing.assert_close(hermit(x), token(x))


@pytest.mark.parametrize(("axis", "position"), [("freq", 1), ("time", 2)])
@pytest.mark.parametrize("spectrum", SPECTRA)
def test_along_an_axis_of_the_grid(axis, position, spectrum):
    """Transform there, token MLP over the distinct rows or columns, transform back."""
    grid = Grid(4, 6, 5)
    module = built(grid, axis=axis, spectrum=spectrum)
    x = torch.randn(2, 4, 6, 5, dtype=torch.float64)
    size = x.shape[position]
    there, back = lengths(size, spectrum)
    y = torch.fft.hfft(x, there, position, norm="ortho").narrow(position, 0, back // 2 + 1)
    z = module.mlp(y.flatten(1, 2).transpose(1, 2)).transpose(1, 2).reshape(y.shape)
    expected = torch.fft.irfft(z, back, position, norm="ortho").narrow(position, 0, size)
    torch.testing.assert_close(module(x), expected)


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
