"""DCT: the discrete cosine transform (II, orthonormal) along one axis, and its inverse (III). Exact, and of the same size.

Along freq, on grids of log-mel spectrograms, it is the step from a spectrum to a cepstrum, as in MFCCs. It is the transform of a
row mirrored behind its end, so that no jump is made between end and start.

Computed as the real FFT of the mirrored row, of 2n entries, turned by half a sample: no n x n matrix to keep.
"""

import math
from collections.abc import Sequence
from typing import Literal, Self

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from mixerkit.grid import Grid
from mixerkit.layers import in_float32
from mixerkit.operators.hermit_frequency import POSITION, Axis
from mixerkit.operators.laws import Law
from mixerkit.operators.transforms.base import (
    TransformPair,
    TransformSpec,
    axis_problems,
    carried_by_linear,
    commutes_with_linear,
    transform,
)
from mixerkit.spec import Issue


class Dct(TransformPair):
    """y[k] = c_k sum over m of x[m] cos(pi k (2m + 1) / 2n), c_0 = sqrt(1 / n), else sqrt(2 / n)."""

    def __init__(self, axis: Axis = "freq") -> None:
        super().__init__()
        self.position = POSITION[axis]

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        return in_float32(x.movedim(self.position, -1), self._there).movedim(-1, self.position)

    def inverse(self, y: Tensor, shape: Sequence[int]) -> Tensor:
        return in_float32(y.movedim(self.position, -1), self._back).movedim(-1, self.position)

    def _there(self, x: Tensor) -> Tensor:  # [..., n] -> same
        spectrum = torch.fft.rfft(torch.cat([x, x.flip(-1)], dim=-1), norm="ortho")[..., :-1]
        cos, sin, scale = _half_sample(x)
        return (spectrum.real * cos + spectrum.imag * sin) * scale

    def _back(self, y: Tensor) -> Tensor:  # [..., n] -> same
        cos, sin, scale = _half_sample(y)
        spectrum = torch.complex(y * cos / scale, y * sin / scale)
        size = y.shape[-1]
        return torch.fft.irfft(functional.pad(spectrum, (0, 1)), n=2 * size, norm="ortho")[..., :size]


def _half_sample(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """cos and sin of pi k / 2n, and what makes entry 0 as long as the others: [n] each."""
    places = torch.arange(x.shape[-1], device=x.device, dtype=x.dtype)
    angles = places * (math.pi / (2 * x.shape[-1]))
    return angles.cos(), angles.sin(), 1 - (1 - math.sqrt(0.5)) * (places == 0).to(x.dtype)


@transform
class DctSpec(TransformSpec):
    """Cosine transform (DCT-II, orthonormal) there, its inverse back: along freq, spectrum to cepstrum."""

    kind: Literal["dct"] = "dct"
    axis: Axis = Field("freq", description="axis of the transform: the embedding, the grid's rows or its columns")

    def build(self) -> TransformPair:
        return Dct(self.axis)

    def check(self, grid: Grid) -> list[Issue]:
        return axis_problems(grid, self.axis)

    def carried(self, laws: frozenset[Law]) -> frozenset[Law]:
        return carried_by_linear(laws, self.axis)

    def commutes(self, laws: frozenset[Law]) -> bool:
        return commutes_with_linear(laws, self.axis)

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(axis="time"), cls(axis="dim"))
