"""The contract and the laws of an operator as pytest's tests."""

from collections.abc import Callable

from mixerkit.operators import OperatorSpec
from mixerkit.operators.base import title
from mixerkit.testing.trial import EXAMPLES, Trial, trials


def operator_tests(spec: type[OperatorSpec], examples: int = EXAMPLES) -> Callable[[Trial], None]:
    """A test per check and per example of an operator; give it a name that pytest collects.

    from mixerkit.testing import operator_tests
    from my_mixer import MyMixerSpec

    test_my_mixer = operator_tests(MyMixerSpec)

    Args:
        examples: random cases per test; the same ones every time.

    Raises:
        PluginError: the operator gives no examples, or its laws are none.
    """
    import pytest  # here: who tests has it, who trains need not

    found = [trial for one in spec.examples() for trial in trials(one)]

    @pytest.mark.parametrize("trial", found, ids=[f"{trial.check}-{title(trial.spec)}" for trial in found])
    def keeps_its_promises(trial: Trial) -> None:
        fault = trial.fault(examples)
        if fault is not None:
            pytest.fail(str(fault), pytrace=False)

    return keeps_its_promises
