"""Gated: operators side by side on the same grid, weighed against one another by a learned gate per channel.

y[..., d] = sum over k of w[k, d] f_k(x)[..., d],  w[:, d] = softmax over k of s[:, d],  s learned, K x D, 0 at the start

So the branches begin as their mean, and each channel learns its own mixture. The softmax over operators is DARTS' mixed
operation, arXiv 1806.09055, eq. 2, which has one score per operator for all channels. With two branches it is the gate of
ConViT, arXiv 2103.10697: sigmoid(s_1 - s_2) and its complement, one per head there. The gate does not look at x. Weight
decay, where the recipe has it, pulls it back to equal weights.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Literal, Self

import torch
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import operator
from mixerkit.operators.branches import Branches, BranchesSpec
from mixerkit.operators.identity import IdentitySpec
from mixerkit.operators.laws import Law, laws_of_branches
from mixerkit.operators.token import TokenSpec

BROKEN_BY_THE_GATE = {Law.PERMUTATION, Law.PARAMETER_FREE, Law.CHANNEL_EQUIVARIANT}
"""Laws that hold for every branch and not for the whole: values are scaled, by something learned, each channel by its own."""


class Gated(Branches):
    """y = sum over k of softmax(scores)[k] * f_k(x), channel by channel."""

    def __init__(self, branches: Iterable[nn.Module], names: Iterable[str], dim: int) -> None:
        super().__init__(branches, names)
        self.scores = nn.Parameter(torch.zeros(len(self.branches), dim))

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        weights = self.scores.softmax(dim=0).unbind()  # K of [D]
        outputs = self.outputs([x] * len(self.branches))
        return reduce(torch.add, [weight * y for weight, y in zip(weights, outputs, strict=True)])


@operator
class GatedSpec(BranchesSpec):
    """Run operators side by side, and let every channel learn how much of each it takes."""

    kind: Literal["gated"] = "gated"

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Gated(self.modules(grid, index), self.names(), grid.dim)

    def laws(self) -> frozenset[Law]:
        return laws_of_branches(part.laws() for part in self.operators) - BROKEN_BY_THE_GATE

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(operators=(TokenSpec(), IdentitySpec())),)
