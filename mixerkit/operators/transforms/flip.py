"""Flip: an axis runs backwards, so that what an operator does forwards in time, it does backwards.

A bidirectional operator is {kind: parallel, operators: [f, {kind: conjugate, transform: flip, operator: f}]}.
"""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field
from torch import Tensor

from mixerkit.grid import Grid
from mixerkit.operators.hermit_frequency import POSITION, Axis
from mixerkit.operators.laws import Law
from mixerkit.operators.transforms.base import TransformPair, TransformSpec, axis_problems, transform
from mixerkit.spec import Issue


class Flip(TransformPair):
    """y[m] = x[n - 1 - m], there and back."""

    def __init__(self, axis: Axis = "time") -> None:
        super().__init__()
        self.position = POSITION[axis]

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return x.flip(self.position)

    def inverse(self, y: Tensor, shape: Sequence[int]) -> Tensor:
        return y.flip(self.position)


@transform
class FlipSpec(TransformSpec):
    """Reverse an axis: time runs backwards."""

    kind: Literal["flip"] = "flip"
    axis: Axis = Field("time", description="axis that is reversed: the embedding, the grid's rows or its columns")

    def build(self) -> TransformPair:
        return Flip(self.axis)

    def check(self, grid: Grid) -> list[Issue]:
        return axis_problems(grid, self.axis)

    def carried(self, laws: frozenset[Law]) -> frozenset[Law]:
        """All: a flip turns permutations into permutations, rolls into rolls the other way, and keeps distances."""
        return laws

    def commutes(self, laws: frozenset[Law]) -> bool:
        return (Law.CHANNEL_EQUIVARIANT if self.axis == "dim" else Law.TOKEN_EQUIVARIANT) in laws

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(axis="freq"), cls(axis="dim"))
