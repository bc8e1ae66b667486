"""Cross-patch: every token is a weighted sum of all tokens."""

import pytest
import torch
from hypothesis import given

from mixerkit import Grid, build_operator
from tests.operators.agree import ODD, agree, built, grids


def by_loops(x, module):
    """Weight [n, m] takes token m to token n, counted row by row: n = f * T + t."""
    _, rows, columns, _ = x.shape
    places = [(f, t) for f in range(rows) for t in range(columns)]
    weight, bias = module.linear.weight, module.linear.bias
    tokens = [sum(weight[n, m] * x[:, f, t] for m, (f, t) in enumerate(places)) + bias[n] for n in range(len(places))]
    return torch.stack(tokens, dim=1).reshape(x.shape)


@pytest.mark.parametrize("grid", ODD, ids=str)
def test_agrees_with_index_loops(grid):
    module, x = built("cross-patch", grid)
    agree(module(x), by_loops(x, module), x, *module.parameters())


@given(grid=grids(least=1))
def test_agrees_with_index_loops_on_any_grid(grid):
    module, x = built("cross-patch", grid)
    agree(module(x), by_loops(x, module), x, *module.parameters())


def test_the_identity_matrix_changes_nothing():
    module, x = built("cross-patch", Grid(3, 5, 4))
    torch.nn.init.eye_(module.linear.weight)
    torch.nn.init.zeros_(module.linear.bias)
    assert torch.equal(module(x), x)


def test_it_takes_extra_tokens():
    x = torch.randn(1, 1, 8, 4)
    assert build_operator("cross-patch", Grid(1, 8, 4, extra=2))(x).shape == x.shape
