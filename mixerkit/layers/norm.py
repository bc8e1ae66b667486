"""Norms on the token grid, by name, and the per-channel scales. All keep [B, F, T, D]; eps is timm's 1e-6."""

from typing import Literal

import torch
from einops import rearrange
from torch import Tensor, nn

EPS = 1e-6

NormName = Literal["none", "layer", "group", "batch", "rms", "affine"]


class GridNorm(nn.Module):
    """Group norm with one group (over F, T and D of a clip together), or batch norm (over B, F, T), per-channel affine."""

    def __init__(self, dim: int, kind: Literal["group", "batch"]) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, dim, eps=EPS) if kind == "group" else nn.BatchNorm2d(dim, eps=EPS)

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


def norm(name: NormName, dim: int) -> nn.Module:
    """The norm ``name`` for D = ``dim`` channels: ``[B, F, T, D]`` -> same."""
    match name:
        case "none":
            return nn.Identity()
        case "layer":
            return nn.LayerNorm(dim, eps=EPS)
        case "rms":
            return nn.RMSNorm(dim, eps=EPS)
        case "affine":
            return Affine(dim)
        case "group" | "batch":
            return GridNorm(dim, name)
