"""Spatial gating: an MLP inside each token, one half of its hidden channels gated by the other half seen across all tokens.

Paper: gMLP, arXiv 2105.08050, eq. 1 to 4. With h hidden channels:

    u, v = halves of act(fc1(x))        h / 2 channels each
    gate = P norm(v) + b                across the N = F * T tokens, shared by every channel
    result = fc2(u * gate)

This is the whole unit: a gMLP block is one sublayer with it and no channel half. The norm of v is the unit's own and part of it.

Theirs: P starts near zero (N(0, 1e-6)) and b at one, so that a block starts as a plain MLP inside each token; the module's
``init_weights`` says so after the recipe's init. h = 6 D in every published size. Ours: the norm's eps is 1e-6 as everywhere
in the kit; timm's is 1e-5 here. Parts are named as timm names them, so weights map one to one.
"""

from collections.abc import Sequence
from typing import Literal, Self

from einops import rearrange
from pydantic import Field, PositiveFloat
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, Norm, activation
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.mlp_options import MlpOptions
from mixerkit.spec import Issue

START_STD = 1e-6


class TokenGate(nn.Module):
    """u * (P norm(v) + b), with (u, v) the halves of the channels: ``[B, N, h]`` -> ``[B, N, h / 2]``."""

    def __init__(self, tokens: int, hidden: int, norm: Norm) -> None:
        super().__init__()
        self.norm = norm.build(hidden // 2)
        self.proj = nn.Linear(tokens, tokens)
        self.init_weights()

    def init_weights(self) -> None:
        """Start with a gate of one: no token sees another yet."""
        nn.init.normal_(self.proj.weight, std=START_STD)
        nn.init.ones_(self.proj.bias)

    def forward(self, x: Tensor) -> Tensor:  # [B, N, h] -> [B, N, h / 2]
        u, v = x.chunk(2, dim=-1)
        gate = self.proj(rearrange(self.norm(v), "b n c -> b c n"))
        return u * rearrange(gate, "b c n -> b n c")


class SpatialGating(nn.Module):
    """fc2(gate(act(fc1(x)))) on ``tokens`` tokens of ``dim`` channels; ``hidden`` is even."""

    def __init__(
        self,
        tokens: int,
        dim: int,
        hidden: int,
        act: ActivationName = "gelu",
        norm: Norm = Norm(),  # noqa: B008  # frozen
    ) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.act = activation(act, hidden)
        self.gate = TokenGate(tokens, hidden, norm)
        self.fc2 = nn.Linear(hidden // 2, dim)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        y = self.act(self.fc1(rearrange(x, "b f t d -> b (f t) d")))
        return rearrange(self.fc2(self.gate(y)), "b (f t) d -> b f t d", f=x.shape[1])


@operator
class SpatialGatingSpec(MlpOptions, OperatorSpec):
    """Mix channels inside each token, and let what the other tokens hold gate the result."""

    kind: Literal["spatial-gating"] = "spatial-gating"
    hidden_ratio: PositiveFloat = Field(6.0, description="hidden width of the MLP, in units of D, rounded; half of it gates")
    norm: Norm = Field(Norm(), description="norm of the half that gates")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return SpatialGating(grid.tokens, grid.dim, self.hidden(grid), self.activation, self.norm)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        hidden = self.hidden(grid)
        if hidden % 2 == 0 and hidden >= 4:
            return ()
        expected = "an even hidden width of at least 4: the gate is a normed half of it"
        return [Issue("hidden_ratio", f"{self.hidden_ratio:g}: with D = {grid.dim}, {hidden} hidden channels", expected)]

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(hidden_ratio=2.0, activation="silu", norm=Norm(eps=1e-5)))
