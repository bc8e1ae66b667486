"""Channel mixing: one MLP across the D channels of a token, shared by every token.

Paper: MLP-Mixer, arXiv 2105.01601, second line of eq. 1. Its hidden width is 4 D in every published size.
"""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, PositiveFloat
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, Mlp
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law
from mixerkit.operators.mlp_options import MlpOptions


class Channel(nn.Module):
    """y[:, n, :] = W2 act(W1 x[:, n, :] + b1) + b2, for every token n alike."""

    def __init__(self, dim: int, hidden: int, act: ActivationName = "gelu") -> None:
        super().__init__()
        self.mlp = Mlp(dim, hidden, act)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return self.mlp(x)


@operator
class ChannelSpec(MlpOptions, OperatorSpec):
    """Mix channels: one MLP inside each token, the same for every token."""

    kind: Literal["channel"] = "channel"
    hidden_ratio: PositiveFloat = Field(4.0, description="hidden width of the MLP, in units of D, rounded")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Channel(grid.dim, self.hidden(grid), self.activation)

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT, Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(hidden_ratio=0.5, activation="acon-c-swish"), cls(activation="silu"), cls(activation="gelu-tanh"))
