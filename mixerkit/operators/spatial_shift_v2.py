"""Spatial shift, second version: three maps of the channels, two of them shifted, fused by split attention.

Paper: S2-MLPv2, arXiv 2108.01072. With x [B, F, T, D]:

    x1, x2, x3 = fc1(x), cut in three
    y1 = shift of x1, width first    y2 = shift of x2, height first    y3 = x3
    a = sum over branches and tokens of y                  [B, D]
    w = softmax over branches of W2 gelu(W1 a), no biases  [B, 3, D], W1 of D/4 rows
    result = fc2(sum_k w_k * y_k)

Width is time and height frequency. Borders keep their own old value, as in spatial-shift. The shifts reach one place, but every
token reaches every other through the attention's sum.

The authors published no code. Theirs: all of the above, the sum over tokens too. It grows with N, so that on a grid of hundreds
of tokens the softmax soon takes one branch and leaves the others without gradient. Ours: ``pooled: mean``, which does not grow;
and the attention's scores are worked out in float32 under autocast. Settled: the paper leaves the width between W1 and W2 open.
A quarter of D gives its 25 million parameters (recipes/s2_mlp_v2.yaml), as wide as the fusion of ViP, whose pyramid it takes;
D itself, as public copies have it, would give 32 million.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from einops import rearrange
from pydantic import Field, PositiveFloat
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, activation, without_autocast
from mixerkit.operators.base import OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law
from mixerkit.operators.mlp_options import MlpOptions
from mixerkit.operators.spatial_shift import FREQ, TIME, SpatialShift, needs_quarters
from mixerkit.spec import Issue

Pooled = Literal["sum", "mean"]
BRANCHES = 3


class SplitAttention(nn.Module):
    """Weigh branches per clip and channel: softmax over branches of fc2(act(fc1(a))), a pooled over branches and tokens."""

    def __init__(self, dim: int, hidden: int, act: ActivationName = "gelu", pooled: Pooled = "sum") -> None:
        super().__init__()
        self.pooled = pooled
        self.fc1 = nn.Linear(dim, hidden, bias=False)
        self.act = activation(act, hidden)
        self.fc2 = nn.Linear(hidden, BRANCHES * dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # [K, B, F, T, D] -> [B, F, T, D], K branches
        with without_autocast(x):  # a sum over many tokens has no digits to spare
            tokens = x.to(self.fc1.weight.dtype).sum(dim=0)
            a = tokens.sum(dim=(1, 2)) if self.pooled == "sum" else tokens.mean(dim=(1, 2))
            scores = self.fc2(self.act(self.fc1(a)))
        weights = torch.softmax(rearrange(scores, "b (k d) -> k b 1 1 d", k=BRANCHES), dim=0)
        return (weights * x).sum(dim=0)

    def extra_repr(self) -> str:
        return f"pooled={self.pooled}"


class SpatialShiftV2(nn.Module):
    """fc2(split attention over (shifted, shifted the other way round, as it is) of the thirds of fc1(x))."""

    def __init__(self, dim: int, hidden: int, act: ActivationName = "gelu", pooled: Pooled = "sum") -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, BRANCHES * dim)
        self.width_first, self.height_first = SpatialShift((TIME, FREQ)), SpatialShift((FREQ, TIME))
        self.attention = SplitAttention(dim, hidden, act, pooled)
        self.fc2 = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        one, two, three = self.fc1(x).chunk(BRANCHES, dim=-1)
        branches = torch.stack([self.width_first(one), self.height_first(two), three])
        return self.fc2(self.attention(branches))


@operator
class SpatialShiftV2Spec(MlpOptions, OperatorSpec):
    """Map the channels three times, shift two of the maps, and let the whole grid say how much of each comes through."""

    kind: Literal["spatial-shift-v2"] = "spatial-shift-v2"
    hidden_ratio: PositiveFloat = Field(0.25, description="hidden width of the attention, in units of D, rounded")
    pooled: Pooled = Field("sum", description="what the attention sees of the tokens: their sum (the paper's) or their mean")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return SpatialShiftV2(grid.dim, self.hidden(grid), self.activation, self.pooled)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        return needs_grid(grid) + needs_quarters(grid)

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.CONSTANT_PRESERVING, Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(pooled="mean", hidden_ratio=1.0, activation="silu"))
