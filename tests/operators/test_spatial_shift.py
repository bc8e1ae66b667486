"""Spatial shift: index loops say what moves where; nothing smears."""

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.activation import ActivationSpec
from mixerkit.operators.chain import ChainSpec
from mixerkit.operators.pointwise import PointwiseSpec
from mixerkit.operators.spatial_shift import SpatialShift, SpatialShiftSpec
from tests.operators.agree import agrees_with_references, grids
from tests.references.shifts import quarters_by_index


@given(grid=grids(), height_first=st.booleans(), dtype=st.sampled_from([torch.float64, torch.bfloat16]))
@example(grid=Grid(1, 6, 5), height_first=False, dtype=torch.float64)
@example(grid=Grid(5, 1, 7), height_first=True, dtype=torch.float64)
@example(grid=Grid(1, 1, 4), height_first=False, dtype=torch.float64)
def test_agrees_with_index_loops_bit_for_bit(grid, height_first, dtype):
    shift = SpatialShift((1, 2)) if height_first else build_operator("spatial-shift", grid)
    x = torch.randn(2, grid.freq, grid.time, grid.dim).to(dtype).requires_grad_()
    found, expected = shift(x), quarters_by_index(x, height_first)
    assert torch.equal(found, expected)
    upstream = torch.randn_like(expected)
    (ours,), (theirs,) = (torch.autograd.grad(y, x, upstream) for y in (found, expected))
    torch.testing.assert_close(ours, theirs, rtol=1e-2 if dtype == torch.bfloat16 else 0, atol=0)


def test_what_moves_where():
    """Channel 0 to later columns, 1 to earlier ones, 2 to higher rows, 3 to lower ones."""
    x = torch.zeros(1, 3, 3, 4)
    x[0, 1, 1] = torch.arange(1.0, 5.0)
    y = build_operator("spatial-shift", Grid(3, 3, 4))(x)
    places = {0: (1, 2), 1: (1, 0), 2: (2, 1), 3: (0, 1)}
    for channel, (row, column) in places.items():
        assert y[0, row, column, channel] == channel + 1
    assert y.count_nonzero() == 4


def test_forward_agrees_with_its_gradient():
    """The copies that write in place fail here: they smear forward, and give the gradient of the right shift."""
    x = torch.randn(1, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(SpatialShift(), x)


@given(grid=grids())
def test_there_and_back_restores_all_but_the_last_places(grid):
    """A quarter moved later and back: the last column is a copy of its neighbour."""
    x = torch.randn(1, grid.freq, grid.time, grid.dim)
    shift = build_operator("spatial-shift", grid)
    quarter = grid.dim // 4
    later = shift(x)[..., :quarter]
    back = torch.cat([later[:, :, 1:], later[:, :, -1:]], dim=2)
    assert torch.equal(back[:, :, :-1], x[:, :, :-1, :quarter])
    assert torch.equal(back[:, :, -1], x[:, :, max(grid.time - 2, 0), :quarter])


def test_between_two_linear_maps_it_is_the_token_half_of_s2_mlp():
    half = ChainSpec(operators=(PointwiseSpec(), ActivationSpec(), SpatialShiftSpec(), PointwiseSpec()))
    agrees_with_references(half, Grid(3, 5, 8))


@pytest.mark.parametrize("kind", ["spatial-shift", "spatial-shift-v2"])
def test_grids_it_cannot_take_are_named(kind):
    with pytest.raises(RecipeError, match="D = 3 channels"):
        build_operator(kind, Grid(4, 4, 3))
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator(kind, Grid(1, 602, 96, extra=2))
