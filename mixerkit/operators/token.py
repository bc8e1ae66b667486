"""Token mixing: one MLP across all N = F * T tokens, shared by every channel.

Paper: MLP-Mixer, arXiv 2105.01601, first line of eq. 1. Its hidden width is half of D in every published size.
"""

from collections.abc import Sequence
from typing import Literal, Self

from einops import rearrange
from pydantic import Field, PositiveFloat
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, Mlp
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law
from mixerkit.operators.mlp_options import MlpOptions


class Token(nn.Module):
    """y[:, n, d] = W2 act(W1 x[:, :, d] + b1) + b2, for every channel d alike."""

    def __init__(self, tokens: int, hidden: int, act: ActivationName = "gelu") -> None:
        super().__init__()
        self.mlp = Mlp(tokens, hidden, act)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        y = self.mlp(rearrange(x, "b f t d -> b d (f t)"))
        return rearrange(y, "b d (f t) -> b f t d", f=x.shape[1])


@operator
class TokenSpec(MlpOptions, OperatorSpec):
    """Mix tokens: one MLP over all places of the grid, the same for every channel."""

    kind: Literal["token"] = "token"
    hidden_ratio: PositiveFloat = Field(0.5, description="hidden width of the MLP, in units of D (the channels, not N), rounded")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Token(grid.tokens, self.hidden(grid), self.activation)

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.CHANNEL_WISE, Law.CHANNEL_EQUIVARIANT})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(hidden_ratio=1.5, activation="acon-c"), cls(activation="mish"))
