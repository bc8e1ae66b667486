"""Attention: every token asks every other, with weights that depend on what they hold. The baseline of ViT and AST.

Paper: ViT, arXiv 2010.11929, and AST, arXiv 2104.01778, with the attention of arXiv 1706.03762, eq. 1. For each of h heads, of
D / h channels,

    q, k, v = W_qkv x + b_qkv,    y = W (softmax(q k^T / sqrt(D / h)) v for all heads, side by side) + b

Twelve heads and a bias on q, k and v are AST's; timm's module leaves that bias out by default. No dropout, as in AST.
Tokens have no place here: without ``model.position: learned`` a clip is a bag of tokens.
"""

from collections.abc import Sequence
from typing import Literal, Self

from einops import rearrange
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn import functional

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue


class Attention(nn.Module):
    """Multi-head self-attention over all N = F * T tokens. ``qkv`` and ``proj`` are named, and stacked, as timm does."""

    def __init__(self, dim: int, heads: int = 12, qkv_bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        q, k, v = rearrange(self.qkv(x), "b f t (three h e) -> three b h (f t) e", three=3, h=self.heads)
        y = functional.scaled_dot_product_attention(q, k, v)
        return self.proj(rearrange(y, "b h (f t) e -> b f t (h e)", f=x.shape[1]))

    def extra_repr(self) -> str:
        return f"heads={self.heads}"


@operator
class AttentionSpec(OperatorSpec):
    """Mix tokens by what they hold: multi-head self-attention."""

    kind: Literal["attention"] = "attention"
    heads: PositiveInt = Field(12, description="heads, each of D // heads channels")
    qkv_bias: bool = Field(True, description="whether queries, keys and values get a bias")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Attention(grid.dim, self.heads, self.qkv_bias)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        if grid.dim % self.heads:
            return [Issue("heads", f"{self.heads}", f"a divisor of D = {grid.dim} channels")]
        return []

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.TOKEN_EQUIVARIANT, Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(heads=4, qkv_bias=False))
