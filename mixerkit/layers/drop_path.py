"""Stochastic depth: leave out a whole branch, for each clip by its own coin.

Paper: arXiv 1603.09382. The same function as timm's DropPath; it stands here because importing timm takes seconds, and a
model must be shown and checked without it.
"""

import torch
from torch import Tensor, nn


class DropPath(nn.Module):
    """In training, each clip's branch is 0 with probability ``rate``, else divided by 1 - rate; in evaluation, untouched."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:  # [B, ...] -> same
        if not self.training or self.rate == 0.0:
            return x
        keep = torch.rand(x.shape[0], *[1] * (x.ndim - 1), device=x.device) >= self.rate
        return x * (keep / (1.0 - self.rate)).to(x.dtype)

    def extra_repr(self) -> str:
        return f"rate={self.rate:g}"
