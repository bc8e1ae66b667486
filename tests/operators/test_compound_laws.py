"""The algebra: whatever operators are put together, and however deep, its parts make the whole, and its derived laws hold."""

from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mixerkit import BlockIndex, Grid
from mixerkit.operators import closure
from mixerkit.operators.activation import ActivationSpec
from mixerkit.operators.attention import AttentionSpec
from mixerkit.operators.axial import AxialSpec
from mixerkit.operators.chain import ChainSpec
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.conjugate import ConjugateSpec
from mixerkit.operators.depthwise import DepthwiseSpec
from mixerkit.operators.fourier import FourierSpec
from mixerkit.operators.gated import GatedSpec
from mixerkit.operators.global_filter import GlobalFilterSpec
from mixerkit.operators.hermit_frequency import HermitFrequencySpec
from mixerkit.operators.identity import IdentitySpec
from mixerkit.operators.norm import NormSpec
from mixerkit.operators.parallel import ParallelSpec
from mixerkit.operators.pointwise import PointwiseSpec
from mixerkit.operators.pool import PoolSpec
from mixerkit.operators.random import RandomSpec
from mixerkit.operators.roll import RollSpec
from mixerkit.operators.shift import ShiftSpec
from mixerkit.operators.spatial_shift import SpatialShiftSpec
from mixerkit.operators.split import SplitSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.operators.transforms.dct import DctSpec
from mixerkit.operators.transforms.flip import FlipSpec
from mixerkit.operators.transforms.hermit import HermitSpec
from mixerkit.operators.transforms.rfft import RfftSpec
from mixerkit.operators.transforms.transpose import TransposeSpec
from mixerkit.testing import Case, check_law
from tests.operators.agree import agrees_with_references

PARTS = (
    IdentitySpec(),
    TokenSpec(),
    ChannelSpec(hidden_ratio=1.0),
    PointwiseSpec(),
    PointwiseSpec(bias=False),
    ShiftSpec(divisions=4, step=2),
    SpatialShiftSpec(),
    PoolSpec(),
    DepthwiseSpec(kernel=3),
    RollSpec(),
    RollSpec(axes="grid", c=4),
    RandomSpec(),
    FourierSpec(fft_norm="ortho"),
    GlobalFilterSpec(),
    AttentionSpec(heads=2),
    NormSpec(),
    NormSpec(norm="batch"),
    NormSpec(norm="group"),
    ActivationSpec(activation="acon-c"),
    HermitFrequencySpec(axis="time"),
    AxialSpec(axis="time", operator=TokenSpec()),
    AxialSpec(axis="freq", operator=TokenSpec()),
)
"""Between them they obey and break every law."""
AXES = ("dim", "freq", "time")
TRANSFORMS = (
    TransposeSpec(),
    HermitSpec(spectrum="truncated"),
    *(cls(axis=axis) for cls in (HermitSpec, DctSpec, RfftSpec, FlipSpec) for axis in AXES),
)
GRIDS = (Grid(4, 4, 16), Grid(3, 5, 8), Grid(4, 8, 24), Grid(5, 4, 16))


def pairs(parts):
    return st.tuples(parts, parts)


def around(parts):
    """One more layer: every compound of these parts."""
    return st.one_of(
        st.builds(ConjugateSpec, transform=st.sampled_from(TRANSFORMS), operator=parts),
        st.builds(AxialSpec, axis=st.sampled_from(["time", "freq"]), operator=parts),
        *(st.builds(cls, operators=pairs(parts)) for cls in (ChainSpec, ParallelSpec, GatedSpec, SplitSpec)),
        st.builds(SplitSpec, operators=pairs(parts), fractions=st.sampled_from([(1, 3), (3, 1)])),
    )


SIMPLE = st.sampled_from(PARTS)
COMPOUNDS = around(SIMPLE | around(SIMPLE))


@given(spec=COMPOUNDS, grid=st.sampled_from(GRIDS), index=st.sampled_from([0, 2]), seed=st.integers(0, 9))
@settings(max_examples=60)
def test_the_whole_is_what_the_references_of_its_parts_make(spec, grid, index, seed):
    assume(not spec.check(grid, BlockIndex(index, 4)))
    agrees_with_references(spec, grid, seed, BlockIndex(index, 4))


@cache
def seen():
    """Kinds and laws that were tried, in all examples together."""
    return set()


@given(spec=COMPOUNDS, grid=st.sampled_from(GRIDS), index=st.sampled_from([0, 2]), seed=st.integers(0, 9))
@settings(max_examples=250)
def derived_laws_hold(spec, grid, index, seed):
    index = BlockIndex(index, 4)
    assume(not spec.check(grid, index))
    for law in sorted(closure(spec.laws())):
        check_law(law, Case(spec, grid, index, seed))
        seen().add((spec.kind, law.name))


@pytest.mark.slow
def test_derived_laws_hold():
    seen().clear()
    derived_laws_hold()
    assert len(seen()) >= 55, sorted(seen())


@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_laws_hold_between_every_transform_and_its_inverse(transform):
    """Every simple part in every transform, that no pair is left to chance."""
    index, tried = BlockIndex(0, 4), 0
    for part in PARTS:
        spec = ConjugateSpec(transform=transform, operator=part)
        grid = next((grid for grid in GRIDS if not spec.check(grid, index)), None)
        for law in closure(spec.laws()) if grid else ():
            check_law(law, Case(spec, grid, index, seed=1))
            tried += 1
    assert tried >= 40


@pytest.mark.parametrize("axis", ["time", "freq"])
def test_laws_hold_along(axis):
    index, tried = BlockIndex(0, 4), 0
    for part in PARTS:
        spec = AxialSpec(axis=axis, operator=part)
        grid = next((grid for grid in GRIDS if not spec.check(grid, index)), None)
        for law in closure(spec.laws()) if grid else ():
            check_law(law, Case(spec, grid, index, seed=1))
            tried += 1
    assert tried >= 20
