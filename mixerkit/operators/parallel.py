"""Parallel: operators side by side on the same grid, summed. Its laws and FLOPs follow from its branches.

y = sum over k of f_k(x). With the sublayer's norm and skip it is x + f_1(norm(x)) + f_2(norm(x)): two sublayers, one after
another, stands in one. So do PaLM (arXiv 2204.02311, 2) with attention and MLP, and Three Things Everyone Should Know About ViT
(arXiv 2203.09795) with two blocks.

A sum keeps what every branch obeys, but for one law: a sum of permutations is linear, and no permutation.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Literal, Self

import torch
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import operator
from mixerkit.operators.branches import Branches, BranchesSpec
from mixerkit.operators.depthwise import DepthwiseSpec
from mixerkit.operators.laws import Law, laws_of_branches
from mixerkit.operators.pointwise import PointwiseSpec


class Parallel(Branches):
    """y = sum over k of f_k(x)."""

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return reduce(torch.add, self.outputs([x] * len(self.branches)))


@operator
class ParallelSpec(BranchesSpec):
    """Run operators side by side on the same input, and add up what they return."""

    kind: Literal["parallel"] = "parallel"

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Parallel(self.modules(grid, index), self.names())

    def laws(self) -> frozenset[Law]:
        return laws_of_branches(part.laws() for part in self.operators) - {Law.PERMUTATION}

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(operators=(DepthwiseSpec(kernel=3), PointwiseSpec())),)
