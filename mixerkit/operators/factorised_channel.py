"""Factorised channel mixing: the channel MLP through a bottleneck, narrower than the channels.

Paper: MTS-Mixers, arXiv 2302.04501. y[:, n, :] = W2 act(W1 x[:, n, :] + b1) + b2 as in ``channel``, but with fewer hidden
channels than D, which the authors require: what is mixed has a rank below D. Their widths are numbers per data set (d_ff);
a quarter of D is ours.
"""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, PositiveFloat
from torch import nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.channel import Channel
from mixerkit.operators.laws import Law
from mixerkit.operators.mlp_options import MlpOptions
from mixerkit.spec import Issue


@operator
class FactorisedChannelSpec(MlpOptions, OperatorSpec):
    """Mix channels through a bottleneck: one MLP inside each token, narrower than D."""

    kind: Literal["factorised-channel"] = "factorised-channel"
    hidden_ratio: PositiveFloat = Field(0.25, lt=1.0, description="hidden width of the MLP, in units of D, rounded; below D")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Channel(grid.dim, self.hidden(grid), self.activation)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        if self.hidden(grid) >= grid.dim:
            got = f"{self.hidden_ratio:g}, which is {self.hidden(grid)} hidden channels"
            return [Issue("hidden_ratio", got, f"fewer hidden channels than D = {grid.dim}: more are no bottleneck")]
        return []

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT, Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(hidden_ratio=0.5, activation="silu"))
