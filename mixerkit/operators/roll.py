"""Roll: four groups of channels, moved in a circle in four directions. No parameters, no arithmetic.

Paper: Mixer is more than just a model, arXiv 2402.18007, Algorithm 1, read literally on [B, N, D]:

    y = reshape(x, (B, C, N / C_a, D C_a / C)),  C = 16, C_a = 4
    g = int(C / (1 + alpha)),  step = depth - alpha,  alpha = index of the block
    channels [0, g) move by +step along dim 3, [g, 2g) by -step along dim 3,
             [2g, 3g) by +step along dim 2,  [3g, 4g) by -step along dim 2; the rest stay

What that means in memory: a "channel" is a sixteenth of the tokens in their order, each token's embedding is cut into four
quarters, and dim 3 is a quarter of the embedding. So the literal roll moves along neither time nor frequency. At alpha 0 all
sixteen channels move along dim 3: one fixed permutation inside each quarter embedding. From alpha 2 on, quarters also move
between tokens of the same sixteenth. ``axes: grid`` is the reading that does move along time and frequency.
"""

from collections.abc import Sequence
from math import gcd
from typing import Literal, Self

import torch
from einops import rearrange
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue, Spec

Axes = Literal["literal", "grid"]
DIRECTIONS = ((1, 3), (-1, 3), (1, 2), (-1, 2))
"""(sign of the step, axis) of the four groups, in Algorithm 1's order."""


class Roll(nn.Module):
    """Algorithm 1 with its numbers worked out.

    Args:
        step: places by which a group moves, in a circle; negative and overlong steps wrap.
        sizes: channels in each of the four groups; what is left of ``c`` stays where it is.
        c, c_a: the constants of Algorithm 1. ``axes: grid`` ignores c_a.
        axes: "literal" reshapes [N, D] as written; "grid" bundles D in c, dim 3 becomes time and dim 2 frequency.
    """

    def __init__(self, step: int, sizes: Sequence[int], c: int = 16, c_a: int = 4, axes: Axes = "literal") -> None:
        super().__init__()
        self.step, self.c, self.c_a, self.axes = step, c, c_a, axes
        self.sizes = [*sizes, c - sum(sizes)]

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        if self.axes == "grid":
            return rearrange(self._roll(rearrange(x, "b f t (c e) -> b c f t e", c=self.c)), "b c f t e -> b f t (c e)")
        batch, freq, time, dim = x.shape
        y = x.reshape(batch, self.c, freq * time // self.c_a, dim * self.c_a // self.c)
        return self._roll(y).reshape(x.shape)

    def _roll(self, y: Tensor) -> Tensor:  # [B, C, dim 2, dim 3, ...] -> same
        *moving, still = torch.split(y, self.sizes, dim=1)
        moved = [part.roll(sign * self.step, axis) for part, (sign, axis) in zip(moving, DIRECTIONS, strict=True)]
        return torch.cat([*moved, still], dim=1)

    def extra_repr(self) -> str:
        return f"step={self.step}, sizes={self.sizes}, axes={self.axes}"


def group_sizes(alpha: int, c: int, overflow: Literal["clip", "share"]) -> list[int]:
    """Channels in each of the four groups: int(c / (1 + alpha)) each, as far as c reaches.

    From alpha 3 on, four groups fit (for c = 16). Before, "clip" does what slicing does, the later groups get what is left or
    nothing; "share" gives each a quarter of c. Integer division, since int(c * (1 / (1 + alpha))) is off by one for c = 49.
    """
    group = c // (1 + alpha)
    if overflow == "share":
        return [min(group, c // 4)] * 4
    return [max(0, min(group, c - k * group)) for k in range(4)]


class RollOptions(Spec):
    """What Algorithm 1 leaves open, and its two constants."""

    overflow: Literal["clip", "share"] = Field(
        "clip", description="when four groups exceed C (alpha < 3): clip the later ones as slicing does, or share C evenly"
    )
    axes: Axes = Field("literal", description="literal: reshape [N, D] as written; grid: roll along time, then frequency")
    alpha_start: int = Field(0, ge=0, le=1, description="alpha of block 0: step = depth - alpha, groups of C / (1 + alpha)")
    c: PositiveInt = Field(16, description="C of Algorithm 1: channel groups")
    c_a: PositiveInt = Field(4, description="C_a of Algorithm 1: tokens are cut by it, embeddings stretched")

    def roll(self, index: BlockIndex) -> Roll:
        """The roll of the block at ``site``."""
        alpha = index.index + self.alpha_start
        return Roll(index.depth - alpha, group_sizes(alpha, self.c, self.overflow), self.c, self.c_a, self.axes)

    def check_roll(self, grid: Grid) -> list[Issue]:
        """Sizes that the reshape cannot take."""
        issues: list[Issue] = []
        if self.c % 4 and self.overflow == "share":
            issues.append(Issue("c", f"{self.c}", "four groups share C evenly when it is a multiple of 4"))
        if self.axes == "grid":
            issues += needs_grid(grid)
            if grid.dim % self.c:
                issues.append(Issue("axes", f"D = {grid.dim} channels", f"axes: grid needs D to be a multiple of c = {self.c}"))
            return issues
        if grid.tokens % self.c_a:
            got = f"N = {grid.tokens} tokens (grid {grid.freq} x {grid.time})"
            issues.append(Issue("", got, f"roll cuts the tokens by c_a = {self.c_a}: N must be a multiple of it"))
        if grid.dim * self.c_a % self.c:
            expected = f"roll cuts D * c_a in c = {self.c} pieces: D must be a multiple of {self.c // gcd(self.c, self.c_a)}"
            issues.append(Issue("", f"D = {grid.dim} channels", expected))
        return issues

    def roll_laws(self) -> frozenset[Law]:
        """What holds for the roll at every place in the stack."""
        always = frozenset({Law.PERMUTATION, Law.PARAMETER_FREE, Law.ANY_LENGTH})
        if self.axes == "literal":
            return always
        rolls = {Law.FREQ_ROLL_EQUIVARIANT, Law.TIME_ROLL_EQUIVARIANT}
        return always | {Law.CHANNEL_WISE, Law.CONSTANT_PRESERVING} | rolls


@operator
class RollSpec(RollOptions, OperatorSpec):
    """Roll four groups of channels in a circle, in four directions, less in deeper blocks. Nothing to learn."""

    kind: Literal["roll"] = "roll"

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return self.roll(index)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        return self.check_roll(grid)

    def laws(self) -> frozenset[Law]:
        return self.roll_laws()

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(overflow="share"), cls(axes="grid"), cls(alpha_start=1), cls(c=8, c_a=2))
