"""The contract and the laws of operators as pytest's tests: all operators of a file, or one by its spec."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from mixerkit.operators import ExampledSpec
from mixerkit.registry import registers
from mixerkit.testing.report import checks_of
from mixerkit.testing.spec_check import EXAMPLES, SpecCheck

if TYPE_CHECKING:  # who tests has it, who trains need not
    import pytest


def operator_tests(spec: type[ExampledSpec], examples: int = EXAMPLES) -> Callable[[SpecCheck], None]:
    """A test per check and per example of an operator, or of a transform; give it a name that pytest collects.

    from mixerkit.testing import operator_tests
    from my_mixer import MyMixerSpec

    test_my_mixer = operator_tests(MyMixerSpec)

    Args:
        examples: random cases per test; the same ones every time.

    Raises:
        PluginError: it gives no examples, or its laws are none.
    """
    import pytest

    found = [spec_check for one in spec.examples() for spec_check in checks_of(one)]

    @pytest.mark.parametrize("spec_check", found, ids=[spec_check.name for spec_check in found])
    def passes_its_checks(spec_check: SpecCheck) -> None:
        fault = spec_check.fault(examples)
        if fault is not None:
            pytest.fail(str(fault), pytrace=False)

    return passes_its_checks


def pytest_addoption(parser: "pytest.Parser") -> None:
    """pytest's hook: how many random cases."""
    about = "random cases per check of an operator and its settings"
    group = parser.getgroup("mixerkit")
    group.addoption("--operator-examples", type=_at_least_one, default=EXAMPLES, metavar="N", help=about)


def _at_least_one(message: str) -> int:
    if not message.isdecimal() or int(message) < 1:
        raise ArgumentTypeError(f"{message!r} is no whole number from 1")
    return int(message)


def pytest_collect_file(file_path: Path, parent: "pytest.Collector") -> "pytest.Collector | None":
    """pytest's hook: a file whose text registers operators is collected; of all others none is imported for it.

    Files of tests are left to pytest: what they register is theirs to test. Where every file counts as one, none does.
    """
    patterns = set(parent.config.getini("python_files")) - {"*.py"}
    if file_path.suffix != ".py" or any(fnmatch(file_path.name, pattern) for pattern in patterns):
        return None
    if not registers(file_path):
        return None
    from mixerkit.testing.collect import OperatorFile

    return OperatorFile.from_parent(parent, path=file_path)
