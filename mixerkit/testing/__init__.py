"""The contract and the laws of operators, as a library and a pytest plugin, for the kit's own and for third parties'.

``pytest -p mixerkit.testing FILE...`` tests the operators in any files; a package whose pyproject.toml says::

    [tool.pytest.ini_options]
    addopts = "-p mixerkit.testing"
    testpaths = ["my_mixers", "tests"]

has every operator of the folder my_mixers tested, and writes no test for it. Or, one by one, a whole test file::

    from mixerkit.testing import operator_tests
    from my_mixer import MyMixerSpec

    test_my_mixer = operator_tests(MyMixerSpec)
"""

from mixerkit.testing.case import Broken, Case, cases, sound_grids
from mixerkit.testing.contract import CONTRACT
from mixerkit.testing.laws import CHECKS, check_law, holds
from mixerkit.testing.matrix import LawRow, Verdict, law_row
from mixerkit.testing.new import new_operator
from mixerkit.testing.report import Finding, Hint, Report, checks_of, try_kind
from mixerkit.testing.spec_check import EXAMPLES, Fault
from mixerkit.testing.suite import operator_tests, pytest_addoption, pytest_collect_file

__all__ = [
    "CHECKS",
    "CONTRACT",
    "EXAMPLES",
    "Broken",
    "Case",
    "Fault",
    "Finding",
    "Hint",
    "LawRow",
    "Report",
    "Verdict",
    "cases",
    "check_law",
    "checks_of",
    "holds",
    "law_row",
    "new_operator",
    "operator_tests",
    "pytest_addoption",
    "pytest_collect_file",
    "sound_grids",
    "try_kind",
]
