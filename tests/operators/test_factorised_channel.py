"""Factorised channel mixing: channel mixing through a bottleneck."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.factorised_channel import FactorisedChannelSpec
from tests.operators.agree import agrees_with_references, grids


@given(grid=grids(least=3), ratio=st.sampled_from([0.1, 0.25, 0.5, 0.7]), seed=st.integers(0, 99))
def test_agrees_with_its_references_on_any_grid(grid, ratio, seed):
    agrees_with_references(FactorisedChannelSpec(hidden_ratio=ratio), grid, seed)


def test_what_it_adds_has_a_low_rank():
    module = build_operator("factorised-channel", Grid(5, 8, 16)).double()
    mixed = module(torch.randn(1, 5, 8, 16, dtype=torch.float64)) - module.mlp.fc2.bias
    assert torch.linalg.matrix_rank(mixed.reshape(40, 16)) == 4


@pytest.mark.parametrize(
    ("dim", "settings", "word"),
    [
        (4, {"hidden_ratio": 0.9}, "4 hidden channels"),
        (1, {}, "fewer hidden channels than D = 1"),
        (16, {"hidden_ratio": 1.0}, "less than 1"),
    ],
)
def test_what_is_no_bottleneck_is_refused(dim, settings, word):
    with pytest.raises(RecipeError, match=word):
        build_operator({"kind": "factorised-channel", **settings}, Grid(4, 4, dim))
