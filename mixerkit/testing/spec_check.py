"""One check on one operator, tried on many cases: the smallest case on which it fails, in words and without a traceback."""

import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from hypothesis import Phase, find, settings
from hypothesis.errors import Flaky, NoSuchExample

from mixerkit.errors import Interrupted, MixerkitError
from mixerkit.operators import Law, OperatorSpec, title
from mixerkit.spec import inside
from mixerkit.testing.case import Broken, Case, cases
from mixerkit.testing.contract import CONTRACT, compiles_whole
from mixerkit.testing.laws import check_law

LAW = "law "
"""What the name of a check of a law begins with."""
EXAMPLES = 20
"""Cases that a check is tried on, for each of the settings."""
MOST_COMPILED = 3
"""Cases that are compiled: each takes a second."""


@dataclass(frozen=True)
class Fault:
    """Why a check fails.

    Attributes:
        what: what differed; where the operator raised, its own file and line.
        settings: kind and options, as in a recipe.
        where: grid, place in the stack and seed of the smallest case that shows it; "" where no case could be made.
    """

    what: str
    settings: str
    where: str

    def __str__(self) -> str:
        return "\n".join((self.what, ", ".join(filter(None, (self.settings, self.where)))))


@dataclass(frozen=True)
class Outcome:
    """The result of a check: how many cases were tried, and the smallest on which the check fails, if there is one."""

    cases: int
    fault: Fault | None = None


@dataclass(frozen=True)
class SpecCheck:
    """A check, and the settings that it is tried on."""

    check: str
    spec: OperatorSpec
    run: Callable[[Case], None]

    @property
    def name(self) -> str:
        """What it is called among others, such as "law linear-roll axes=grid"."""
        return f"{self.check}-{title(self.spec)}"

    def fault(self, examples: int = EXAMPLES) -> Fault | None:
        """The smallest case of ``examples`` on which the check fails, or None. The same ones are drawn every time."""
        return self.outcome(examples).fault

    def outcome(self, examples: int, shrink: bool = True) -> Outcome:
        """Try the check on ``examples`` cases. Without ``shrink`` the first that fails is reported, and not the smallest."""
        most = min(examples, MOST_COMPILED) if self.run is compiles_whole else examples
        tried: list[Fault | None] = []

        def fails(case: Case) -> bool:
            tried.append(self._fault(case))
            return tried[-1] is not None

        phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
        limits = settings(max_examples=most, phases=phases, deadline=None, database=None, derandomize=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                smallest = find(cases(self.spec), fails, settings=limits)
        except NoSuchExample:
            return Outcome(len(tried))
        except (Flaky, Interrupted) as error:
            if isinstance(error, Interrupted) or not any(tried):
                raise
            return Outcome(len(tried), _last(tried))
        except (Exception, SystemExit) as error:  # while a case was looked for: check() is the operator's too
            return Outcome(len(tried), Fault(_described(error, self.spec), title(self.spec), ""))
        return Outcome(len(tried), self._fault(smallest) or _last(tried))

    def _fault(self, case: Case) -> Fault | None:
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(case.seed)
                self.run(case)
        except Interrupted:
            raise
        except (Exception, SystemExit) as error:  # an operator may raise anything
            return Fault(_described(error, self.spec), title(self.spec), case.where)
        return None


def contract_check(name: str, spec: OperatorSpec) -> SpecCheck:
    """A check of the contract on one of the settings."""
    return SpecCheck(name, spec, CONTRACT[name])


def law_check(law: Law, spec: OperatorSpec) -> SpecCheck:
    """A law on one of the settings."""
    return SpecCheck(f"{LAW}{law}", spec, lambda case: check_law(law, case))


def spec_checks(spec: OperatorSpec) -> list[SpecCheck]:
    """Every check that these settings must pass: the contract, and the laws that they declare."""
    return [contract_check(name, spec) for name in CONTRACT] + [law_check(law, spec) for law in sorted(spec.laws(), key=str)]


def _last(tried: list[Fault | None]) -> Fault | None:
    """Of what fails now and then, the last time is as good as any."""
    return next((fault for fault in reversed(tried) if fault), None)


def _described(error: BaseException, spec: OperatorSpec) -> str:
    """What was raised; where the operator's own code stands in the traceback, its file and line too."""
    if isinstance(error, Broken):
        return error.what
    if isinstance(error, MixerkitError) and error.problems:
        problem = error.problems[0]
        return f"{problem.got} {problem.expected} ({problem.where})"
    message = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}".removesuffix(": ")
    homes = {home.rpartition(".")[0] or home for home in (type(part).__module__ for part in inside(spec))}
    walked = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [(f.f_code.co_filename, line) for f, line in walked if _stands_in(str(f.f_globals.get("__name__")), homes)]
    return f"{message}, at {own[-1][0]}, line {own[-1][1]}" if own else message


def _stands_in(module: str, packages: set[str]) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)
