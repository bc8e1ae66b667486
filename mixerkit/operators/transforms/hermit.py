"""Hermit: Hermitian FFT there, inverse real FFT back, on the distinct columns only. Both sides are real.

Paper: Mixer is more than just a model, arXiv 2402.18007, II-C. Its token half is this transform around token mixing:
{kind: conjugate, transform: hermit, operator: token}. With the full spectrum, lengths 2(n - 1) both ways, the distinct columns
are the DCT-I of x, as many as there are, and the pair is exact. ``hermit-frequency`` says what truncated and mixed do. They keep
n // 2 + 1 entries, so an operator inside that counts its width in D counts those.
"""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field
from torch import Tensor

from mixerkit.grid import Grid
from mixerkit.layers import hfft, irfft
from mixerkit.operators.hermit_frequency import POSITION, Axis, Spectrum, axis_size, lengths
from mixerkit.operators.laws import Law
from mixerkit.operators.transforms.base import (
    TransformPair,
    TransformSpec,
    axis_problems,
    carried_by_linear,
    commutes_with_linear,
    resized,
    transform,
)
from mixerkit.spec import Issue


class Hermit(TransformPair):
    """y[k] = sum over m of x[m] exp(-2 pi i k m / L), x taken for one half of a Hermitian row of L; the distinct y[k] only."""

    def __init__(self, axis: Axis = "dim", spectrum: Spectrum = "full", fft_norm: str = "ortho") -> None:
        super().__init__()
        self.position, self.spectrum, self.fft_norm = POSITION[axis], spectrum, fft_norm

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D], n entries along the axis -> n, or n // 2 + 1
        there, back = lengths(x.shape[self.position], self.spectrum)
        return hfft(x, there, self.position, self.fft_norm).narrow(self.position, 0, back // 2 + 1)

    def inverse(self, y: Tensor, shape: Sequence[int]) -> Tensor:
        size = shape[self.position]
        _, back = lengths(size, self.spectrum)
        return irfft(y, back, self.position, self.fft_norm).narrow(self.position, 0, size)


@transform
class HermitSpec(TransformSpec):
    """Hermitian FFT there, inverse real FFT back: ASM-RH's. With the full spectrum the DCT-I, exact."""

    kind: Literal["hermit"] = "hermit"
    axis: Axis = Field("dim", description="axis of the transforms: the embedding (torch's default), the grid's rows or columns")
    spectrum: Spectrum = Field("full", description="lengths: 2(n-1) both ways, exact; n both ways; or 2(n-1) there and n back")
    fft_norm: Literal["ortho", "backward"] = Field("ortho", description="scale of both transforms; backward is torch's default")

    def build(self) -> TransformPair:
        return Hermit(self.axis, self.spectrum, self.fft_norm)

    def grid(self, grid: Grid) -> Grid:
        _, back = lengths(axis_size(grid, self.axis), self.spectrum)
        return resized(grid, self.axis, back // 2 + 1)

    def check(self, grid: Grid) -> list[Issue]:
        return axis_problems(grid, self.axis)

    @property
    def exact(self) -> bool:
        return self.spectrum == "full"

    def carried(self, laws: frozenset[Law]) -> frozenset[Law]:
        return carried_by_linear(laws, self.axis)

    def commutes(self, laws: frozenset[Law]) -> bool:
        return commutes_with_linear(laws, self.axis)

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(axis="freq", spectrum="truncated"), cls(axis="time", spectrum="mixed", fft_norm="backward"))
