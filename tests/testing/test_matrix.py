"""The matrix of operators and laws: what it says of operators whose laws are known, and that its page is of this kit."""

import re
from typing import Literal

import pytest

from mixerkit.operators import Law, closure
from mixerkit.operators.depthwise import DepthwiseSpec
from mixerkit.operators.identity import IdentitySpec
from mixerkit.operators.laws import MEANINGS
from mixerkit.operators.shift import ShiftSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.testing import CHECKS, law_row
from tests.conftest import REPOSITORY
from tests.examples import EXAMPLES

CASES = 12


def test_a_law_that_holds_was_tried_on_all_cases_and_one_that_does_not_up_to_the_first_that_shows_it():
    row = law_row(ShiftSpec(divisions=4), CASES)
    linear, permutation = row.verdicts["linear"], row.verdicts["permutation"]
    assert (linear.declared, linear.holds, linear.cases) == (True, True, CASES)
    assert (permutation.declared, permutation.holds) == (False, False)
    assert 1 <= permutation.cases <= CASES
    assert permutation.fault.settings == "shift divisions=4"
    assert permutation.fault.where.startswith("grid ")


@pytest.mark.parametrize(
    ("spec", "reach", "tried"),
    [
        (IdentitySpec(), 0, 0),
        (ShiftSpec(divisions=4), 1, 1),
        (ShiftSpec(divisions=4, step=2), 2, 2),
        (DepthwiseSpec(kernel=9), 4, 4),
        (TokenSpec(), None, 3),
    ],
    ids=repr,
)
def test_reach_is_the_smallest_radius_that_holds_and_all_below_it_were_refuted(spec, reach, tried):
    row = law_row(spec, CASES)
    assert row.reach == reach
    assert [verdict.law.radius for verdict in row.reach_verdicts] == list(range(1, tried + 1))
    assert all(not verdict.holds for verdict in row.reach_verdicts[: -1 if reach else None])
    assert len(row.all_verdicts) == len(CHECKS) + tried


class BoastfulSpec(TokenSpec):
    kind: Literal["boastful"] = "boastful"

    def laws(self):
        return super().laws() | {Law.AFFINE, Law.local(2)}


def test_a_false_law_is_declared_and_does_not_hold():
    row = law_row(BoastfulSpec(), CASES)
    false = [str(verdict.law) for verdict in row.all_verdicts if verdict.declared and not verdict.holds]
    assert false == ["affine", "local(2)"]


def rows_of(page):
    """{first cell: the other cells} of every row of the tables in a page of markdown."""
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in page.splitlines() if line[:2] == "| "]
    return {first: rest for first, *rest in cells}


def test_the_page_holds_every_operator_with_the_laws_that_it_declares_and_breaks_every_law_somewhere():
    rows = rows_of((REPOSITORY / "docs" / "laws.md").read_text(encoding="utf-8"))
    for name, spec in EXAMPLES:
        *marks, reach = rows[name]
        declared = closure(spec.laws())
        assert [mark == "●" for mark in marks] == [Law(law) in declared for law in CHECKS], name
        assert "✗" not in marks
        radii = [law.radius for law in declared if law.radius is not None]
        assert (reach == str(min(radii))) if radii else (reach == "-" or "○" in reach), name
    for law in MEANINGS:
        _, lacked_by, what, case = rows[law]
        assert lacked_by in rows
        assert what
        assert case.startswith("grid ")
