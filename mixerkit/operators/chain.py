"""Chain: operators one after another, as one operator. Its laws and FLOPs follow from its parts."""

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import Field
from torch import nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import Operator, OperatorSpec, operator
from mixerkit.operators.laws import Law, laws_of_chain
from mixerkit.operators.pointwise import PointwiseSpec
from mixerkit.operators.roll import RollSpec
from mixerkit.operators.shift import ShiftSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.spec import Issue, under


@operator
class ChainSpec(OperatorSpec):
    """Run operators in a row, without norms or skips between them."""

    kind: Literal["chain"] = "chain"
    operators: tuple[Operator, ...] = Field(description="what runs, first to last")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return nn.Sequential(*(part.build(grid, index) for part in self.operators))

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        if not self.operators:
            return [Issue("operators", "an empty list", "at least one operator")]
        parts = enumerate(self.operators)
        return [issue for i, part in parts for issue in under(f"operators.{i}", part.check(grid, index))]

    def laws(self) -> frozenset[Law]:
        return laws_of_chain(part.laws() for part in self.operators)

    def without_gradient(self, grid: Grid, index: BlockIndex) -> Mapping[str, str]:
        parts = enumerate(self.operators)
        return {f"{i}.{name}": why for i, part in parts for name, why in part.without_gradient(grid, index).items()}

    @classmethod
    def examples(cls) -> Sequence[Self]:
        shifts = cls(operators=(ShiftSpec(divisions=4), ShiftSpec(divisions=5, step=2)))
        return (shifts, cls(operators=(RollSpec(), PointwiseSpec())), cls(operators=(TokenSpec(),)))
