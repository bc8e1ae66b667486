"""Factorised temporal mixing: interleaved sequences, each with an MLP of its own."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.factorised_temporal import FactorisedTemporalSpec
from tests.operators.agree import agrees_with_references, built


@given(f=st.integers(1, 4), t=st.integers(1, 7), d=st.integers(1, 4), parts=st.integers(1, 4), seed=st.integers(0, 99))
def test_agrees_with_its_references_on_any_grid(f, t, d, parts, seed):
    t = t if f * t % parts == 0 else t * parts
    agrees_with_references(FactorisedTemporalSpec(parts=parts), Grid(f, t, d), seed)


def test_one_part_is_token_mixing():
    module, x = built("factorised-temporal", Grid(3, 5, 4), parts=1)
    token = build_operator("token", Grid(3, 5, 4)).double()
    token.mlp.load_state_dict(module.mlps[0].state_dict())
    assert torch.equal(module(x), token(x))


@pytest.mark.parametrize(
    ("grid", "seen"),
    [
        (Grid(2, 4, 3), [[True, False, True, False]] * 2),  # s divides T: every second column
        (Grid(2, 3, 3), [[True, False, True], [False, True, False]]),  # s divides N alone: a checkerboard
    ],
)
def test_a_token_sees_its_own_sequence_alone(grid, seen):
    module, x = built("factorised-temporal", grid)
    module(x)[0, 0, 0].pow(2).sum().backward()
    assert x.grad[0].any(dim=-1).tolist() == seen


def test_parts_that_do_not_share_the_tokens_are_named():
    with pytest.raises(RecipeError, match=r"divisor of N = 15 tokens \(grid 3 x 5\)"):
        build_operator("factorised-temporal", Grid(3, 5, 4))
