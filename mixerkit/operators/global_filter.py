"""Global filter: every channel is convolved with a learned kernel as large as the grid, as a product of spectra.

Paper: GFNet, arXiv 2107.00645. y = irfft2(K * rfft2(x)) over F and T, orthonormal, K complex of F x (T // 2 + 1) x D. The border
is a circle: the last column is next to the first. K starts from 0.02 N(0, 1), real and imaginary part, as the authors' does, and
is stored as they store it, [F, T // 2 + 1, D, 2] of real numbers. Theirs knows F and T by the model's settings only, or takes
the grid for a square; here the grid says them.

A real grid has F T numbers a channel, K more: the imaginary part of an entry that is its own mirror image (row 0 or F / 2,
column 0 or T / 2) has no effect and no gradient, and in those two columns K works by its Hermitian part.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import grid_irfft, grid_rfft, in_float32
from mixerkit.operators.base import OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue

START_STD = 0.02


class GlobalFilter(nn.Module):
    """y[:, :, :, d] = x[:, :, :, d] convolved, in a circle along F and T, with the grid whose spectrum is K[:, :, d]."""

    def __init__(self, grid: Grid) -> None:
        super().__init__()
        self.size = (grid.freq, grid.time)
        self.complex_weight = nn.Parameter(START_STD * torch.randn(grid.freq, grid.time // 2 + 1, grid.dim, 2))

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        """Raises RuntimeError on another grid: half-spectra of T = 4 and 5 have the same shape, and mean different filters."""
        if tuple(x.shape[1:3]) != self.size:
            raise RuntimeError(f"This filter is for a grid of {self.size[0]} x {self.size[1]}; got {list(x.shape)}.")
        return in_float32(x, self._filter)

    def _filter(self, x: Tensor) -> Tensor:
        return grid_irfft(torch.view_as_complex(self.complex_weight.to(x.dtype)) * grid_rfft(x), time=x.shape[2])


@operator
class GlobalFilterSpec(OperatorSpec):
    """Mix tokens by a learned filter as large as the grid, one per channel, multiplied in the spectrum."""

    kind: Literal["global-filter"] = "global-filter"

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return GlobalFilter(grid)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        return needs_grid(grid)

    def laws(self) -> frozenset[Law]:
        rolls = {Law.FREQ_ROLL_EQUIVARIANT, Law.TIME_ROLL_EQUIVARIANT}
        return frozenset({Law.LINEAR, Law.CHANNEL_WISE, Law.CONSTANT_PRESERVING}) | rolls
