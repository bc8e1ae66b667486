"""Factorised temporal mixing: the tokens are dealt out to s interleaved sequences, each mixed by an MLP of its own.

Paper: MTS-Mixers, arXiv 2302.04501. Sequence i holds the tokens n = i, s + i, 2 s + i, ...; after its MLP it goes back to its
places. No token sees one of another sequence. s = 1 is ``token``. The authors' tokens are time steps. On a grid, n = f T + t with
time fastest, so where s divides T a sequence is every s-th time column, all rows of it; where s divides only N = F T, the
sequences are staggered from row to row (s = 2 and T odd: a checkerboard).

s = 2 is the authors' default. Their hidden widths are numbers per data set; half of D for each sequence is ours. It is
``token``'s, and costs what ``token`` costs: 4 N H D FLOPs whatever s.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from einops import rearrange
from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, Mlp
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law
from mixerkit.operators.mlp_options import MlpOptions
from mixerkit.spec import Issue


class FactorisedTemporal(nn.Module):
    """y[:, s m + i, d] = mlps[i](x[:, i::s, d])[m], for every channel d alike.

    Args:
        tokens: N, a multiple of ``parts``.
        hidden: hidden channels of each MLP.
        parts: s, the interleaved sequences.
        act: activation of the MLPs.
    """

    def __init__(self, tokens: int, hidden: int, parts: int = 2, act: ActivationName = "gelu") -> None:
        super().__init__()
        self.mlps = nn.ModuleList(Mlp(tokens // parts, hidden, act) for _ in range(parts))

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        sequences = rearrange(rearrange(x, "b f t d -> b d (f t)"), "b d (m s) -> s b d m", s=len(self.mlps))
        mixed = torch.stack([mlp(sequence) for mlp, sequence in zip(self.mlps, sequences, strict=True)])
        return rearrange(rearrange(mixed, "s b d m -> b d (m s)"), "b d (f t) -> b f t d", f=x.shape[1])


@operator
class FactorisedTemporalSpec(MlpOptions, OperatorSpec):
    """Mix every s-th token with its like: one MLP for each of s interleaved sequences, the same for every channel."""

    kind: Literal["factorised-temporal"] = "factorised-temporal"
    hidden_ratio: PositiveFloat = Field(0.5, description="hidden width of each MLP, in units of D (the channels, not N), rounded")
    parts: PositiveInt = Field(2, description="s, the interleaved sequences; they share N = F * T tokens evenly")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return FactorisedTemporal(grid.tokens, self.hidden(grid), self.parts, self.activation)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        if grid.tokens % self.parts:
            expected = f"a divisor of N = {grid.tokens} tokens (grid {grid.freq} x {grid.time})"
            return [Issue("parts", f"{self.parts}", expected)]
        return []

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.CHANNEL_WISE, Law.CHANNEL_EQUIVARIANT})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(parts=4, hidden_ratio=1.0, activation="acon-c"))
