"""Reweighting: several branches become one, each channel weighing them by what the whole grid holds."""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional


class Reweight(nn.Module):
    """w = softmax over k of fc2(gelu(fc1(mean over tokens of sum_k x_k))), per clip and channel; y = sum_k w_k * x_k.

    The fusion that ViP (arXiv 2106.12368), CycleMLP and ActiveMLP share: the MLP is D // 4 wide, and the weights of one channel
    stand side by side in what fc2 gives. Parameters: D^2 + 3.25 D for three branches and D in fours.
    """

    def __init__(self, dim: int, branches: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, reweight_hidden(dim))
        self.fc2 = nn.Linear(reweight_hidden(dim), dim * branches)

    def forward(self, x: Tensor) -> Tensor:  # [K, B, F, T, D] -> [B, F, T, D], K branches
        pooled = x.sum(dim=0).mean(dim=(1, 2))  # [B, D]
        scores = self.fc2(functional.gelu(self.fc1(pooled)))
        weights = torch.softmax(rearrange(scores, "b (d k) -> k b 1 1 d", k=x.shape[0]), dim=0)
        return (weights * x).sum(dim=0)


def reweight_hidden(dim: int) -> int:
    """Hidden channels of the MLP: a quarter of D."""
    return max(1, dim // 4)
