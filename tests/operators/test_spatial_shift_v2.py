"""Spatial shift, second version: against the paper's formulas, clip by clip."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid
from mixerkit.operators.spatial_shift_v2 import SplitAttention
from tests.operators.agree import ODD, agree, built, close, grids
from tests.operators.test_spatial_shift import by_loops


def literal(x, module, pooled):
    """Width-first shift, height-first shift, none; their softmax by hand, one clip and one branch at a time."""
    dim, w, b = x.shape[-1], module.fc1.weight, module.fc1.bias
    thirds = [x @ w[i * dim : (i + 1) * dim].T + b[i * dim : (i + 1) * dim] for i in range(3)]
    branches = [by_loops(thirds[0]), by_loops(thirds[1], height_first=True), thirds[2]]
    clips = []
    for clip in range(x.shape[0]):
        own = [branch[clip].flatten(0, 1) for branch in branches]  # [N, D]
        a = sum(row for branch in own for row in branch)
        if pooled == "mean":
            a = a / len(own[0])
        scores = module.attention.fc2.weight @ torch.nn.functional.gelu(module.attention.fc1.weight @ a)
        parts = [scores[i * dim : (i + 1) * dim] for i in range(3)]
        top = torch.stack(parts).amax(dim=0).detach()
        powers = [torch.exp(part - top) for part in parts]
        mixed = sum(power / sum(powers) * branch for power, branch in zip(powers, own, strict=True))
        clips.append(mixed @ module.fc2.weight.T + module.fc2.bias)
    return torch.stack(clips).reshape(x.shape)


@pytest.mark.parametrize("pooled", ["sum", "mean"])
@pytest.mark.parametrize("grid", ODD, ids=str)
def test_agrees_with_the_formulas(grid, pooled):
    module, x = built("spatial-shift-v2", grid, pooled=pooled)
    with torch.no_grad():  # within reach of the softmax, so that its gradient is seen
        module.attention.fc1.weight *= 0.1
    agree(module(x), literal(x, module, pooled), x, *module.parameters())


@given(grid=grids(), seed=st.integers(0, 99))
def test_agrees_with_the_formulas_on_any_grid(grid, seed):
    module, x = built("spatial-shift-v2", grid, seed)
    agree(module(x), literal(x, module, "sum"), x, *module.parameters())


def test_equal_branches_need_no_attention():
    attention, x = SplitAttention(5).double(), torch.randn(2, 3, 4, 5, dtype=torch.float64)
    close(attention(torch.stack([x, x, x])), x)


@given(seed=st.integers(0, 99))
def test_each_channel_is_a_weighted_mean_of_its_branches(seed):
    torch.manual_seed(seed)
    x = torch.randn(3, 1, 2, 2, 5, dtype=torch.float64)
    y = SplitAttention(5).double()(x)
    assert ((y >= x.amin(dim=0)) & (y <= x.amax(dim=0))).all()


def test_a_sum_grows_with_the_grid_and_a_mean_does_not():
    x = torch.randn(3, 1, 1, 1, 8, dtype=torch.float64)
    for pooled, same in (("mean", True), ("sum", False)):
        attention = SplitAttention(8, pooled).double()
        small, large = attention(x)[0, 0, 0], attention(x.expand(3, 1, 5, 40, 8))[0, 0, 0]
        assert torch.allclose(small, large) is same


def test_its_parameters():
    module, _ = built("spatial-shift-v2", Grid(2, 3, 12))
    assert sum(p.numel() for p in module.parameters()) == 8 * 12**2 + 4 * 12
