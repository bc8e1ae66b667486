"""Rfft: the half-spectrum of a real FFT along one axis, real and imaginary parts stacked as channels. Orthonormal, exact.

An axis of n entries becomes n // 2 + 1 frequencies, and D channels become 2 D: all real parts, then all imaginary ones. (Along
dim itself, D channels become 2 (D // 2 + 1).) So ``channel`` inside is an MLP on every frequency's complex numbers, shared by all
frequencies, as in AFNO (arXiv 2111.13587, there along both axes and in blocks of channels).

The imaginary parts of the first frequency, and of the last if n is even, are 0 on the way there and left out on the way back.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Self

import torch
from pydantic import Field
from torch import Tensor

from mixerkit.grid import Grid
from mixerkit.layers import in_float32
from mixerkit.operators.hermit_frequency import POSITION, Axis, axis_size
from mixerkit.operators.laws import Law
from mixerkit.operators.transforms.base import (
    INSIDE_CHANNELS,
    TransformPair,
    TransformSpec,
    axis_problems,
    carried_by_linear,
    commutes_with_linear,
    resized,
    transform,
)
from mixerkit.spec import Issue


class Rfft(TransformPair):
    """y[k] = 1 / sqrt(n) sum over m of x[m] exp(-2 pi i k m / n), k up to n // 2, as (real, imaginary) along the channels."""

    def __init__(self, axis: Axis = "time") -> None:
        super().__init__()
        self.position = POSITION[axis]

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D], n entries along the axis -> n // 2 + 1, and twice D
        return in_float32(x, self._there)

    def inverse(self, y: Tensor, shape: Sequence[int]) -> Tensor:
        size = shape[self.position]
        return in_float32(y, lambda z: torch.fft.irfft(_joined(z), n=size, dim=self.position, norm="ortho"))

    def _there(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(x, dim=self.position, norm="ortho")
        return torch.cat([spectrum.real, spectrum.imag], dim=-1)


def _joined(y: Tensor) -> Tensor:
    real, imaginary = y.chunk(2, dim=-1)
    return torch.complex(real, imaginary)


@transform
class RfftSpec(TransformSpec):
    """Real FFT there, its inverse back, real and imaginary parts as channels: an operator on complex spectra."""

    kind: Literal["rfft"] = "rfft"
    axis: Axis = Field("time", description="axis of the transform: the embedding, the grid's rows or its columns")

    def build(self) -> TransformPair:
        return Rfft(self.axis)

    def grid(self, grid: Grid) -> Grid:
        halved = resized(grid, self.axis, axis_size(grid, self.axis) // 2 + 1)
        return replace(halved, dim=2 * halved.dim)

    def check(self, grid: Grid) -> list[Issue]:
        """Of two entries both frequencies are real: half of what is inside would work on zeros."""
        return axis_problems(grid, self.axis, least=3)

    def carried(self, laws: frozenset[Law]) -> frozenset[Law]:
        return carried_by_linear(laws, self.axis)

    def commutes(self, laws: frozenset[Law]) -> bool:
        """Along freq and time, what treats tokens alike may still mix real with imaginary parts, if it mixes channels."""
        return commutes_with_linear(laws, self.axis) and laws >= INSIDE_CHANNELS

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(axis="freq"), cls(axis="dim"))
