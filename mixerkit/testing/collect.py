"""Operators as pytest collects them: a file that registers some is a collection of tests, one per check and settings.

Imported when ``pytest -p mixerkit.testing`` comes to such a file, and not before: who trains has no pytest.
"""

import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from mixerkit.operators import OPERATORS, TRANSFORMS, ExampledSpec, OperatorSpec, title
from mixerkit.testing.report import checks_of, hints_of
from mixerkit.testing.spec_check import SpecCheck


class OperatorHint(UserWarning):
    """What fails no check of an operator, and may be better otherwise, such as a law that holds and is not declared."""


class OperatorFile(pytest.Module):
    """A file with operators, imported as pytest imports a module of tests."""

    def collect(self) -> Iterable[pytest.Item]:
        """For every operator and transform that the file registers: a test per check and settings; of operators, further laws."""
        module = self.obj  # imports it, and so registers what it holds
        for kinds in (OPERATORS.kinds(), TRANSFORMS.kinds()):
            for spec in kinds.values():
                if spec.__module__ == module.__name__:
                    yield from self._tests(spec)

    def _tests(self, spec: type[ExampledSpec]) -> Iterable[pytest.Item]:
        examples = tuple(spec.examples())
        for spec_check in (spec_check for settings in examples for spec_check in checks_of(settings)):
            yield CheckItem.from_parent(self, name=spec_check.name, spec_check=spec_check)
        operators = tuple(one for one in examples if isinstance(one, OperatorSpec))
        if operators:
            yield FurtherLaws.from_parent(self, name=f"further laws-{operators[0].kind}", examples=operators)


class _OfAnOperator(pytest.Item):
    """What a test of an operator is called in a report of failures: by its own name."""

    def reportinfo(self) -> tuple[Path, None, str]:
        """(file, no line, name)"""
        return self.path, None, self.name


class CheckItem(_OfAnOperator):
    """One check on one of an operator's settings."""

    def __init__(self, name: str, parent: OperatorFile, spec_check: SpecCheck) -> None:
        super().__init__(name, parent)
        self.spec_check = spec_check

    def runtest(self) -> None:
        """Fail with the smallest case that breaks it, without a traceback."""
        fault = self.spec_check.fault(self.config.getoption("operator_examples"))
        if fault is not None:
            pytest.fail(str(fault), pytrace=False)


class FurtherLaws(_OfAnOperator):
    """Laws that an operator does not declare and that seem to hold: a warning each, never a failure, whatever the filters."""

    def __init__(self, name: str, parent: OperatorFile, examples: tuple[OperatorSpec, ...]) -> None:
        super().__init__(name, parent)
        self.examples = examples

    def runtest(self) -> None:
        """Warn of every such law."""
        settings = tuple(map(title, self.examples))
        for hint in hints_of(self.examples):
            reported = OperatorHint(f"{self.examples[0].kind}: {hint.text(settings)}")
            with suppress(OperatorHint):
                warnings.warn_explicit(reported, None, str(self.path), lineno=1)
