"""Adaptive frequency filter: a filter as large as the grid, in the spectrum, which the clip itself decides.

Paper: Adaptive Frequency Filters As Efficient Global Token Mixers, arXiv 2307.14008 (AFF). With X = rfft2(x) over F and T,

    Z = act(W1 X + b1),  M = shrink(W2 Z + b2),  y = irfft2(M * X)

W1 and W2 are complex, the same at every frequency, and join the channels of one block only; act and shrink work on real and
imaginary part apart, shrink(v) = v -+ threshold, and 0 within it. Transforms are orthonormal. The border is a circle, but rolling
the grid does not commute: M depends on the phase. All of it runs in float32, as in the authors' code.

The authors' module adds its own input at the end, inside of their block's skip; that skip is the sublayer's here. They
draw weights and biases from 0.02 N(0, 1), so do we: for normed inputs much of M starts as exactly 0 (40 % at D = 96, 18 % at
768), and the branch at 2 to 5 % of its input. 8 blocks and 0.01 are theirs; ReLU is what their code takes by default.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from einops import einsum, rearrange
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn
from torch.nn import functional

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, activation, grid_irfft, grid_rfft, in_float32
from mixerkit.operators.base import OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law
from mixerkit.spec import Issue

START_STD = 0.02


class ComplexBlockLinear(nn.Module):
    """A complex linear layer from D to D whose matrix is block-diagonal: complex ``[..., D]`` -> same.

    Its weight ``[blocks, D / blocks (in), D / blocks (out), 2]`` and bias ``[D, 2]`` are stored as pairs of real numbers.
    """

    def __init__(self, dim: int, blocks: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(START_STD * torch.randn(blocks, dim // blocks, dim // blocks, 2))
        self.bias = nn.Parameter(START_STD * torch.randn(dim, 2))

    def forward(self, z: Tensor) -> Tensor:
        real = z.real.dtype
        weight, bias = (torch.view_as_complex(part.to(real)) for part in (self.weight, self.bias))
        parts = rearrange(z, "... (k i) -> ... k i", k=len(weight))
        return rearrange(einsum(parts, weight, "... k i, k i o -> ... k o"), "... k o -> ... (k o)") + bias


class AdaptiveFrequency(nn.Module):
    """irfft2(M * X), X = rfft2(x), M = shrink(fc2(act(fc1(X)))).

    Args:
        dim: D.
        blocks: groups of channels that the two layers keep apart; it divides D.
        threshold: of the soft shrinkage: parts of M as small as this are 0, the others that much nearer to it.
        act: on real and imaginary part, one and the same.
    """

    def __init__(self, dim: int, blocks: int = 8, threshold: float = 0.01, act: ActivationName = "relu") -> None:
        super().__init__()
        self.threshold = threshold
        self.fc1 = ComplexBlockLinear(dim, blocks)
        self.act = activation(act, dim)
        self.fc2 = ComplexBlockLinear(dim, blocks)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return in_float32(x, self._filter)

    def _filter(self, x: Tensor) -> Tensor:
        spectrum = grid_rfft(x)
        hidden = self.fc1(spectrum)
        mask = self.fc2(torch.complex(self.act(hidden.real), self.act(hidden.imag)))
        return grid_irfft(torch.complex(self._shrink(mask.real), self._shrink(mask.imag)) * spectrum, time=x.shape[2])

    def _shrink(self, part: Tensor) -> Tensor:
        return functional.softshrink(part, self.threshold)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold:g}"


@operator
class AdaptiveFrequencySpec(OperatorSpec):
    """Mix tokens by a filter in the spectrum that a small complex MLP reads off the spectrum itself."""

    kind: Literal["adaptive-frequency"] = "adaptive-frequency"
    blocks: PositiveInt = Field(8, description="blocks of channels, each mixed in itself; the layers cost D * D / blocks")
    threshold: NonNegativeFloat = Field(0.01, description="soft shrinkage of the mask: what is smaller becomes 0")
    activation: ActivationName = Field("relu", description="activation between the two layers, on real and imaginary part apart")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return AdaptiveFrequency(grid.dim, self.blocks, self.threshold, self.activation)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        issues = needs_grid(grid)
        if grid.dim % self.blocks:
            issues.append(Issue("blocks", f"{self.blocks}", f"a divisor of D = {grid.dim} channels"))
        return issues

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.ZERO_PRESERVING, Law.CONSTANT_PRESERVING, Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(blocks=4, threshold=0.1, activation="acon-c"))
