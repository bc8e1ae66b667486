"""A sublayer: the place in a block that holds one operator, with its norm, its skip and their scales.

    pre:   skip_scale * x + drop_path(layer_scale * operator(norm(x)))
    post:  norm(skip_scale * x + drop_path(layer_scale * operator(x)))       (FNet's order)

Without a residual, the skip term is left out. Both scales are learned, one factor per channel, and start at the number given.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import DropPath, Norm, Scale
from mixerkit.operators import Operator, called, refuse_misshapen
from mixerkit.spec import Issue, Spec, under


class Sublayer(nn.Module):
    """One operator with what surrounds it: ``[B, F, T, D]`` -> same. Which operator it is, it knows for messages only."""

    def __init__(self, operator: nn.Module, settings: "SublayerSpec", dim: int, drop_rate: float) -> None:
        super().__init__()
        self.who = called(settings.operator)
        self.norm = settings.norm.build(dim)
        self.operator = operator
        self.layer_scale = _scale(settings.layer_scale, dim)
        self.skip_scale = _scale(settings.skip_scale, dim)
        self.drop_path = DropPath(drop_rate) if settings.residual else nn.Identity()
        self.is_pre, self.residual = settings.norm_position == "pre", settings.residual

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        given = self.norm(x) if self.is_pre else x
        got = self.operator(given)
        refuse_misshapen(self.who, got, given)  # a row of one column, say, would be spread over the skip without a word
        y: Tensor = self.drop_path(self.layer_scale(got))
        y = y.to(x.dtype)  # under autocast a branch may come in half: the stream itself keeps its type
        if self.residual:
            y = self.skip_scale(x) + y
        return y if self.is_pre else self.norm(y).to(x.dtype)


class SublayerDefaults(Spec):
    """What surrounds an operator. In ``block.sublayer`` it holds for every sublayer of the block."""

    norm: Norm = Field(Norm(), description="none, layer, group (one group), batch, rms, or affine (ResMLP's); or {kind, eps}")
    norm_position: Literal["pre", "post"] = Field("pre", description="norm before the operator, or after the sum")
    residual: bool = Field(True, description="whether the input is added to the branch")
    layer_scale: float | None = Field(None, description="start of a learned factor per channel on the branch; null: none")
    skip_scale: float | None = Field(None, description="start of a learned factor per channel on the skip; null: none")


class SublayerSpec(SublayerDefaults):
    """One sublayer: an operator and what surrounds it. An operator by itself is short for a sublayer that says no more."""

    shorthand = "operator"

    operator: Operator = Field(description="the operator that stands here")

    @classmethod
    def is_bare(cls, data: Any) -> bool:
        """Whether it is an operator alone. One may have an ``operator`` inside too; a sublayer has no ``kind`` beside it."""
        has_sublayer = isinstance(data, Mapping) and "operator" in data and "kind" not in data
        return not has_sublayer and not isinstance(data, SublayerSpec)

    def build(self, grid: Grid, index: BlockIndex, drop_rate: float) -> Sublayer:
        """The module. ``drop_rate`` is the stochastic depth of the block it stands in."""
        return Sublayer(self.operator.build(grid, index), self, grid.dim, drop_rate)

    def check(self, grid: Grid, index: BlockIndex) -> list[Issue]:
        """What does not fit this grid."""
        found = under("operator", self.operator.check(grid, index))
        if self.skip_scale is not None and not self.residual:
            found.append(Issue("skip_scale", f"{self.skip_scale:g} with residual: false", "null, or residual: true"))
        return found


def _scale(start: float | None, dim: int) -> nn.Module:
    return nn.Identity() if start is None else Scale(dim, start)
