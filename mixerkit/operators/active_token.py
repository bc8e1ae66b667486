"""Active token mixing: every channel of every token says itself from how far along time and frequency it is read.

Paper: ActiveMLP, arXiv 2203.06108 (AAAI 2023), its ATM layer. With x [B, F, T, D]:

    o_time, o_freq = offsets(norm(x))                  in tokens, real numbers of any size; S channels share one
    y_time = W_time x read at t + o_time + b_time      linear between two columns, 0 outside of the grid
    y_freq = W_freq x read at f + o_freq + b_freq      likewise between two rows
    y = proj(reweight(y_time, y_freq, W x))            layers/reweight.py: weights per clip and channel

Theirs: all of that, the offsets' own norm too, and S = 2, 4, 4, 8 in the four stages. Ours: an operator stands alone, so it makes
its offsets from what it is given, in every block. The authors make them from the stream before the block's norm, keep them for
the next blocks (2 of them, or 6 in larger models), and put a 3 x 3 depthwise convolution on the stream before.

Reading is a gather: on a GPU its gradient adds in no fixed order, unless torch's deterministic algorithms are switched on.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import Norm, Reweight
from mixerkit.operators.base import OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue

FREQ, TIME = 1, 2
BRANCHES = 3


def read_at(x: Tensor, offsets: Tensor, axis: int) -> Tensor:
    """x at its own places plus ``offsets`` along ``axis``, linear in between, zero outside.

    Args:
        x: [B, F, T, D].
        offsets: [B, F, T, D], in tokens. Places are worked out in float32 at least: in bfloat16 a column beyond 256 has none.
    """
    size = x.shape[axis]
    exact = torch.promote_types(offsets.dtype, torch.float32)
    own = torch.arange(size, device=x.device, dtype=exact).reshape(size, *[1] * (x.ndim - 1 - axis))
    place = own + offsets.to(exact)
    below = place.floor()
    weight = (place - below).to(x.dtype)
    return torch.lerp(_take(x, below, axis), _take(x, below + 1, axis), weight)


def _take(x: Tensor, place: Tensor, axis: int) -> Tensor:
    """x at whole places, zero outside."""
    last = x.shape[axis] - 1
    taken = x.gather(axis, place.long().clamp(0, last))  # clamped as whole numbers: a NaN must not read beyond the grid
    return torch.where((place >= 0) & (place <= last), taken, 0.0)


class ActiveToken(nn.Module):
    """proj(reweight(time(x read along T), freq(x read along F), channel(x))). ``group_size`` channels share an offset."""

    def __init__(self, dim: int, group_size: int = 4, norm: Norm = Norm()) -> None:  # noqa: B008  # frozen
        super().__init__()
        self.group_size = group_size
        self.norm = norm.build(dim)
        self.offsets = nn.Linear(dim, 2 * dim // group_size)
        self.time, self.freq = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.channel = nn.Linear(dim, dim, bias=False)
        self.reweight = Reweight(dim, BRANCHES)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        over_time, over_freq = self.offsets(self.norm(x)).repeat_interleave(self.group_size, dim=-1).chunk(2, dim=-1)
        along_time = self.time(read_at(x, over_time, TIME))
        along_freq = self.freq(read_at(x, over_freq, FREQ))
        return self.proj(self.reweight(torch.stack([along_time, along_freq, self.channel(x)])))

    def extra_repr(self) -> str:
        return f"group_size={self.group_size}"


@operator
class ActiveTokenSpec(OperatorSpec):
    """Mix each channel of a token with those of places that the token itself picks, along time and along frequency."""

    kind: Literal["active-token"] = "active-token"
    group_size: PositiveInt = Field(4, description="consecutive channels that share one offset along each axis; divides D")
    norm: Norm = Field(Norm(), description="norm in front of the offsets")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return ActiveToken(grid.dim, self.group_size, self.norm)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        issues = needs_grid(grid)
        if grid.dim % self.group_size:
            issues.append(
                Issue("group_size", f"{self.group_size}", f"a divisor of D = {grid.dim}: groups of channels share an offset")
            )
        return issues

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(group_size=1, norm=Norm(eps=1e-5)))
