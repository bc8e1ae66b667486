"""Active token mixing: where each token is read."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.active_token import FREQ, TIME, ActiveToken, ActiveTokenSpec, read_at
from tests.operators.agree import agrees_with_references, built, grids


@given(grid=grids(multiple=4), group_size=st.sampled_from([1, 2, 4]), seed=st.integers(0, 99))
def test_agrees_with_its_references_on_any_grid(grid, group_size, seed):
    agrees_with_references(ActiveTokenSpec(group_size=group_size), grid, seed)


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


def test_its_parameters():
    dim, group_size = 12, 4
    made = 2 * dim + 2 * dim // group_size * (dim + 1)
    assert sum(p.numel() for p in ActiveToken(dim, group_size).parameters()) == 5 * dim**2 + 6.25 * dim + made


def test_the_offsets_learn():
    module, x = built("active-token", Grid(3, 5, 8))
    module(x).sum().backward()
    assert module.offsets.weight.grad.any(dim=1).all()


def test_what_it_cannot_take_is_named():
    with pytest.raises(RecipeError, match="a divisor of D = 10"):
        build_operator({"kind": "active-token", "group_size": 4}, Grid(4, 4, 10))
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator("active-token", Grid(1, 602, 96, extra=2))
