"""Pointwise: one linear map of the channels, the same for every token (a 1 x 1 convolution)."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field
from torch import nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law


@operator
class PointwiseSpec(OperatorSpec):
    """Mix channels linearly: one D x D matrix inside each token."""

    kind: Literal["pointwise"] = "pointwise"
    bias: bool = Field(True, description="whether a bias is added")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return nn.Linear(grid.dim, grid.dim, bias=self.bias)

    def laws(self) -> frozenset[Law]:
        always = {Law.AFFINE, Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT, Law.ANY_LENGTH}
        return frozenset(always if self.bias else always | {Law.LINEAR})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(bias=False))
