"""Haar: neighbours along time become their mean and their difference, level by level. A transform worth copying.

Haar wavelets, orthonormal: at each level a_k = (x_2k + x_2k+1) / sqrt 2 and d_k = (x_2k - x_2k+1) / sqrt 2, the halves stacked as
channels. So ``channel`` inside is an MLP that sees every span of 2^levels columns at once, and ``token`` one that mixes spans.
A plugin is one file that imports only from `mixerkit`. Switch it on in a recipe: `plugins: [haar]`, and
`{kind: conjugate, transform: {kind: haar, levels: 1}, operator: token}`.
"""

import math
from collections.abc import Sequence
from typing import Literal, Self

import torch
from pydantic import Field
from torch import Tensor

from mixerkit import Grid, Issue, Law, TransformPair, TransformSpec, transform


class Haar(TransformPair):
    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> [B, F, T / 2^levels, 2^levels D]
        for _ in range(self.levels):
            even, odd = x[:, :, 0::2], x[:, :, 1::2]
            x = torch.cat([even + odd, even - odd], dim=-1) * math.sqrt(0.5)
        return x

    def inverse(self, y: Tensor, shape: Sequence[int]) -> Tensor:
        for _ in range(self.levels):
            mean, difference = y.chunk(2, dim=-1)
            pairs = torch.stack([mean + difference, mean - difference], dim=3) * math.sqrt(0.5)  # [B, F, T/2, 2, D]
            y = pairs.flatten(2, 3)
        return y


@transform
class HaarSpec(TransformSpec):
    """Haar wavelets along time: spans of 2^levels columns, each as means and differences of its parts."""

    kind: Literal["haar"] = "haar"
    levels: int = Field(1, ge=1, le=16, description="how often the row is halved")

    def build(self) -> TransformPair:
        return Haar(self.levels)

    def grid(self, grid: Grid) -> Grid:
        return Grid(grid.freq, grid.time // 2**self.levels, grid.dim * 2**self.levels)

    def check(self, grid: Grid) -> list[Issue]:
        span = 2**self.levels
        if grid.extra:
            return [Issue("", "a flat row with extra tokens", "rows and columns: take model.extra_tokens out")]
        return (
            [Issue("levels", f"{grid.time} columns", f"a multiple of {span} columns for {self.levels} levels")]
            if grid.time % span
            else []
        )

    def carried(self, laws: frozenset[Law]) -> frozenset[Law]:
        """A fixed linear map inside each row: what is linear stays so, and rows rolled before are rows rolled after."""
        kept = {Law.LINEAR, Law.AFFINE, Law.ZERO_PRESERVING, Law.PARAMETER_FREE, Law.FREQ_ROLL_EQUIVARIANT, Law.ANY_LENGTH}
        return laws & kept

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(levels=2))
