"""Every kind with every example it gives, the shipped plugins' too, is held to the contract and to its own laws."""

import pytest
import torch
from hypothesis import given, settings

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators import OPERATORS, Law, closure
from mixerkit.testing import CHECKS, CONTRACT, Case, cases, check_law, holds
from tests.examples import EXAMPLES, SCOPE

SLOW = {"compiles_whole"}


def test_every_kind_gives_examples():
    kinds = set(OPERATORS.kinds(SCOPE))
    assert {spec.kind for _, spec in EXAMPLES} == kinds
    assert {"token", "channel", "roll", "roll-time", "hermit-frequency", "shift", "identity", "gated-shift"} <= kinds
    assert len(EXAMPLES) >= 35


@pytest.mark.parametrize("spec", [spec for _, spec in EXAMPLES], ids=[name for name, _ in EXAMPLES])
@pytest.mark.parametrize("check", [name for name in CONTRACT if name not in SLOW])
def test_contract(check, spec):
    @given(case=cases(spec))
    @settings(max_examples=8)
    def every_case(case):
        CONTRACT[check](case)

    every_case()


@pytest.mark.parametrize("spec", [spec for _, spec in EXAMPLES], ids=[name for name, _ in EXAMPLES])
def test_compiles_whole(spec):
    @given(case=cases(spec))
    @settings(max_examples=3)
    def every_case(case):
        CONTRACT["compiles_whole"](case)

    every_case()


@pytest.mark.parametrize("spec", [spec for _, spec in EXAMPLES], ids=[name for name, _ in EXAMPLES])
def test_declared_laws_hold(spec):
    @given(case=cases(spec))
    @settings(max_examples=12)
    def every_case(case):
        for law in sorted(closure(case.spec.laws())):
            check_law(law, case)

    every_case()


@pytest.mark.parametrize("spec", [spec for _, spec in EXAMPLES], ids=[name for name, _ in EXAMPLES])
def test_every_option_appears_in_the_examples(spec):
    """A field that no example changes is never tested away from its default."""
    cls = type(spec)
    for name, field in cls.model_fields.items():
        if name != "kind":
            values = {repr(getattr(example, name)) for example in cls.examples()}
            assert len(values) > 1 or field.is_required(), f"{cls.__name__}.{name} is the same in all examples"


@pytest.mark.parametrize("spec", [spec for _, spec in EXAMPLES], ids=[name for name, _ in EXAMPLES])
def test_laws_that_are_not_declared_do_not_hold(spec):
    """The declarations are complete: what an operator does not promise, it breaks somewhere in a stack."""
    grid, declared = Grid(5, 8, 48), closure(spec.laws())
    places = [Case(spec, grid, BlockIndex(index, 12), seed) for seed, index in enumerate([0, 1, 2, 3, 5, 7] * 3)]
    undeclared = [Law(name) for name in CHECKS if Law(name) not in declared]
    always = [str(law) for law in undeclared if all(holds(law, case) for case in places)]
    assert not always, f"declare them: {always}"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["hermit-frequency", "roll-time", "token"])
def test_inductor_changes_nothing(kind):
    index = BlockIndex(2, 4)
    case = Case(OPERATORS.kinds()[kind](), Grid(4, 8, 16), index, seed=0)
    module, x = case.module(torch.float32), case.input(dtype=torch.float32)
    torch.testing.assert_close(torch.compile(module, fullgraph=True)(x), module(x))
