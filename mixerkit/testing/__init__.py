"""The contract and the laws of operators, as a library: the kit's own tests and strangers' use the same.

A stranger's whole test file::

    from mixerkit.testing import operator_tests
    from my_mixer import MyMixerSpec

    test_my_mixer = operator_tests(MyMixerSpec)
"""

from mixerkit.testing.case import Broken, Case, cases, sound_grids
from mixerkit.testing.contract import CONTRACT
from mixerkit.testing.laws import CHECKS, check_law, holds
from mixerkit.testing.new import new_operator
from mixerkit.testing.report import Finding, Hint, Report, try_operator
from mixerkit.testing.suite import operator_tests
from mixerkit.testing.trial import EXAMPLES, Fault

__all__ = [
    "CHECKS",
    "CONTRACT",
    "EXAMPLES",
    "Broken",
    "Case",
    "Fault",
    "Finding",
    "Hint",
    "Report",
    "cases",
    "check_law",
    "holds",
    "new_operator",
    "operator_tests",
    "sound_grids",
    "try_operator",
]
