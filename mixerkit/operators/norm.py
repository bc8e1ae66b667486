"""Norm as an operator: for skeletons that put one elsewhere than in front of a branch, such as ConvMixer's."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, PositiveFloat
from torch import nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import EPS, Norm
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law


@operator
class NormSpec(OperatorSpec):
    """Normalise: over a token's channels, over a whole clip, over the batch, or by learned factors alone."""

    kind: Literal["norm"] = "norm"
    norm: Literal["layer", "group", "batch", "rms", "affine"] = Field(
        "layer", description="layer, rms: over D; group: over F, T and D of a clip; batch: over B, F, T; affine: a x + b"
    )
    eps: PositiveFloat = Field(EPS, description="added to the variance; affine has none")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Norm(kind=self.norm, eps=self.eps).build(grid.dim)

    def laws(self) -> frozenset[Law]:
        apart = {Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT, Law.ANY_LENGTH}
        match self.norm:
            case "layer":
                return frozenset(apart)
            case "rms":
                return frozenset(apart | {Law.ZERO_PRESERVING})
            case "batch" | "affine":
                return frozenset(apart | {Law.AFFINE, Law.CHANNEL_WISE})
            case "group":
                return frozenset({Law.TOKEN_EQUIVARIANT, Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(norm="group"), cls(norm="batch"), cls(norm="rms"), cls(norm="affine"), cls(eps=1e-5))
