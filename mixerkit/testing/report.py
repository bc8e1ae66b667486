"""An operator or a transform tested by its contract and its laws; the result as plain data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from mixerkit.grid import BlockIndex
from mixerkit.operators import ExampledSpec, Law, OperatorSpec, TransformSpec, closure, title
from mixerkit.testing.case import Case, sound_grids
from mixerkit.testing.contract import own_and_counted_flops
from mixerkit.testing.laws import CHECKS
from mixerkit.testing.matrix import RADII, judge
from mixerkit.testing.spec_check import EXAMPLES, LAW, Fault, SpecCheck, spec_checks
from mixerkit.testing.transforms import transform_checks

FIRST = (
    "tells_its_grid",
    "leaves_both_untouched",
    "keeps_shape_and_type",
    "leaves_input_untouched",
    "is_deterministic",
    "keeps_clips_independent",
)
"""Where one of these fails, the other checks measure its consequences: they are not tried."""
CASES_FOR_A_HINT = 100
"""Cases on which an undeclared law must hold before it is reported. Most fall at the first."""
MANY_TIMES = 4
"""From here on, more FLOPs than are counted are likelier a slip than operations that are not seen."""
FIRST_SITE = BlockIndex(0, 4)


@dataclass(frozen=True)
class Finding:
    """One check over all settings that it concerns. ``fault`` is the smallest counterexample, of the first that fails."""

    check: str
    result: Literal["passes", "fails", "not tried"]
    fault: Fault | None = None


@dataclass(frozen=True)
class Hint:
    """What fails no check, and may be better otherwise: what was seen, with which settings, and what to do."""

    seen: str
    todo: str
    settings: tuple[str, ...]

    def text(self, all_settings: Sequence[str]) -> str:
        """It in a sentence; settings are named where they are not all that were tried."""
        reported = "" if self.settings == tuple(all_settings) else f" for {', '.join(self.settings)}"
        return f"{self.seen}{reported}{self.todo}"


@dataclass(frozen=True)
class Report:
    """The result of a test: a finding per check, the contract first, then the laws that are declared; and hints."""

    kind: str
    settings: tuple[str, ...]
    findings: tuple[Finding, ...]
    hints: tuple[Hint, ...]

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The checks that fail."""
        return tuple(finding for finding in self.findings if finding.result == "fails")


def checks_of(spec: ExampledSpec) -> list[SpecCheck]:
    """Every check that these settings must pass: the contract, and the laws that they declare or carry."""
    if isinstance(spec, TransformSpec):
        return transform_checks(spec)
    assert isinstance(spec, OperatorSpec), "operators and transforms give examples"
    return spec_checks(spec)


def try_kind(
    kind: type[ExampledSpec],
    examples: int = EXAMPLES,
    on_finding: Callable[[Finding], None] = lambda finding: None,
) -> Report:
    """Hold every example of an operator or a transform to the contract, and to the laws that it declares or carries.

    Args:
        examples: random cases per check and settings; the same ones every time.
        on_finding: called with each finding as it comes.

    Raises:
        PluginError: it gives no examples, or its laws are none.
    """
    specs = list(kind.examples())
    found: dict[str, list[SpecCheck]] = {}
    for spec_check in (spec_check for one in specs for spec_check in checks_of(one)):
        found.setdefault(spec_check.check, []).append(spec_check)
    contract = [check for check in found if not check.startswith(LAW)]
    findings: list[Finding] = []
    sound = True
    for check in [*sorted(contract, key=_rank), *sorted(set(found) - set(contract))]:
        finding = _finding(check, found[check], examples) if sound else Finding(check, "not tried")
        sound = sound and not (check in FIRST and finding.result == "fails")
        findings.append(finding)
        on_finding(finding)
    operators = [one for one in specs if isinstance(one, OperatorSpec)]
    return Report(specs[0].kind, tuple(map(title, specs)), tuple(findings), hints_of(operators) if sound else ())


def _rank(check: str) -> int:
    return FIRST.index(check) if check in FIRST else len(FIRST)


def _finding(check: str, spec_checks: Sequence[SpecCheck], examples: int) -> Finding:
    fault = next((fault for spec_check in spec_checks if (fault := spec_check.fault(examples))), None)
    return Finding(check, "fails" if fault else "passes", fault)


def hints_of(specs: Sequence[OperatorSpec]) -> tuple[Hint, ...]:
    """Laws that seem to hold for some of an operator's settings, which do not declare them; and FLOPs that seem wrong."""
    found: dict[tuple[str, str], list[str]] = {}
    for spec in specs:
        laws = sorted(_undeclared(spec), key=str)
        message = [(f"the law {law} seems to hold", f" ({law.meaning}): declare it in laws(), if it is meant") for law in laws]
        for hint in [*message, *_odd_flops(spec)]:
            found.setdefault(hint, []).append(title(spec))
    return tuple(Hint(*hint, tuple(settings)) for hint, settings in sorted(found.items()))


def _odd_flops(spec: OperatorSpec) -> list[tuple[str, str]]:
    """Of settings that say their own FLOPs: that these are what is counted anyway, or many times as many."""
    message, counted = own_and_counted_flops(Case(spec, sound_grids(spec, FIRST_SITE)[0], FIRST_SITE, seed=0))
    if message == counted:
        return [("flops() says what is counted without it", ": leave it out")]
    if message is not None and 0 < counted * MANY_TIMES < message:
        seen = f"flops() says {message / counted:.0f} times as many FLOPs as are counted while it runs"
        return [(seen, ": leave it out, unless the others are in operations that counting does not see")]
    return []


def _undeclared(spec: OperatorSpec) -> frozenset[Law]:
    """Laws that hold on all cases and follow neither from those declared nor from one another."""
    declared = closure(spec.laws())
    seen: frozenset[Law] = frozenset()
    for law in sorted(map(Law, CHECKS), key=lambda law: -len(closure({law}))):  # those that others follow from come first
        if law not in closure(declared | seen) and judge(law, spec, CASES_FOR_A_HINT).holds:
            seen |= {law}
    if Law.TOKEN_WISE in declared | seen:
        return seen
    known = min((law.radius for law in declared if law.radius is not None), default=RADII[-1] + 1)
    nearer = (Law.local(radius) for radius in RADII if radius < known)
    nearest = next((law for law in nearer if judge(law, spec, CASES_FOR_A_HINT).holds), None)
    return seen | {nearest} if nearest else seen
