"""Conjugate: transform the grid, mix there, transform back. y = T^-1(f(T(x))), as one operator.

Named for what algebra calls T^-1 f T. {kind: conjugate, transform: hermit, operator: token} is ``hermit-frequency`` with the full
spectrum, and any other operator can stand in token's place; a norm inside is a chain: {kind: chain, operators: [norm, token]}.

The transform says which laws of f hold for the whole. An f that commutes with an exact transform is refused: T^-1 f T = f.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import Field
from torch import Tensor, nn

from mixerkit.grid import Grid, Site
from mixerkit.operators.along import AlongSpec
from mixerkit.operators.base import Operator, OperatorSpec, operator
from mixerkit.operators.channel import ChannelSpec
from mixerkit.operators.laws import Law, closure
from mixerkit.operators.promises import called, refuse_misshapen
from mixerkit.operators.token import TokenSpec
from mixerkit.operators.transforms import Transform, TransformPair
from mixerkit.operators.transforms.hermit import HermitSpec
from mixerkit.operators.transforms.rfft import RfftSpec
from mixerkit.operators.transforms.transpose import TransposeSpec
from mixerkit.spec import Misfit, under


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

    def build(self, grid: Grid, site: Site) -> nn.Module:
        module = self.operator.build(self.transform.grid(grid), site)
        return Conjugate(self.transform.build(), module, called(self.operator))

    def flops(self, grid: Grid, site: Site) -> int:
        return self.transform.flops(grid) + self.operator.flops(self.transform.grid(grid), site)

    def problems(self, grid: Grid, site: Site) -> Sequence[Misfit]:
        misfits = under("transform", self.transform.problems(grid))
        misfits = misfits or under("operator", self.operator.problems(self.transform.grid(grid), site))
        if misfits:  # a part that does not fit need not have laws
            return misfits
        if self.transform.exact and self.transform.commutes(closure(self.operator.laws())):
            came = f"{self.operator.kind!r} commutes with {self.transform.kind!r}, which is undone behind it"
            return [("operator", came, "an operator that the transform changes, or this one without the transform")]
        return []

    def laws(self) -> frozenset[Law]:
        return self.transform.carried(closure(self.operator.laws()))

    def without_gradient(self, grid: Grid, site: Site) -> Mapping[str, str]:
        told = self.operator.without_gradient(self.transform.grid(grid), site)
        return {f"operator.{name}": why for name, why in told.items()}

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (
            cls(transform=HermitSpec(), operator=TokenSpec()),
            cls(transform=RfftSpec(), operator=ChannelSpec(hidden_ratio=1.0)),
            cls(transform=TransposeSpec(), operator=AlongSpec(axis="freq", operator=TokenSpec())),
        )
