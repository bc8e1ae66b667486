"""Transpose: rows and columns change places, so that what an operator does along time, it does along frequency, and back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from torch import Tensor

from mixerkit.grid import Grid
from mixerkit.operators.base import needs_grid
from mixerkit.operators.laws import Law
from mixerkit.operators.transforms.base import TransformPair, TransformSpec, transform
from mixerkit.spec import Issue

SWAPPED = {
    Law.FREQ_ROLL_EQUIVARIANT: Law.TIME_ROLL_EQUIVARIANT,
    Law.TIME_ROLL_EQUIVARIANT: Law.FREQ_ROLL_EQUIVARIANT,
}


class Transpose(TransformPair):
    """y[t, f] = x[f, t], there and back."""

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> [B, T, F, D]
        return x.transpose(1, 2)

    def inverse(self, y: Tensor, shape: Sequence[int]) -> Tensor:
        return y.transpose(1, 2)


@transform
class TransposeSpec(TransformSpec):
    """Swap rows and columns: time stands where frequency stood."""

    kind: Literal["transpose"] = "transpose"

    def build(self) -> TransformPair:
        return Transpose()

    def grid(self, grid: Grid) -> Grid:
        return replace(grid, freq=grid.time, time=grid.freq)

    def check(self, grid: Grid) -> list[Issue]:
        return needs_grid(grid)

    def carried(self, laws: frozenset[Law]) -> frozenset[Law]:
        """All but any-length, since a longer clip has more rows inside; rolls change their names."""
        return frozenset(SWAPPED.get(law, law) for law in laws - {Law.ANY_LENGTH})

    def commutes(self, laws: frozenset[Law]) -> bool:
        return Law.TOKEN_EQUIVARIANT in laws
