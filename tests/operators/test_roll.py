"""Roll: Algorithm 1, bit for bit."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from mixerkit import BlockIndex, Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.roll import Roll, RollSpec, group_sizes
from tests.operators.agree import agrees_with_references

GOLDEN = {0: "2 0 1 5 3 4 8 6 7", 36: "37 38 36 40 41 39 43 44 42", 72: "78 79 80 72 73 74 75 76 77"}
LAST = "111 112 113 114 115 116 108 109 110"

GROUPS_AT_DEPTH_12 = [  # alpha, step, sizes, untouched; the table that the algorithm gives with C = 16
    (0, 12, [16, 0, 0, 0], 0),
    (1, 11, [8, 8, 0, 0], 0),
    (2, 10, [5, 5, 5, 1], 0),
    (3, 9, [4, 4, 4, 4], 0),
    (4, 8, [3, 3, 3, 3], 4),
    (5, 7, [2, 2, 2, 2], 8),
    (6, 6, [2, 2, 2, 2], 8),
    (7, 5, [2, 2, 2, 2], 8),
    (8, 4, [1, 1, 1, 1], 12),
    (11, 1, [1, 1, 1, 1], 12),
]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_golden_fixture(dtype):
    x = torch.arange(144).reshape(1, 1, 12, 12).to(dtype)
    flat = build_operator("roll", Grid(1, 12, 12), BlockIndex(3, 4))(x).flatten().int().tolist()
    for start, expected in {**GOLDEN, 108: LAST}.items():
        assert flat[start : start + 9] == [int(word) for word in expected.split()]
    fewer = build_operator("roll", Grid(1, 12, 12), BlockIndex(4, 5))(x).flatten().int().tolist()
    assert fewer[108:] == list(range(108, 144))


@pytest.mark.parametrize(("alpha", "step", "sizes", "untouched"), GROUPS_AT_DEPTH_12)
def test_group_sizes_at_depth_12(alpha, step, sizes, untouched):
    roll = RollSpec().roll(BlockIndex(alpha, 12))
    assert roll.step == step
    assert roll.sizes == [*sizes, untouched]


def test_from_alpha_16_on_nothing_moves():
    x = torch.randn(1, 4, 8, 16)
    assert torch.equal(Roll(5, group_sizes(16, 16, "clip"))(x), x)


@given(
    alpha=st.integers(0, 11),
    grid=st.sampled_from([Grid(1, 4, 16), Grid(3, 4, 16), Grid(2, 8, 48), Grid(4, 3, 32)]),
    spec=st.builds(
        RollSpec,
        overflow=st.sampled_from(["clip", "share"]),
        axes=st.sampled_from(["literal", "grid"]),
        alpha_start=st.integers(0, 1),
        c=st.sampled_from([4, 8, 16]),
        c_a=st.sampled_from([1, 2, 4]),
    ),
)
def test_agrees_with_the_algorithm_as_printed_in_every_block(alpha, grid, spec):
    assume(not spec.check(grid, BlockIndex(alpha, 12)))
    agrees_with_references(spec, grid, index=BlockIndex(alpha, 12))


@given(alpha=st.integers(0, 11), grid=st.sampled_from([Grid(4, 4, 16), Grid(3, 8, 12)]))
def test_the_gradient_is_the_inverse_permutation(alpha, grid):
    roll = RollSpec().build(grid, BlockIndex(alpha, 12))
    x = torch.randn(1, grid.freq, grid.time, grid.dim, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn_like(x)
    roll(x).backward(upstream)
    back = Roll(-roll.step, roll.sizes[:4], roll.c, roll.c_a, roll.axes)
    assert torch.equal(x.grad, back(upstream))
    assert torch.equal(back(roll(x)), x)


@given(a=st.integers(-9, 9), b=st.integers(-9, 9))
def test_steps_add_up(a, b):
    x, sizes = torch.randn(1, 4, 4, 16), [4, 4, 4, 4]
    assert torch.equal(Roll(a, sizes)(Roll(b, sizes)(x)), Roll(a + b, sizes)(x))


def test_share_gives_every_direction_a_quarter():
    assert group_sizes(0, 16, "share") == group_sizes(3, 16, "share") == [4, 4, 4, 4]
    assert group_sizes(5, 16, "share") == [2, 2, 2, 2]


def test_alpha_start_moves_the_last_block_to_the_identity():
    x = torch.randn(1, 4, 4, 16)
    assert RollSpec(alpha_start=1).roll(BlockIndex(0, 12)).step == 11
    assert torch.equal(RollSpec(alpha_start=1).build(Grid(4, 4, 16), BlockIndex(11, 12))(x), x)


def test_on_the_grid_it_moves_along_time_and_frequency():
    """axes: grid, alpha 3 of 4: bundle 0 goes one column later, 4 one earlier, 8 one row up, 12 one row down."""
    x = torch.zeros(1, 4, 4, 16)
    x[0, 1, 1] = torch.arange(1.0, 17.0)
    y = RollSpec(axes="grid").build(Grid(4, 4, 16), BlockIndex(3, 4))(x)
    places = {0: (1, 2), 4: (1, 0), 8: (2, 1), 12: (0, 1)}
    for channel, (row, column) in places.items():
        assert y[0, row, column, channel] == channel + 1
    assert y.count_nonzero() == 16


def test_what_the_literal_reading_moves():
    """At alpha 0 no value leaves its token (a fixed permutation of channels); at alpha 1 neither; at alpha 2 some do."""
    x = torch.arange(600).float()[:, None].expand(600, 768).reshape(1, 12, 50, 768)
    left = [int((RollSpec().build(Grid(12, 50, 768), BlockIndex(a, 12))(x) != x).sum()) for a in range(4)]
    assert left[0] == left[1] == 0
    assert left[2] > 0
    assert left[3] > 0


@pytest.mark.parametrize(
    ("grid", "settings", "word"),
    [
        (Grid(3, 3, 16), {}, "N = 9 tokens"),
        (Grid(4, 4, 18), {}, "D = 18 channels"),
        (Grid(4, 4, 24), {"axes": "grid"}, "D = 24 channels"),
        (Grid(1, 604, 16, extra=2), {"axes": "grid"}, "extra tokens"),
        (Grid(4, 4, 18), {"c": 18, "overflow": "share"}, "four groups"),
    ],
)
def test_sizes_it_cannot_take_are_named(grid, settings, word):
    with pytest.raises(RecipeError, match=word):
        build_operator({"kind": "roll", **settings}, grid)
