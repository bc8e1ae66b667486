"""Pooling: against windows counted place by place."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, Site, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.pool import Pool, PoolSpec
from tests.operators.agree import ODD, agree, built, grids


def by_loops(x, kernel):
    """The mean of what lies both in the window and in the grid, minus the middle."""
    _, rows, columns, _ = x.shape
    reach, out = kernel // 2, []
    for f in range(rows):
        for t in range(columns):
            seen = [
                x[:, i, j]
                for i in range(max(0, f - reach), min(rows, f + reach + 1))
                for j in range(max(0, t - reach), min(columns, t + reach + 1))
            ]
            out.append(sum(seen) / len(seen) - x[:, f, t])
    return torch.stack(out, dim=1).reshape(x.shape)


@pytest.mark.parametrize("kernel", [3, 5, 11])
@pytest.mark.parametrize("grid", ODD, ids=str)
def test_agrees_with_index_loops(grid, kernel):
    module, x = built("pool", grid, kernel=kernel)
    agree(module(x), by_loops(x, kernel), x)


@given(grid=grids(least=1), kernel=st.sampled_from([3, 5, 7]))
def test_agrees_with_index_loops_on_any_grid(grid, kernel):
    module, x = built("pool", grid, kernel=kernel)
    agree(module(x), by_loops(x, kernel), x)


@given(grid=grids(least=1), value=st.integers(-9, 9))
def test_a_constant_grid_gives_zero_at_the_borders_too(grid, value):
    pool = build_operator("pool", grid)
    x = torch.randn(1, grid.freq, grid.time, grid.dim, dtype=torch.float64)
    assert not pool(torch.full_like(x, value)).any()
    torch.testing.assert_close(pool(x + value), pool(x))
    assert pool(x).abs().max() <= 2 * x.abs().max()


def test_a_window_of_one_place_leaves_nothing():
    assert not Pool(1)(torch.randn(1, 3, 4, 5)).any()


def test_its_flops():
    assert PoolSpec(kernel=5).flops(Grid(3, 4, 6), Site(0, 1)) == 25 * 12 * 6


def test_windows_it_cannot_take_are_named():
    with pytest.raises(RecipeError, match="an odd number"):
        build_operator({"kind": "pool", "kernel": 4}, Grid(4, 4, 8))
    with pytest.raises(RecipeError, match="kernel"):
        build_operator({"kind": "pool", "kernel": 1}, Grid(4, 4, 8))
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator("pool", Grid(1, 602, 96, extra=2))
