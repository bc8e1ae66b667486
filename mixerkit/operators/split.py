"""Split: the channels divided among operators side by side, and put together again.

y = concat over k of f_k(x[..., D_k]). Each branch stands on a grid of its own channels, F x T x D_k, and costs accordingly.
Papers: Inception Transformer, arXiv 2205.12956; InceptionNeXt, arXiv 2303.16900, which gives an eighth of the channels to each of
three convolutions and leaves the rest as they are: {fractions: [1, 1, 1, 5]}, the last operator identity.

Each value belongs to one branch. So the whole keeps what every branch obeys, permutations too; but for the equality of channels,
since those of one branch are not treated as those of another.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Self

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import operator
from mixerkit.operators.branches import Branches, BranchesSpec
from mixerkit.operators.depthwise import DepthwiseSpec
from mixerkit.operators.identity import IdentitySpec
from mixerkit.operators.laws import Law, laws_of_branches
from mixerkit.operators.roll import RollSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.spec import Issue


class Split(Branches):
    """y = concat over k of f_k(x_k), x_k the next ``sizes[k]`` channels of x."""

    def __init__(self, branches: Sequence[nn.Module], names: Sequence[str], sizes: Sequence[int]) -> None:
        super().__init__(branches, names)
        self.sizes = list(sizes)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return torch.cat(self.outputs(torch.split(x, self.sizes, dim=-1)), dim=-1)

    def extra_repr(self) -> str:
        return f"sizes={self.sizes}"


@operator
class SplitSpec(BranchesSpec):
    """Divide the channels among operators side by side, and put what they return together again."""

    kind: Literal["split"] = "split"
    fractions: tuple[PositiveInt, ...] | None = Field(
        None, description="parts of D that the branches get, such as [1, 1, 2]; null: all the same"
    )

    def sizes(self, grid: Grid) -> list[int]:
        """Channels of every branch."""
        fractions = self.fractions or (1,) * len(self.operators)
        return [grid.dim // sum(fractions) * fraction for fraction in fractions]

    def grids(self, grid: Grid) -> list[Grid]:
        return [replace(grid, dim=size) for size in self.sizes(grid)]

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Split(self.modules(grid, index), self.names(), self.sizes(grid))

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        count = len(self.operators)
        if self.fractions is not None and len(self.fractions) != count:
            return [Issue("fractions", f"{len(self.fractions)} fractions for {count} operators", "one fraction per operator")]
        pieces = sum(self.fractions) if self.fractions else count
        if pieces and grid.dim % pieces:
            return [Issue("", f"D = {grid.dim} channels", f"split cuts D in {pieces} pieces: D must be a multiple of {pieces}")]
        return super().check(grid, index)

    def laws(self) -> frozenset[Law]:
        return laws_of_branches(part.laws() for part in self.operators) - {Law.CHANNEL_EQUIVARIANT}

    @classmethod
    def examples(cls) -> Sequence[Self]:
        rolled = RollSpec(axes="grid", c=4)
        return (cls(operators=(DepthwiseSpec(kernel=3), TokenSpec())), cls(operators=(rolled, IdentitySpec()), fractions=(1, 2)))
