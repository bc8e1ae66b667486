"""Spatial shift: four quarters of the channels move one place later, earlier, higher and lower; a border keeps its own old value.

Paper: S2-MLP, arXiv 2106.07477, its spatial-shift module. The border rule tells it from its kin: keep here, zero in shift, a
circle in roll. The paper shifts along the width first; width is time and height frequency, as in a spectrogram. The quarters
end at D // 4, D // 2 and 3 D // 4, so every channel moves, whatever D is.

The shift alone has nothing to learn. The token half of an S2-MLP block puts it between two linear maps, which the kit writes
as a chain: {kind: chain, operators: [pointwise, activation, spatial-shift, pointwise]}.

Public copies of this shift write into the tensor that they read from: forward smears the first row over the whole grid, while
autograd returns the gradient of the right shift. Here nothing is written in place.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue

FREQ, TIME = 1, 2


class SpatialShift(nn.Module):
    """Channels [0, D // 4) move one place to higher indices of the first axis, [D // 4, D // 2) to lower ones; the next two
    quarters likewise along the second axis.

    Args:
        axes: first and second axis of ``[B, F, T, D]``. S2-MLP's is (time, freq); S2-MLPv2 has the reverse beside it.
    """

    def __init__(self, axes: tuple[int, int] = (TIME, FREQ)) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        dim = x.shape[-1]
        first, second = self.axes
        quarters = torch.tensor_split(x, (dim // 4, dim // 2, 3 * dim // 4), dim=-1)
        axes = (first, first, second, second)
        moved = [_move(part, axis, on=i % 2 == 0) for i, (part, axis) in enumerate(zip(quarters, axes, strict=True))]
        return torch.cat(moved, dim=-1)

    def extra_repr(self) -> str:
        return f"axes={self.axes}"


def _move(x: Tensor, axis: int, on: bool) -> Tensor:
    """Content one place to higher indices of ``axis`` (``on``) or to lower ones; the border left behind keeps its value."""
    size = x.shape[axis]
    if on:
        return torch.cat([x.narrow(axis, 0, 1), x.narrow(axis, 0, size - 1)], dim=axis)
    return torch.cat([x.narrow(axis, 1, size - 1), x.narrow(axis, size - 1, 1)], dim=axis)


def needs_quarters(grid: Grid) -> list[Issue]:
    """The issue of a grid with fewer channels than directions."""
    expected = "at least 4 channels: a quarter of them moves in each of four directions"
    return [Issue("", f"D = {grid.dim} channels", expected)] if grid.dim < 4 else []


@operator
class SpatialShiftSpec(OperatorSpec):
    """Move four quarters of the channels one place in four directions, borders keeping their value. Nothing to learn."""

    kind: Literal["spatial-shift"] = "spatial-shift"

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return SpatialShift()

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        return needs_grid(grid) + needs_quarters(grid)

    def laws(self) -> frozenset[Law]:
        shift = {Law.LINEAR, Law.PARAMETER_FREE, Law.CHANNEL_WISE, Law.CONSTANT_PRESERVING}
        return frozenset(shift | {Law.local(1), Law.ANY_LENGTH})
