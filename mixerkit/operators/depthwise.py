"""Depthwise: each channel filtered by a window of its own over rows and columns, zeros outside of the grid.

Paper: ConvMixer, arXiv 2201.09792, eq. 2, the convolution alone. Its block has the skip around convolution, GELU and batch norm,
in this order, and the mixing of channels behind it without a skip:

    operators:
      - {operator: {kind: chain, operators: [depthwise, activation, {kind: norm, norm: batch}]}, norm: none}
      - {operator: {kind: chain, operators: [pointwise, activation, {kind: norm, norm: batch}]}, norm: none, residual: false}

Its windows are 9 x 9 (1536 channels, 20 blocks) or 7 x 7 (768 channels, 32 blocks). Its weights start as torch's convolutions
do: {linear: torch} in the recipe's init.
"""

from collections.abc import Sequence
from typing import Literal, Self

from einops import rearrange
from pydantic import Field
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, needs_grid, needs_odd, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue


class Depthwise(nn.Module):
    """y[f, t, d] = sum over the ``kernel`` x ``kernel`` window round (f, t) of w[d] x[..., d], + b[d]. ``kernel`` is odd."""

    def __init__(self, dim: int, kernel: int = 9) -> None:
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, kernel, padding=kernel // 2, groups=dim)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return rearrange(self.conv(rearrange(x, "b f t d -> b d f t")), "b d f t -> b f t d")


@operator
class DepthwiseSpec(OperatorSpec):
    """Mix neighbouring tokens by a convolution, each channel with weights of its own."""

    kind: Literal["depthwise"] = "depthwise"
    kernel: int = Field(9, ge=3, description="rows and columns of the window, in tokens; odd")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Depthwise(grid.dim, self.kernel)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        return needs_grid(grid) + needs_odd("kernel", self.kernel)

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.AFFINE, Law.CHANNEL_WISE, Law.local(self.kernel // 2), Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(kernel=3))
