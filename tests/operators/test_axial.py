"""Along: every row, or every column, by itself."""

import pytest
import torch

from mixerkit import BlockIndex, Grid, Law, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators import closure
from mixerkit.operators.attention import AttentionSpec
from mixerkit.operators.axial import AxialSpec
from mixerkit.operators.chain import ChainSpec
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.norm import NormSpec
from mixerkit.operators.pointwise import PointwiseSpec
from mixerkit.operators.random import RandomSpec
from mixerkit.operators.roll import RollSpec
from mixerkit.operators.token import TokenSpec
from tests.operators.agree import agrees_with_references

INDEX = BlockIndex(1, 4)
ROLLS = {Law.FREQ_ROLL_EQUIVARIANT, Law.TIME_ROLL_EQUIVARIANT}


@pytest.mark.parametrize(("axis", "length"), [("time", 5), ("freq", 3)])
def test_the_operator_sees_one_row_or_column_at_a_time(axis, length):
    spec, grid = AxialSpec(axis=axis, operator=TokenSpec()), Grid(3, 5, 4)
    assert spec.build(grid, INDEX).operator.mlp.fc1.in_features == length
    agrees_with_references(spec, grid)


@pytest.mark.parametrize("axis", ["time", "freq"])
def test_the_order_along_the_axis_is_kept(axis):
    """A literal roll works in the order of memory, so a row that came in another order would show."""
    grid, x = Grid(4, 4, 16), torch.randn(2, 4, 4, 16)
    roll = RollSpec().build(Grid(1, 4, 16), INDEX)
    found = AxialSpec(axis=axis, operator=RollSpec()).build(grid, INDEX)(x)
    for i in range(4):
        taken, got = (x[:, i], found[:, i]) if axis == "time" else (x[:, :, i], found[:, :, i])
        assert torch.equal(got, roll(taken[:, None])[:, 0])


@pytest.mark.parametrize(
    ("axis", "grid", "operator", "place", "message"),
    [
        ("time", Grid(4, 1, 16), "token", "axis", "time has 1 entry"),
        ("freq", Grid(1, 4, 16), "token", "axis", "freq has 1 entry"),
        ("time", Grid(4, 4, 16), "channel", "operator", "'channel' takes every token by itself"),
        ("freq", Grid(4, 4, 16), "norm", "operator", "'norm' takes every token by itself"),
        ("time", Grid(4, 4, 16), "pool", "operator", "rows and columns"),
        ("time", Grid(4, 4, 16), {"kind": "chain", "operators": ["token", "pool"]}, "operator.operators.1", "rows and columns"),
        ("time", Grid(4, 4, 16), {"kind": "axial", "axis": "time", "operator": "token"}, "operator", "rows and columns"),
        ("time", Grid(4, 5, 16), "roll", "operator", "N = 5 tokens"),
        ("freq", Grid(4, 4, 16), {"kind": "roll", "axes": "grid"}, "operator", "rows and columns"),
        ("time", Grid(1, 16, 16, extra=2), "token", "", "2 of them extra tokens"),
    ],
)
def test_what_degenerates_is_refused(axis, grid, operator, place, message):
    spec = AxialSpec.model_validate({"axis": axis, "operator": operator})
    (issue,) = spec.check(grid, INDEX)
    assert issue[0] == place
    assert message in issue[1]


def test_what_it_refuses_reaches_the_user_as_a_clear_error():
    with pytest.raises(RecipeError, match=r"(?s)operator\s+Does not fit: 'channel' takes every token by itself"):
        build_operator({"kind": "axial", "axis": "time", "operator": "channel"}, Grid(4, 4, 16))


def test_a_tokenwise_step_inside_a_chain_is_no_degenerate():
    spec = AxialSpec(axis="time", operator=ChainSpec(operators=(NormSpec(), TokenSpec())))
    assert not spec.check(Grid(4, 4, 16), INDEX)


def laws(axis, operator):
    return closure(AxialSpec(axis=axis, operator=operator).laws())


def test_rows_are_alike_and_columns_only_as_far_as_the_operator_says():
    assert laws("time", TokenSpec()) & ROLLS == {Law.FREQ_ROLL_EQUIVARIANT}
    assert laws("freq", TokenSpec()) & ROLLS == {Law.TIME_ROLL_EQUIVARIANT}
    assert laws("time", AttentionSpec()) & ROLLS == ROLLS
    assert laws("freq", AttentionSpec()) & ROLLS == ROLLS
    assert Law.TOKEN_EQUIVARIANT not in laws("time", AttentionSpec())
    assert Law.CONSTANT_PRESERVING in laws("time", AttentionSpec())


def test_along_freq_takes_any_number_of_columns():
    assert Law.ANY_LENGTH in laws("freq", TokenSpec())
    assert Law.ANY_LENGTH not in laws("time", TokenSpec())
    assert Law.ANY_LENGTH in laws("time", AttentionSpec())
    assert {Law.LINEAR, Law.PARAMETER_FREE, Law.CHANNEL_EQUIVARIANT} <= laws("time", RandomSpec())


def test_time_then_freq_reaches_every_token():
    axial = ChainSpec(operators=(AxialSpec(axis="time", operator=TokenSpec()), AxialSpec(axis="freq", operator=TokenSpec())))
    module = axial.build(Grid(3, 4, 8), INDEX).double()
    x = torch.randn(1, 3, 4, 8, dtype=torch.float64, requires_grad=True)
    module(x)[0, 1, 2].sum().backward()
    assert x.grad.abs().amax(dim=(0, 3)).all()
    assert not {Law.TOKEN_WISE} & closure(axial.laws())
    assert closure(ChainSpec(operators=(PointwiseSpec(), ChannelSpec())).laws()) >= {Law.TOKEN_WISE}
