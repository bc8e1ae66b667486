"""Random: a frozen random matrix mixes the tokens. The baseline that shows how little the mixing may matter.

Paper: MetaFormer baselines, arXiv 2210.13452 (RandFormer). Y = R X with R = softmax over rows of an N x N matrix of uniform
numbers, shared by every channel and never trained. Its entries lie between some 0.58 / N and 1.58 / N, so that what every token
gets is not far from the mean of all.

The authors keep R as a parameter without gradient; here the numbers before the softmax are kept, as a buffer. So they are saved
with the weights, counted as no parameter, and the rows of R sum to 1 in every precision. They are drawn when the module
is built, like the start of every weight: ``runner.seed`` decides them.
"""

from typing import Literal

import torch
from einops import rearrange
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law


class RandomMixing(nn.Module):
    """y[:, n, :] = sum over m of softmax(scores)[n, m] x[:, m, :], scores drawn from U(0, 1) and frozen."""

    scores: Tensor  # [N, N]

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.register_buffer("scores", torch.rand(tokens, tokens))

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        y = self.scores.softmax(dim=-1) @ rearrange(x, "b f t d -> b (f t) d")
        return rearrange(y, "b (f t) d -> b f t d", f=x.shape[1])

    def extra_repr(self) -> str:
        return f"tokens={len(self.scores)}"


@operator
class RandomSpec(OperatorSpec):
    """Mix tokens by a random matrix that never changes: the baseline. Nothing to learn."""

    kind: Literal["random"] = "random"

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return RandomMixing(grid.tokens)

    def laws(self) -> frozenset[Law]:
        apart = {Law.CHANNEL_WISE, Law.CHANNEL_EQUIVARIANT}
        return frozenset({Law.LINEAR, Law.PARAMETER_FREE, Law.CONSTANT_PRESERVING}) | apart
