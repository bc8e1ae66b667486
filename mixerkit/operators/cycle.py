"""Cycle: linear maps of the channels whose inputs come from neighbouring places, along time, along frequency and from none.

Paper: CycleMLP, arXiv 2107.10224. A cycle FC of kernel K reads channel c not at its own place but

    offset(c) = (c + K // 2) mod K - K // 2        K = 3: 0, 1, -1, 0, 1, -1, ...

places further on, so that it mixes K places for the price of one linear map. Border rule: what lies outside of the grid is 0.
Three branches, a cycle FC along each axis and a plain linear map (without bias), are fused by weights per clip and channel
(layers/reweight.py), then by a linear map. The offsets reach K // 2 places, but every token reaches every other through the
mean that the weights are made of.

The authors' code calls the branch along the width `sfc_h` and the one along the height `sfc_w`; width is time here. Its order
of the branches, (time, freq, channel), is kept, so that the weights of the fusion map one to one.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from einops import rearrange
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import Reweight
from mixerkit.operators.base import OperatorSpec, needs_grid, needs_odd, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue

FREQ, TIME = 1, 2
BRANCHES = 3


def cycle_shift(x: Tensor, kernel: int, axis: int) -> Tensor:
    """Channel c of ``[B, F, T, D]`` read ``offset(c)`` places further along ``axis``, zeros from outside: same shape."""
    radius, size, dim = kernel // 2, x.shape[axis], x.shape[-1]
    around = [0, 0, radius, radius] if axis == TIME else [0, 0, 0, 0, radius, radius]
    around[1] = -dim % kernel  # channels to fill the last cycle, cut off below
    phases = rearrange(functional.pad(x, around), "b f t (g k) -> k b f t g", k=kernel)
    starts = [(phase + radius) % kernel for phase in range(kernel)]
    moved = [part.narrow(axis, start, size) for part, start in zip(phases, starts, strict=True)]
    return torch.stack(moved, dim=-1).flatten(-2)[..., :dim]


class Cycle(nn.Module):
    """proj(reweight(time(x along T), freq(x along F), channel(x)))."""

    def __init__(self, dim: int, kernel: int = 3) -> None:
        super().__init__()
        self.kernel = kernel
        self.time, self.freq = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.channel = nn.Linear(dim, dim, bias=False)
        self.reweight = Reweight(dim, BRANCHES)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        along_time = self.time(cycle_shift(x, self.kernel, TIME))
        along_freq = self.freq(cycle_shift(x, self.kernel, FREQ))
        return self.proj(self.reweight(torch.stack([along_time, along_freq, self.channel(x)])))

    def extra_repr(self) -> str:
        return f"kernel={self.kernel}"


@operator
class CycleSpec(OperatorSpec):
    """Mix channels and neighbours at once: linear maps that read each channel a little earlier or later, lower or higher."""

    kind: Literal["cycle"] = "cycle"
    kernel: int = Field(3, ge=3, description="places that a cycle FC reads along its axis, in tokens; odd")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Cycle(grid.dim, self.kernel)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        issues = needs_grid(grid) + needs_odd("kernel", self.kernel)
        if grid.dim < self.kernel:
            issues.append(Issue("kernel", f"{self.kernel}", f"at most D = {grid.dim}: each place that is read needs a channel"))
        return issues

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(kernel=5))
