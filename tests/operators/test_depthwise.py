"""Depthwise: against a window summed place by place."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from tests.operators.agree import ODD, agree, built, grids


def by_loops(x, module):
    """Weight [d, i, j] takes the token i - reach rows and j - reach columns away; outside there is nothing."""
    _, rows, columns, _ = x.shape
    weight, bias = module.conv.weight[:, 0], module.conv.bias  # [D, k, k], [D]
    kernel = weight.shape[-1]
    reach, out = kernel // 2, []
    for f in range(rows):
        for t in range(columns):
            token = bias.expand_as(x[:, f, t])
            for i in range(kernel):
                for j in range(kernel):
                    row, column = f + i - reach, t + j - reach
                    if 0 <= row < rows and 0 <= column < columns:
                        token = token + weight[:, i, j] * x[:, row, column]
            out.append(token)
    return torch.stack(out, dim=1).reshape(x.shape)


@pytest.mark.parametrize("kernel", [3, 9])
@pytest.mark.parametrize("grid", ODD, ids=str)
def test_agrees_with_index_loops(grid, kernel):
    module, x = built("depthwise", grid, kernel=kernel)
    agree(module(x), by_loops(x, module), x, *module.parameters())


@given(grid=grids(least=1), kernel=st.sampled_from([3, 5]))
def test_agrees_with_index_loops_on_any_grid(grid, kernel):
    module, x = built("depthwise", grid, kernel=kernel)
    agree(module(x), by_loops(x, module), x, *module.parameters())


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
