"""Gated shift: half of the channels, moved `lag` columns later in time, gates the other half. A plugin worth copying.

A plugin is one file that imports only from `mixerkit`. Switch it on in a recipe: `plugins: [gated_shift]`.
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from mixerkit import BlockIndex, Grid, Issue, Law, OperatorSpec, operator


class GatedShift(nn.Module):
    def __init__(self, dim: int, lag: int) -> None:
        super().__init__()
        self.lag = lag
        self.out = nn.Linear(dim // 2, dim)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        gate, value = x.chunk(2, dim=-1)  # [B, F, T, D/2] each
        return self.out(torch.sigmoid(gate.roll(self.lag, dims=2)) * value)


@operator
class GatedShiftSpec(OperatorSpec):
    """Let the recent past decide what passes: one half of the channels, earlier, gates the other."""

    kind: Literal["gated-shift"] = "gated-shift"
    lag: int = Field(1, description="token columns; positive looks back, and the row wraps round")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return GatedShift(grid.dim, self.lag)

    def check(self, grid: Grid, index: BlockIndex) -> list[Issue]:
        return [Issue("", f"D = {grid.dim}", "an even D: half of the channels gates the other")] if grid.dim % 2 else []

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.FREQ_ROLL_EQUIVARIANT, Law.TIME_ROLL_EQUIVARIANT, Law.CONSTANT_PRESERVING, Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> list["GatedShiftSpec"]:
        return [cls(), cls(lag=-2)]
