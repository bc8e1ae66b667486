"""Split: every branch on its own channels."""

import pytest

from mixerkit import BlockIndex, Grid, Law, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators import closure
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.identity import IdentitySpec
from mixerkit.operators.pool import PoolSpec
from mixerkit.operators.roll import RollSpec
from mixerkit.operators.split import SplitSpec
from mixerkit.operators.token import TokenSpec
from tests.operators.agree import agrees_with_references


def test_every_branch_works_on_its_own_channels():
    spec, grid = SplitSpec(operators=(ChannelSpec(), TokenSpec(), IdentitySpec()), fractions=(1, 2, 3)), Grid(2, 3, 12)
    channel, token, _ = spec.build(grid, BlockIndex(0, 1)).branches
    assert channel.mlp.fc1.weight.shape == (8, 2)
    assert token.mlp.fc1.weight.shape == (2, 6), "half of its own four channels"
    agrees_with_references(spec, grid)


def test_without_shares_all_get_the_same():
    spec = SplitSpec(operators=(TokenSpec(), TokenSpec(), PoolSpec()))
    assert spec.sizes(Grid(2, 3, 12)) == [4, 4, 4]
    assert spec.build(Grid(2, 3, 12), BlockIndex(0, 1)).sizes == [4, 4, 4]


@pytest.mark.parametrize(
    ("dim", "settings", "message"),
    [
        (16, {"fractions": [1, 2]}, "D must be a multiple of 3"),
        (15, {}, "D must be a multiple of 2"),
        (16, {"fractions": [1, 2, 1]}, r"(?s)fractions.*3 fractions for 2 operators"),
        (16, {"fractions": []}, r"(?s)fractions.*0 fractions for 2 operators"),
        (16, {"fractions": [0, 1]}, r"fractions\.0"),
    ],
)
def test_channels_that_cannot_be_divided(dim, settings, message):
    with pytest.raises(RecipeError, match=message):
        build_operator({"kind": "split", "operators": ["token", "identity"], **settings}, Grid(2, 3, dim))


def test_what_does_not_fit_the_narrow_grid_is_reported():
    spec = SplitSpec(operators=(RollSpec(axes="grid"), TokenSpec()))
    (issue,) = spec.check(Grid(2, 3, 16), BlockIndex(0, 1))
    assert issue[:2] == ("operators.0.axes", "D = 8 channels")
    assert not spec.check(Grid(2, 3, 32), BlockIndex(0, 1))


def test_permutations_side_by_side_are_a_permutation_and_channels_are_no_longer_alike():
    rolls = SplitSpec(operators=(RollSpec(), RollSpec(alpha_start=1)))
    assert Law.PERMUTATION in rolls.laws()
    pools = closure(SplitSpec(operators=(PoolSpec(), PoolSpec(kernel=5))).laws())
    assert {Law.CHANNEL_WISE, Law.LINEAR, Law.local(2)} <= pools
    assert Law.CHANNEL_EQUIVARIANT not in pools
