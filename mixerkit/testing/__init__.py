"""The contract and the laws of operators, as a library: the kit's own tests and strangers' use the same.

from mixerkit.testing import CONTRACT, cases, check_law

@given(case=cases(MySpec()))
def test_contract(case):
    for check in CONTRACT.values():
        check(case)
    for law in case.spec.laws():
        check_law(law, case)
"""

from mixerkit.testing.case import Broken, Case, cases, sound_grids
from mixerkit.testing.contract import CONTRACT
from mixerkit.testing.laws import CHECKS, check_law, holds

__all__ = ["CHECKS", "CONTRACT", "Broken", "Case", "cases", "check_law", "holds", "sound_grids"]
