"""Cycle: how far on each channel is read."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.cycle import FREQ, TIME, Cycle, CycleSpec, cycle_shift
from tests.operators.agree import agrees_with_references, grids
from tests.references.reading import OFFSETS


@given(grid=grids(least=7), kernel=st.sampled_from([3, 5, 7]), seed=st.integers(0, 99))
def test_agrees_with_its_references_on_any_grid(grid, kernel, seed):
    agrees_with_references(CycleSpec(kernel=kernel), grid, seed)


@pytest.mark.parametrize("kernel", OFFSETS)
def test_the_table_of_offsets(kernel):
    """The columns are numbered: what a channel reads in the middle of the grid says how far away it reads."""
    x = torch.arange(9.0).reshape(1, 1, 9, 1).expand(1, 1, 9, 16)
    read = cycle_shift(x, kernel, TIME)[0, 0, 4] - 4
    assert read.tolist() == [OFFSETS[kernel][c % kernel] for c in range(16)]
    assert cycle_shift(x.transpose(1, 2), kernel, FREQ)[0, 4, 0].tolist() == (read + 4).tolist()


def test_what_lies_outside_is_zero():
    y = cycle_shift(torch.ones(1, 2, 3, 6), 3, TIME)
    assert y[0, 0].tolist() == [[1, 1, 0] * 2, [1, 1, 1] * 2, [1, 0, 1] * 2]


def test_one_place_is_no_shift():
    x = torch.randn(2, 3, 4, 5)
    assert torch.equal(cycle_shift(x, 1, TIME), x)


def test_its_parameters():
    module = Cycle(12)
    assert sum(p.numel() for p in module.parameters()) == 5 * 12**2 + 6.25 * 12


@pytest.mark.parametrize(
    ("grid", "kernel", "word"),
    [(Grid(4, 4, 8), 4, "an odd number"), (Grid(4, 4, 4), 5, "at most D = 4"), (Grid(1, 6, 8, extra=2), 3, "extra tokens")],
)
def test_what_it_cannot_take_is_named(grid, kernel, word):
    with pytest.raises(RecipeError, match=word):
        build_operator({"kind": "cycle", "kernel": kernel}, grid)
