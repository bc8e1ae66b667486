"""Every operator with every example it gives is what its references say: outputs and all gradients, on odd grids."""

import ast
import math

import pytest
import torch
from torch.nn import functional

from mixerkit import BlockIndex, Grid
from mixerkit.operators import OPERATORS
from mixerkit.operators.channel import ChannelSpec
from mixerkit.testing import Case
from tests.conftest import REPOSITORY
from tests.examples import EXAMPLES, SCOPE
from tests.parity.sweep import PAIRS, sweep
from tests.references import REFERENCES, Reference, gap, measure

CASE = Case(ChannelSpec(), Grid(2, 3, 5), BlockIndex(0, 1), seed=0)


def test_every_kind_and_every_example_has_a_reference():
    assert set(REFERENCES) == set(OPERATORS.kinds(SCOPE)) == {spec.kind for _, spec in EXAMPLES}
    assert {title for title, _, _ in PAIRS} == {title for title, _ in EXAMPLES}


@pytest.mark.parametrize("kind", REFERENCES)
def test_the_last_reference_takes_every_setting(kind):
    """Operators made of operators are put together out of it."""
    assert all(REFERENCES[kind][-1].takes(spec) for _, spec in EXAMPLES if spec.kind == kind)


@pytest.mark.parametrize(("spec", "reference"), [pair[1:] for pair in PAIRS], ids=[f"{p[0]}: {p[2].name}" for p in PAIRS])
def test_outputs_and_gradients_are_those_of(reference, spec):
    found = sweep(spec, reference)
    assert len({case.grid for case, _ in found}) >= 3
    far = [f"{case.where}: {difference}" for case, difference in found if not difference.within]
    assert not far, "\n".join(far)


def test_the_page_names_every_example_beside_its_reference():
    page = (REPOSITORY / "docs" / "parity.md").read_text(encoding="utf-8")
    missing = [row for title, _, reference in PAIRS if (row := f"| {title} | {reference.name} |") not in page]
    assert not missing, "Print it again: python -m tests.parity > docs/parity.md"
    assert all(f"\n| {kind} " in page for kind in OPERATORS.kinds(SCOPE))


def test_references_import_nothing_that_they_could_repeat():
    """Settings and grids are theirs to read; layers and operators are not."""
    expected = {"Grid", "OperatorSpec", "Case"}
    files = sorted((REPOSITORY / "tests" / "references").glob("*.py"))
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("mixerkit"):
                assert {alias.name for alias in node.names} <= expected, path
            assert not (isinstance(node, ast.Import) and any(a.name.startswith("mixerkit") for a in node.names)), path
    assert len(files) >= 15


def test_a_reference_that_runs_the_operator_is_caught():
    for run in (lambda case, module, x: module(x), lambda case, module, x: module.mlp.fc2(x)):
        with pytest.raises(AssertionError, match="part of the operator"):
            measure(CASE, Reference("itself", run))


def channel(module, x):
    mlp = module.mlp
    return functional.gelu(x @ mlp.fc1.weight.T + mlp.fc1.bias) @ mlp.fc2.weight.T + mlp.fc2.bias


def test_outputs_that_are_not_the_same_are_seen():
    assert measure(CASE, Reference("right", lambda case, module, x: channel(module, x))).within
    found = measure(CASE, Reference("a little more", lambda case, module, x: channel(module, x) + 1e-9))
    assert found.outputs > 1e-12 > found.gradients
    assert not found.within


def test_gradients_that_are_not_the_same_are_seen():
    found = measure(CASE, Reference("cut off", lambda case, module, x: channel(module, x.detach()) + 0 * x))
    assert found.outputs <= 1e-15
    assert found.gradients > 1e-6
    assert not found.within


def test_another_shape_and_what_is_no_number_are_far():
    x = torch.ones(1, 2, 3)
    assert gap(x, x) == 0
    assert gap(x, 10 * x) == pytest.approx(0.9)
    assert gap(x, x[:, :1]) == gap(x, x * math.nan) == gap(x * math.nan, x) == math.inf
