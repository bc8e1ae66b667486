"""Active token mixing: against torchvision's deformable convolution with the operator's own offsets."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.ops import deform_conv2d

from mixerkit import Grid, Site, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.active_token import FREQ, TIME, ActiveToken, ActiveTokenSpec, read_at
from tests.operators.agree import ODD, agree, built, close, grids
from tests.operators.test_cycle import fused


def offsets_of(x, module):
    """[B, F, T, D] along time and along frequency, each number standing for ``share`` consecutive channels."""
    dim, share = x.shape[-1], module.share
    mean = x.mean(dim=-1, keepdim=True)
    normed = (x - mean) / torch.sqrt(((x - mean) ** 2).mean(dim=-1, keepdim=True) + 1e-6)
    few = (normed * module.norm.weight + module.norm.bias) @ module.offsets.weight.T + module.offsets.bias
    every = torch.stack([few[..., c // share] for c in range(2 * dim)], dim=-1)
    return every[..., :dim], every[..., dim:]


def deformed(x, offsets, linear, along_rows):
    """A 1 x 1 convolution that reads each channel of each token its own offset away: (dy, dx) in turn."""
    own = offsets.permute(0, 3, 1, 2)
    pair = [own, torch.zeros_like(own)] if along_rows else [torch.zeros_like(own), own]
    pairs = torch.stack(pair, dim=2).flatten(1, 2)
    y = deform_conv2d(x.permute(0, 3, 1, 2), pairs, linear.weight[:, :, None, None], linear.bias)
    return y.permute(0, 2, 3, 1)


def literal(x, module):
    over_time, over_freq = offsets_of(x, module)
    along_time = deformed(x, over_time, module.time, along_rows=False)
    along_freq = deformed(x, over_freq, module.freq, along_rows=True)
    return fused([along_time, along_freq, x @ module.channel.weight.T], module.reweight, module.proj)


@pytest.mark.parametrize("grid", ODD, ids=str)
def test_agrees_with_deformable_convolution(grid):
    module, x = built("active-token", grid, share=1)
    agree(module(x), literal(x, module), x, *module.parameters())


@given(grid=grids(multiple=4), share=st.sampled_from([1, 2, 4]), seed=st.integers(0, 99))
def test_agrees_with_deformable_convolution_on_any_grid(grid, share, seed):
    module, x = built("active-token", grid, seed, share=share)
    agree(module(x), literal(x, module), x, *module.parameters())


@given(grid=grids(least=1), seed=st.integers(0, 99), axis=st.sampled_from([FREQ, TIME]))
def test_reading_agrees_with_hats(grid, seed, axis):
    """Linear reading is a sum over the whole axis, each place weighing 1 - its distance, or 0 from a distance of 1 on."""
    torch.manual_seed(seed)
    x, offsets = (torch.randn(2, grid.freq, grid.time, grid.dim, dtype=torch.float64, requires_grad=True) for _ in range(2))
    size = x.shape[axis]
    own = torch.arange(size).reshape([size if i == axis else 1 for i in range(4)])
    expected = sum((1 - (own + 3 * offsets - s).abs()).clamp(min=0) * x.narrow(axis, s, 1) for s in range(size))
    agree(read_at(x, 3 * offsets, axis), expected, x, offsets)


def test_offsets_of_zero_read_each_token_itself():
    x = torch.randn(2, 3, 4, 5)
    for axis in (FREQ, TIME):
        assert torch.equal(read_at(x, torch.zeros_like(x), axis), x)


@pytest.mark.parametrize(("axis", "step"), [(TIME, 1), (TIME, -2), (FREQ, 2), (FREQ, -1)])
def test_whole_offsets_shift_and_let_zeros_in(axis, step):
    x = torch.randn(1, 3, 4, 5)
    expected = torch.zeros_like(x)
    for place in range(x.shape[axis]):
        if 0 <= place + step < x.shape[axis]:
            expected.select(axis, place).copy_(x.select(axis, place + step))
    assert torch.equal(read_at(x, torch.full_like(x, step), axis), expected)


@pytest.mark.parametrize("far", [4.0, -4.0, 1e30, -1e30, math.inf, math.nan])
def test_beyond_the_grid_there_is_nothing(far):
    """Not even an error: a run that diverges is told so, not stopped by an index."""
    y = read_at(torch.ones(1, 4, 4, 2), torch.full((1, 4, 4, 2), far), TIME)
    assert not y.nan_to_num().any()


def test_places_far_along_are_exact_in_bfloat16():
    x = torch.zeros(1, 1, 600, 2, dtype=torch.bfloat16)
    x[:, :, 511] = 1.0
    y = read_at(x, torch.full_like(x, 0.5), TIME)
    assert y[0, 0, :, 0].nonzero().flatten().tolist() == [510, 511]
    assert y[0, 0, 510, 0] == y[0, 0, 511, 0] == 0.5


def test_its_parameters_and_flops():
    dim, share, grid = 12, 4, Grid(3, 5, 12)
    made = 2 * dim + 2 * dim // share * (dim + 1)
    assert sum(p.numel() for p in ActiveToken(dim, share).parameters()) == 5 * dim**2 + 6.25 * dim + made
    multiply_adds = 15 * (4 * dim**2 + 2 * dim**2 // share + 4 * dim) + dim**2
    assert ActiveTokenSpec(share=share).flops(grid, Site(0, 1)) == 2 * multiply_adds


def test_the_offsets_learn():
    module, x = built("active-token", Grid(3, 5, 8))
    module(x).sum().backward()
    assert module.offsets.weight.grad.any(dim=1).all()
    close(module(x), literal(x, module))


def test_what_it_cannot_take_is_named():
    with pytest.raises(RecipeError, match="a divisor of D = 10"):
        build_operator({"kind": "active-token", "share": 4}, Grid(4, 4, 10))
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator("active-token", Grid(1, 602, 96, extra=2))
