"""Depthwise: a window of its own for every channel."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.depthwise import DepthwiseSpec
from tests.operators.agree import agrees_with_references, built, grids


@given(grid=grids(least=1), kernel=st.sampled_from([3, 5, 7]), seed=st.integers(0, 99))
def test_agrees_with_its_references_on_any_grid(grid, kernel, seed):
    agrees_with_references(DepthwiseSpec(kernel=kernel), grid, seed)


def test_a_window_of_one_one_in_its_middle_changes_nothing():
    module, x = built("depthwise", Grid(3, 5, 4), kernel=5)
    torch.nn.init.zeros_(module.conv.bias)
    torch.nn.init.zeros_(module.conv.weight)
    with torch.no_grad():
        module.conv.weight[:, :, 2, 2] = 1.0
    assert torch.equal(module(x), x)


def test_windows_it_cannot_take_are_named():
    with pytest.raises(RecipeError, match="an odd number"):
        build_operator({"kind": "depthwise", "kernel": 8}, Grid(4, 4, 8))
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator("depthwise", Grid(1, 602, 96, extra=2))
