"""Norms on the token grid, and the per-channel scales. All keep [B, F, T, D]; eps is timm's 1e-6 by default."""

from typing import Any, Literal

import torch
from einops import rearrange
from pydantic import Field, PositiveFloat, SerializerFunctionWrapHandler, model_serializer
from torch import Tensor, nn

from mixerkit.spec import Spec

EPS = 1e-6

NormName = Literal["none", "layer", "group", "batch", "rms", "affine"]


class GridNorm(nn.Module):
    """Group norm with one group (over F, T and D of a clip together), or batch norm (over B, F, T), per-channel affine."""

    def __init__(self, dim: int, kind: Literal["group", "batch"], eps: float) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, dim, eps=eps) if kind == "group" else nn.BatchNorm2d(dim, eps=eps)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return rearrange(self.norm(rearrange(x, "b f t d -> b d f t")), "b d f t -> b f t d")


class Affine(nn.Module):
    """alpha * x + beta per channel, no statistics: ResMLP's stand-in for a norm (arXiv 2105.03404, eq. 1)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(dim))
        self.beta = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Tensor) -> Tensor:  # [..., D] -> same
        return self.alpha * x + self.beta


class Scale(nn.Module):
    """gamma * x per channel: LayerScale on a branch (arXiv 2103.17239), residual scale on a skip (arXiv 2210.13452)."""

    def __init__(self, dim: int, start: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim,), start))

    def forward(self, x: Tensor) -> Tensor:  # [..., D] -> same
        return self.gamma * x


class Norm(Spec):
    """A norm: ``layer`` is short for {kind: layer}; another eps is {kind: layer, eps: 1e-5}."""

    shorthand = "kind"

    kind: NormName = Field("layer", description="none, layer, group (one group), batch, rms, or affine (ResMLP's)")
    eps: PositiveFloat = Field(EPS, description="added to the variance; none and affine have none")

    def build(self, dim: int) -> nn.Module:
        """The module for D = ``dim`` channels: ``[B, F, T, D]`` -> same."""
        match self.kind:
            case "none":
                return nn.Identity()
            case "layer":
                return nn.LayerNorm(dim, eps=self.eps)
            case "rms":
                return nn.RMSNorm(dim, eps=self.eps)
            case "affine":
                return Affine(dim)
            case "group" | "batch":
                return GridNorm(dim, self.kind, self.eps)

    @model_serializer(mode="wrap")
    def _shortest_form(self, handler: SerializerFunctionWrapHandler) -> Any:
        return self.kind if self.eps == EPS else handler(self)

    def __str__(self) -> str:
        return self.kind if self.eps == EPS else f"{self.kind}({self.eps:g})"
