"""Shift, identity, norm, chain: what follows from what they are."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import BlockIndex, Grid, Law, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators import closure
from mixerkit.operators.chain import ChainSpec
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.laws import laws_of_chain
from mixerkit.operators.shift import ShiftSpec
from mixerkit.testing import Case
from tests.references.shifts import shift_by_index


@given(
    f=st.integers(1, 4),
    t=st.integers(1, 5),
    d=st.integers(5, 14),
    divisions=st.integers(4, 5),
    step=st.integers(1, 6),
    dtype=st.sampled_from([torch.float64, torch.bfloat16]),
)
def test_shift_agrees_with_index_loops_bit_for_bit(f, t, d, divisions, step, dtype):
    x = torch.randn(1, f, t, d).to(dtype)
    case = Case(ShiftSpec(divisions=divisions, step=step), Grid(f, t, d), BlockIndex(0, 1), seed=0)
    module = case.module()
    assert torch.equal(module(x), shift_by_index(case, module, x))


def test_shift_is_nilpotent_on_the_channels_it_moves():
    shift = ShiftSpec(divisions=4).build(Grid(3, 3, 8), BlockIndex(0, 1))
    x = torch.randn(1, 3, 3, 8)
    assert not shift(shift(shift(x))).any()


def test_shift_refuses_to_move_nothing():
    with pytest.raises(RecipeError, match="no channel would move"):
        build_operator("shift", Grid(4, 4, 8))


def test_shift_needs_rows_and_columns():
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator("shift", Grid(1, 602, 96, extra=2))


def test_identity_is_exact():
    x = torch.randn(2, 3, 4, 5)
    assert torch.equal(build_operator("identity", Grid(3, 4, 5))(x), x)


def test_group_norm_couples_the_whole_clip():
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64) * 3 + 1
    y = build_operator({"kind": "norm", "norm": "group"}, Grid(3, 4, 5)).double()(x)
    torch.testing.assert_close(y.mean(dim=(1, 2, 3)), torch.zeros(2, dtype=torch.float64))
    torch.testing.assert_close(y.pow(2).mean(dim=(1, 2, 3)), torch.ones(2, dtype=torch.float64), atol=1e-5, rtol=0)


def test_chain_names_the_part_that_does_not_fit():
    with pytest.raises(RecipeError, match=r"operators\.1"):
        build_operator({"kind": "chain", "operators": ["token", "roll"]}, Grid(3, 3, 16))
    with pytest.raises(RecipeError, match="at least one operator"):
        build_operator({"kind": "chain", "operators": []}, Grid(3, 3, 16))


def test_chain_of_chains_is_a_chain():
    inner = ChainSpec(operators=(ShiftSpec(divisions=4), ChannelSpec()))
    outer = ChainSpec(operators=(inner, ShiftSpec(divisions=4)))
    assert Law.ANY_LENGTH in outer.laws()
    assert Law.local(2) in outer.laws()


def test_laws_of_a_chain_add_reaches_and_keep_what_is_shared():
    one, two = frozenset({Law.LINEAR, Law.local(1)}), frozenset({Law.AFFINE, Law.local(2)})
    assert laws_of_chain([one, two]) == {Law.AFFINE, Law.local(3)}
    assert Law.local(3) not in laws_of_chain([one, frozenset({Law.LINEAR})])


def test_laws_imply_others():
    assert {Law.LINEAR, Law.AFFINE, Law.ZERO_PRESERVING} <= closure({Law.PERMUTATION})
    assert Law.TOKEN_WISE in closure({Law.local(0)})
    assert Law.local(0) in closure({Law.TOKEN_WISE})
    assert closure(closure({Law.TOKEN_EQUIVARIANT})) == closure({Law.TOKEN_EQUIVARIANT})
