"""Pooling: the mean of a window of tokens, minus the token itself. Nothing to learn.

Paper: PoolFormer, arXiv 2111.11418, eq. 4. The subtraction takes out what the skip around the operator puts back in. Border rule:
what lies outside the grid is not counted, so that a constant grid gives exactly 0 at the borders too; with padding counted, a
corner would be off by 56 % of the constant.

The authors stand it behind a group norm with a layer scale: {operator: pool, norm: group, layer_scale: 1.0e-5}.
"""

from collections.abc import Sequence
from typing import Literal, Self

from einops import rearrange
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, needs_grid, needs_odd, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue


class Pool(nn.Module):
    """y[f, t] = mean of x over the ``kernel`` x ``kernel`` window round (f, t), as far as it lies in the grid, - x[f, t]."""

    def __init__(self, kernel: int = 3) -> None:
        super().__init__()
        self.kernel = kernel

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        grid = rearrange(x, "b f t d -> b d f t")
        mean = functional.avg_pool2d(grid, self.kernel, stride=1, padding=self.kernel // 2, count_include_pad=False)
        return rearrange(mean - grid, "b d f t -> b f t d")

    def extra_repr(self) -> str:
        return f"kernel={self.kernel}"


@operator
class PoolSpec(OperatorSpec):
    """Average the neighbours of a token, channel by channel, and subtract the token. Nothing to learn."""

    kind: Literal["pool"] = "pool"
    kernel: int = Field(3, ge=3, description="rows and columns of the window, in tokens; odd")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Pool(self.kernel)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        return needs_grid(grid) + needs_odd("kernel", self.kernel)

    def laws(self) -> frozenset[Law]:
        channels = {Law.CHANNEL_WISE, Law.CHANNEL_EQUIVARIANT}
        tokens = {Law.CONSTANT_PRESERVING, Law.local(self.kernel // 2), Law.ANY_LENGTH}
        return frozenset({Law.LINEAR, Law.PARAMETER_FREE} | channels | tokens)

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(kernel=5))
