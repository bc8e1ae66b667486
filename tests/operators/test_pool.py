"""Pooling: constants vanish, also at the borders."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.pool import Pool, PoolSpec
from tests.operators.agree import agrees_with_references, grids


@given(grid=grids(least=1), kernel=st.sampled_from([3, 5, 7, 11]), seed=st.integers(0, 99))
def test_agrees_with_its_references_on_any_grid(grid, kernel, seed):
    agrees_with_references(PoolSpec(kernel=kernel), grid, seed)


@given(grid=grids(least=1), value=st.integers(-9, 9))
def test_a_constant_grid_gives_zero_at_the_borders_too(grid, value):
    pool = build_operator("pool", grid)
    x = torch.randn(1, grid.freq, grid.time, grid.dim, dtype=torch.float64)
    assert not pool(torch.full_like(x, value)).any()
    torch.testing.assert_close(pool(x + value), pool(x))
    assert pool(x).abs().max() <= 2 * x.abs().max()


def test_a_window_of_one_place_leaves_nothing():
    assert not Pool(1)(torch.randn(1, 3, 4, 5)).any()


def test_windows_it_cannot_take_are_named():
    with pytest.raises(RecipeError, match="an odd number"):
        build_operator({"kind": "pool", "kernel": 4}, Grid(4, 4, 8))
    with pytest.raises(RecipeError, match="kernel"):
        build_operator({"kind": "pool", "kernel": 1}, Grid(4, 4, 8))
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator("pool", Grid(1, 602, 96, extra=2))
