"""Roll-Time-mixing: the roll, then a channel MLP.

Paper: Mixer is more than just a model, arXiv 2402.18007, II-B: "inserting a RollBlock between LayerNorm and FeedForward".
The layer norm and the skip are the sublayer's. See roll.py for what the roll does in memory.
"""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, PositiveFloat
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, Mlp
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law, laws_of_chain
from mixerkit.operators.mlp_options import MlpOptions
from mixerkit.operators.roll import Roll, RollOptions
from mixerkit.spec import Issue


class RollTime(nn.Module):
    """mlp(roll(x)): the MLP of channel mixing on channels that the roll has brought together."""

    def __init__(self, roll: Roll, dim: int, hidden: int, act: ActivationName = "gelu") -> None:
        super().__init__()
        self.roll = roll
        self.mlp = Mlp(dim, hidden, act)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return self.mlp(self.roll(x))


@operator
class RollTimeSpec(RollOptions, MlpOptions, OperatorSpec):
    """Roll channels in a circle, then mix them with the channel MLP: the paper's channel half."""

    kind: Literal["roll-time"] = "roll-time"
    hidden_ratio: PositiveFloat = Field(4.0, description="hidden width of the MLP, in units of D, rounded")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return RollTime(self.roll(index), grid.dim, self.hidden(grid), self.activation)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        return self.check_roll(grid)

    def laws(self) -> frozenset[Law]:
        mlp = frozenset({Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT, Law.ANY_LENGTH})
        return laws_of_chain([self.roll_laws(), mlp])

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (
            cls(),
            cls(overflow="share", hidden_ratio=0.5),
            cls(axes="grid", activation="mish"),
            cls(alpha_start=1, c=8, c_a=2, activation="acon-c"),
        )
