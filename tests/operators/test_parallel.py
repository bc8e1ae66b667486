"""Parallel: the sum of its branches, each on the whole grid."""

import pytest
import torch
from torch import nn

from mixerkit import BlockIndex, Grid, Law, OperatorSpec, build_operator
from mixerkit.errors import PluginError, RecipeError
from mixerkit.operators import closure
from mixerkit.operators.axial import AxialSpec
from mixerkit.operators.conjugate import ConjugateSpec
from mixerkit.operators.gated import GatedSpec
from mixerkit.operators.identity import IdentitySpec
from mixerkit.operators.parallel import ParallelSpec
from mixerkit.operators.roll import RollSpec
from mixerkit.operators.shift import ShiftSpec
from mixerkit.operators.split import SplitSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.operators.transforms.flip import FlipSpec

GRID, INDEX = Grid(3, 5, 16), BlockIndex(2, 4)


class Row(nn.Module):
    """The mean over time, in one column: a sum would spread it over the grid without a word."""

    def forward(self, x):
        return x.mean(dim=2, keepdim=True)


class RowSpec(OperatorSpec):
    """A stranger's operator that breaks its promise."""

    kind: str = "row"

    def build(self, grid, index):
        return Row()


class IdleSpec(TokenSpec):
    """A token mixer with a parameter that gets no gradient by design."""

    def without_gradient(self, grid, index):
        return {"mlp.fc1.bias": f"idle on {grid}"}


def test_the_place_in_the_stack_reaches_the_branches():
    spec = ParallelSpec(operators=(RollSpec(axes="grid"), IdentitySpec()))
    x = torch.randn(1, 3, 5, 16)
    results = [spec.build(GRID, BlockIndex(index, 4))(x) for index in (0, 2)]
    expected = [RollSpec(axes="grid").build(GRID, BlockIndex(index, 4))(x) + x for index in (0, 2)]
    assert torch.equal(results[0], expected[0])
    assert torch.equal(results[1], expected[1])
    assert not torch.equal(results[0], results[1])


def test_a_sum_of_permutations_is_linear_and_no_permutation():
    laws = closure(ParallelSpec(operators=(RollSpec(), RollSpec(alpha_start=1))).laws())
    assert Law.PERMUTATION not in laws
    assert {Law.LINEAR, Law.PARAMETER_FREE, Law.ANY_LENGTH} <= laws


def test_its_radius_is_the_widest():
    laws = ParallelSpec(operators=(ShiftSpec(divisions=4, step=2), ShiftSpec(divisions=4), IdentitySpec())).laws()
    assert Law.local(2) in laws
    assert not any(law.radius is not None for law in ParallelSpec(operators=(ShiftSpec(), TokenSpec())).laws())


@pytest.mark.parametrize("kind", ["parallel", "gated", "split"])
def test_parts_that_do_not_fit_are_reported_with_their_place(kind):
    operators = ["identity", {"kind": "chain", "operators": ["identity", "shift"]}]
    with pytest.raises(RecipeError, match=r"operators\.1\.operators\.1\.divisions"):
        build_operator({"kind": kind, "operators": operators}, Grid(3, 5, 8))
    with pytest.raises(RecipeError, match="at least two"):
        build_operator({"kind": kind, "operators": ["token"]}, GRID)
    with pytest.raises(RecipeError, match="at least two"):
        build_operator({"kind": kind, "operators": []}, GRID)


@pytest.mark.parametrize("cls", [ParallelSpec, GatedSpec, SplitSpec])
def test_extra_tokens_are_the_parts_matter(cls):
    flat = Grid(1, 14, 16, extra=2)
    assert not cls(operators=(TokenSpec(), IdentitySpec())).check(flat, INDEX)
    (issue,) = cls(operators=(TokenSpec(), ShiftSpec(divisions=4))).check(flat, INDEX)
    assert issue[0] == "operators.1"
    assert "extra tokens" in issue[1]


@pytest.mark.parametrize(
    "spec",
    [
        ParallelSpec(operators=(RowSpec(), IdentitySpec())),
        GatedSpec(operators=(IdentitySpec(), RowSpec())),
        SplitSpec(operators=(RowSpec(), IdentitySpec())),
        ConjugateSpec(transform=FlipSpec(), operator=RowSpec()),
        AxialSpec(axis="freq", operator=RowSpec()),
        AxialSpec(axis="time", operator=ParallelSpec(operators=(RowSpec(), IdentitySpec()))),
    ],
    ids=lambda spec: spec.kind,
)
def test_a_part_that_changes_the_shape_is_named(spec):
    with pytest.raises(PluginError, match=r"(?s)operator 'row', .*test_parallel.*returned"):
        spec.build(GRID, INDEX)(torch.randn(2, 3, 5, 16))


@pytest.mark.parametrize(
    ("spec", "name", "grid"),
    [
        (ParallelSpec(operators=(IdentitySpec(), IdleSpec())), "branches.1.mlp.fc1.bias", GRID),
        (GatedSpec(operators=(IdentitySpec(), IdleSpec())), "branches.1.mlp.fc1.bias", GRID),
        (SplitSpec(operators=(IdentitySpec(), IdleSpec()), fractions=(1, 3)), "branches.1.mlp.fc1.bias", Grid(3, 5, 12)),
        (ConjugateSpec(transform=FlipSpec(), operator=IdleSpec()), "operator.mlp.fc1.bias", GRID),
        (AxialSpec(axis="freq", operator=IdleSpec()), "operator.mlp.fc1.bias", Grid(1, 3, 16)),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_exceptions_to_the_gradient_keep_their_names(spec, name, grid):
    assert spec.without_gradient(GRID, INDEX) == {name: f"idle on {grid}"}
    assert name in dict(spec.build(GRID, INDEX).named_parameters())
