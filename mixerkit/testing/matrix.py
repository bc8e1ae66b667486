"""Every operator by every law: what is declared and holds, what fails and on which case, and how many cases it took to say so."""

from collections.abc import Mapping
from dataclasses import dataclass

from mixerkit.operators import Law, OperatorSpec, closure, title
from mixerkit.testing.laws import CHECKS
from mixerkit.testing.spec_check import Fault, law_check

RADII = (1, 2, 3)
"""Of locality that nobody declared: the smallest that seems to hold is reported."""


@dataclass(frozen=True)
class Verdict:
    """One law on one operator's settings.

    Attributes:
        declared: whether the settings declare it, or declare what it follows from.
        cases: how many were tried.
        fault: a case on which it does not hold: the smallest one if it is declared, else the first that was met.
    """

    law: Law
    declared: bool
    cases: int
    fault: Fault | None

    @property
    def holds(self) -> bool:
        """Whether it held on all cases."""
        return self.fault is None


@dataclass(frozen=True)
class LawRow:
    """The laws of one operator's settings: a verdict per law without a radius by its name, and how far a token reaches."""

    settings: str
    verdicts: Mapping[str, Verdict]
    reach: int | None
    """The smallest radius of locality that holds; None where 3 does not."""
    reach_verdicts: tuple[Verdict, ...]

    @property
    def all_verdicts(self) -> tuple[Verdict, ...]:
        """Of both kinds."""
        return (*self.verdicts.values(), *self.reach_verdicts)


def judge(law: Law, spec: OperatorSpec, cases: int) -> Verdict:
    """Try a law on at most ``cases`` random cases, the same ones every time."""
    declared = law in closure(spec.laws())
    outcome = law_check(law, spec).outcome(cases, shrink=declared)
    return Verdict(law, declared, outcome.cases, outcome.fault)


def law_row(spec: OperatorSpec, cases: int) -> LawRow:
    """Every law on the settings of an operator, and its reach: the smallest radius that holds.

    Args:
        cases: random cases per law. A law that fails is dropped at the first that shows it.
    """
    verdicts = {name: judge(Law(name), spec, cases) for name in CHECKS}
    if verdicts[Law.TOKEN_WISE.name].holds:
        return LawRow(title(spec), verdicts, 0, ())
    found: list[Verdict] = []
    declared = [law.radius for law in closure(spec.laws()) if law.radius is not None]
    for radius in sorted({*RADII, *declared}):
        found.append(judge(Law.local(radius), spec, cases))
        if found[-1].holds:
            return LawRow(title(spec), verdicts, radius, tuple(found))
    return LawRow(title(spec), verdicts, None, tuple(found))
