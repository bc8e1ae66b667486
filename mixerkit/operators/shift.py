"""Shift: four groups of channels move one place left, right, up and down; what leaves the grid is lost, zeros come in.

Paper: ShiftViT, arXiv 2201.10801, eq. 3. The border rule tells it from its kin: zero here, keep in S2-MLP, a circle in roll.
In ShiftViT the shift stands on the stream itself, with neither norm nor skip: {operator: shift, norm: none, residual: false}.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn import functional

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue


class Shift(nn.Module):
    """g = D // divisions. Channels [0, g) move one column to the left (to earlier times), [g, 2g) to the right, [2g, 3g) one
    row up (to lower f), [3g, 4g) down; the rest stay.
    """

    def __init__(self, dim: int, divisions: int = 12, step: int = 1) -> None:
        super().__init__()
        group = dim // divisions
        self.sizes, self.step = [group] * 4 + [dim - 4 * group], step

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        s = self.step
        left, right, up, down, still = torch.split(x, self.sizes, dim=-1)
        moved = [
            functional.pad(left, (0, 0, 0, s))[:, :, s:],
            functional.pad(right, (0, 0, s, 0))[:, :, : x.shape[2]],
            functional.pad(up, (0, 0, 0, 0, 0, s))[:, s:],
            functional.pad(down, (0, 0, 0, 0, s, 0))[:, : x.shape[1]],
        ]
        return torch.cat([*moved, still], dim=-1)

    def extra_repr(self) -> str:
        return f"sizes={self.sizes}, step={self.step}"


@operator
class ShiftSpec(OperatorSpec):
    """Move a third of the channels one place in four directions, zeros coming in. Nothing to learn."""

    kind: Literal["shift"] = "shift"
    divisions: PositiveInt = Field(12, ge=4, description="each of the four groups is D // divisions channels")
    step: PositiveInt = Field(1, description="places by which a group moves, in tokens")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Shift(grid.dim, self.divisions, self.step)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        issues = needs_grid(grid)
        if grid.dim < self.divisions:
            expected = f"at most D = {grid.dim}: with more, no channel would move"
            issues.append(Issue("divisions", f"{self.divisions}", expected))
        return issues

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.LINEAR, Law.PARAMETER_FREE, Law.CHANNEL_WISE, Law.local(self.step), Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(divisions=4), cls(divisions=5, step=2))
