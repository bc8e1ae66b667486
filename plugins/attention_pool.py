"""Attention pooling: a learned weight for every token that holds some of the recording. A head worth copying.

A plugin is one file that imports only from `mixerkit`. Switch it on in a recipe: `plugins: [attention_pool]`, and
`model: {head: attention-pool}`.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from mixerkit import Grid, HeadSpec, Issue, head


class AttentionPool(nn.Module):
    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.weight = nn.Linear(dim, 1)
        self.linear = nn.Linear(dim, classes)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:  # [B, F, T, D], [B, T] of 0 and 1 -> [B, K]
        x = self.norm(x)
        weight = self.weight(x).masked_fill(valid[:, None, :, None] == 0, -torch.inf)
        weight = weight.flatten(1).softmax(dim=1)  # [B, N]
        return self.linear(torch.einsum("bn,bnd->bd", weight, x.flatten(1, 2)))


@head
class AttentionPoolSpec(HeadSpec):
    """Norm, weighted mean over the tokens that hold some of the recording, linear."""

    kind: Literal["attention-pool"] = "attention-pool"

    def build(self, grid: Grid, classes: int) -> nn.Module:
        return AttentionPool(grid.dim, classes)

    def check(self, grid: Grid) -> list[Issue]:
        return [Issue("", "a flat row with extra tokens", "rows and columns: take model.extra_tokens out")] if grid.extra else []
