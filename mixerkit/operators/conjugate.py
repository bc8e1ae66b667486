"""Conjugate: transform the grid, mix there, transform back. y = T^-1(f(T(x))), as one operator.

Named for what algebra calls T^-1 f T. {kind: conjugate, transform: hermit, operator: token} is ``hermit-frequency`` with the full
spectrum, and any other operator can stand in token's place; a norm inside is a chain: {kind: chain, operators: [norm, token]}.

The transform says which laws of f hold for the whole. An f that commutes with an exact transform is refused: T^-1 f T = f.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import Field
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.axial import AxialSpec
from mixerkit.operators.base import Operator, OperatorSpec, operator
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.laws import Law, closure
from mixerkit.operators.output import called, refuse_misshapen
from mixerkit.operators.token import TokenSpec
from mixerkit.operators.transforms import Transform, TransformPair
from mixerkit.operators.transforms.hermit import HermitSpec
from mixerkit.operators.transforms.rfft import RfftSpec
from mixerkit.operators.transforms.transpose import TransposeSpec
from mixerkit.spec import Issue, under


class Conjugate(nn.Module):
    """y = T^-1(f(T(x))).

    Args:
        transform: T and its inverse.
        module: f, for the grid on the other side of T.
        name: what f is called if it returns another shape than it got, which the inverse could hide.
    """

    def __init__(self, transform: TransformPair, module: nn.Module, name: str) -> None:
        super().__init__()
        self.transform, self.operator, self.name = transform, module, name

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        transformed = self.transform(x)
        mixed = self.operator(transformed)
        refuse_misshapen(self.name, mixed, transformed)
        return self.transform.inverse(mixed, x.shape)


@operator
class ConjugateSpec(OperatorSpec):
    """Transform the grid, run an operator on what comes out, transform back."""

    kind: Literal["conjugate"] = "conjugate"
    transform: Transform = Field(description="the way there and back: hermit, dct, rfft, transpose, flip")
    operator: Operator = Field(description="what mixes in between; it sees the transformed grid")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        module = self.operator.build(self.transform.grid(grid), index)
        return Conjugate(self.transform.build(), module, called(self.operator))

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        issues = under("transform", self.transform.check(grid))
        issues = issues or under("operator", self.operator.check(self.transform.grid(grid), index))
        if issues:  # a part that does not fit need not have laws
            return issues
        if self.transform.exact and self.transform.commutes(closure(self.operator.laws())):
            got = f"{self.operator.kind!r} commutes with {self.transform.kind!r}, which is undone behind it"
            return [Issue("operator", got, "an operator that the transform changes, or this one without the transform")]
        return []

    def laws(self) -> frozenset[Law]:
        return self.transform.carried(closure(self.operator.laws()))

    def without_gradient(self, grid: Grid, index: BlockIndex) -> Mapping[str, str]:
        reported = self.operator.without_gradient(self.transform.grid(grid), index)
        return {f"operator.{name}": why for name, why in reported.items()}

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (
            cls(transform=HermitSpec(), operator=TokenSpec()),
            cls(transform=RfftSpec(), operator=ChannelSpec(hidden_ratio=1.0)),
            cls(transform=TransposeSpec(), operator=AxialSpec(axis="freq", operator=TokenSpec())),
        )
