"""Activation as an operator: the non-linearity of a skeleton made by ``chain``."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field
from torch import nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, activation
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law


@operator
class ActivationSpec(OperatorSpec):
    """Bend every value by itself: GELU, SiLU, Mish, Acon-C or ReLU."""

    kind: Literal["activation"] = "activation"
    activation: ActivationName = Field("gelu", description="gelu, gelu-tanh, silu, mish, acon-c, acon-c-swish, relu")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return activation(self.activation, grid.dim)

    def laws(self) -> frozenset[Law]:
        always = {Law.TOKEN_WISE, Law.CHANNEL_WISE, Law.TOKEN_EQUIVARIANT, Law.ZERO_PRESERVING, Law.ANY_LENGTH}
        learned = self.activation.startswith("acon")
        return frozenset(always if learned else always | {Law.PARAMETER_FREE, Law.CHANNEL_EQUIVARIANT})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        names: tuple[ActivationName, ...] = ("gelu", "gelu-tanh", "silu", "mish", "acon-c", "acon-c-swish", "relu")
        return tuple(cls(activation=name) for name in names)
