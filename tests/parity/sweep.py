"""What the uniform comparison runs over: every example with every reference that takes it, on odd grids, at several places."""

from mixerkit import BlockIndex, Grid, OperatorSpec
from mixerkit.testing import Case
from tests.examples import EXAMPLES
from tests.references import REFERENCES, Difference, Reference, measure

ODD = [
    Grid(1, 1, 8),  # one token
    Grid(1, 7, 8),  # one row
    Grid(5, 1, 12),  # one column
    Grid(3, 5, 9),
    Grid(2, 3, 7),
    Grid(2, 4, 13),
    Grid(5, 3, 12),
    Grid(4, 5, 24),  # from here on N and D in fours: the literal roll takes no others
    Grid(3, 8, 20),
    Grid(4, 3, 16),  # from here on D in sixteens too: the roll along the grid takes no others
    Grid(6, 2, 32),
    Grid(1, 4, 48),
]
INDICES = [BlockIndex(0, 4), BlockIndex(2, 12), BlockIndex(6, 8)]
"""The roll clips its groups at the first (16, 0, 0, 0) and at the second (5, 5, 5, 1); at the third half of its channels stay."""

PAIRS = [
    (title, spec, reference) for title, spec in EXAMPLES for reference in REFERENCES.get(spec.kind, ()) if reference.takes(spec)
]
"""(title, spec, reference)."""


def sweep(spec: OperatorSpec, reference: Reference) -> list[tuple[Case, Difference]]:
    """How far the operator is from the reference on every grid that it fits, at every site."""
    cases = [Case(spec, grid, index, seed) for grid in ODD for seed, index in enumerate(INDICES) if not spec.check(grid, index)]
    return [(case, measure(case, reference)) for case in cases]
