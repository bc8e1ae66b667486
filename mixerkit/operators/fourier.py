"""Fourier: the real part of a two-dimensional DFT over tokens and channels. No parameters.

Paper: FNet, arXiv 2105.03824, 3.2: y = Re(F_tokens(F_channels(x))), without normalisation. The tokens are one sequence of
N = F * T, time fastest; rows and columns of the grid are not transformed apart.

A real input's DFT is Hermitian, Y[n, d] = conj(Y[-n, -d]), so half of it is computed and its real part mirrored: the same result
for half of the arithmetic. For the same reason y sees only the part of x that is even in (n, d) together, and is even itself: the
skip carries the rest. FNet's block norms after the sum: {operator: fourier, norm_position: post}.

``fft_norm: ortho`` is ours. FNet's own (backward) makes values larger by sqrt(N D / 2), 480 times for 600 x 768, while the skip
beside it keeps its size.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from einops import rearrange
from pydantic import Field
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import in_float32
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law

FftNorm = Literal["backward", "ortho"]


class Fourier(nn.Module):
    """y[n, d] = scale * sum over m, e of x[m, e] cos(2 pi (n m / N + d e / D)).

    Args:
        fft_norm: "backward" is scale 1; "ortho" is 1 / sqrt(N D).
    """

    def __init__(self, fft_norm: FftNorm = "backward") -> None:
        super().__init__()
        self.fft_norm = fft_norm

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        y = in_float32(rearrange(x, "b f t d -> b (f t) d"), self._transform)
        return rearrange(y, "b (f t) d -> b f t d", f=x.shape[1])

    def _transform(self, x: Tensor) -> Tensor:  # [B, N, D] -> same
        half = torch.fft.rfft2(x, dim=(1, 2), norm=self.fft_norm).real  # columns 0 .. D // 2
        others = half[:, :, 1 : (x.shape[2] + 1) // 2]  # those that have a mirror image: y[n, D - d] = y[-n, d]
        return torch.cat([half, others.flip(1, 2).roll(1, dims=1)], dim=2)

    def extra_repr(self) -> str:
        return f"fft_norm={self.fft_norm}"


@operator
class FourierSpec(OperatorSpec):
    """Mix tokens and channels by a Fourier transform, of which the real part is kept. Nothing to learn."""

    kind: Literal["fourier"] = "fourier"
    fft_norm: FftNorm = Field("backward", description="scale of the transform: backward is FNet's, 1; ortho is 1 / sqrt(N D)")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Fourier(self.fft_norm)

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.LINEAR, Law.PARAMETER_FREE, Law.ANY_LENGTH})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(), cls(fft_norm="ortho"))
