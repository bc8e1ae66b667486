"""Factorised channel mixing: channel mixing through a bottleneck."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from tests.operators.literal import agree, gradients_agree


@given(f=st.integers(1, 4), t=st.integers(1, 5), d=st.integers(2, 9))
def test_outputs_and_gradients_are_those_of_two_matrices(f, t, d):
    module = build_operator("factorised-channel", Grid(f, t, d)).double()
    w1, b1, w2, b2 = module.parameters()
    assert w1.shape == (max(1, round(d / 4)), d)
    x = torch.randn(2, f, t, d, dtype=torch.float64, requires_grad=True)
    hidden = torch.einsum("bftd,hd->bfth", x, w1) + b1
    expected = torch.einsum("bfth,dh->bftd", hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5)), w2) + b2
    found = module(x)
    assert agree(found, expected)
    assert gradients_agree(found, expected, [x, w1, b1, w2, b2])


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
