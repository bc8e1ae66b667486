"""Hermit-Frequency-mixing: token mixing between a Hermitian FFT and an inverse real FFT.

Paper: Mixer is more than just a model, arXiv 2402.18007, II-C and Fig. 4. It gives neither the axis, nor the lengths, nor the
norm of the transforms, so each is an option. torch's default axis is the last one: with [B, N, D] at both points the
transforms run over the embedding D, not over the frequency axis of the spectrogram. That is the default here; ``axis: freq``
and ``axis: time`` are the other readings.

The HFFT of a real row is real and even, y[k] = y[L - k], and its distinct half is the DCT-I. The MLP treats columns one by
one, so equal columns stay equal, and the inverse reads one half only. The MLP therefore runs on the distinct columns:
the same result as on all of them, for half of the arithmetic. (``inner_norm`` is over the distinct columns too; there the paper
says nothing, and over all of them each inner column would count twice.) Along freq or time the MLP mixes the very axis that
was transformed, distinct entries only: with all of them, equal inputs would only share their weights.

Lengths, for an axis of n entries (both ways real, shape kept):

    spectrum    forward    inverse    distinct    with an identity for the MLP
    truncated   n          n          n//2 + 1    x[: n//2 + 1], mirrored: the upper half reaches the output only by the skip
    full        2(n - 1)   2(n - 1)   n           x exactly; then the branch is token mixing in the DCT-I basis
    mixed       2(n - 1)   n          n//2 + 1    not an inverse: even, of rank n//2 + 1
"""

from collections.abc import Sequence
from typing import Literal, Self

from einops import rearrange
from pydantic import Field, PositiveFloat
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import ActivationName, Mlp, Norm, hfft, irfft
from mixerkit.operators.base import OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law
from mixerkit.operators.mlp_options import MlpOptions
from mixerkit.spec import Issue

Spectrum = Literal["truncated", "full", "mixed"]
Axis = Literal["dim", "freq", "time"]
POSITION = {"freq": 1, "time": 2, "dim": 3}


class HermitFrequency(nn.Module):
    """irfft(mlp over tokens(norm(hfft(x)))) along one axis.

    Args:
        grid: F, T and D of what comes.
        hidden: hidden channels of the token MLP.
        spectrum, axis: see the head of this file.
        fft_norm: "ortho" keeps the scale; "backward" (torch's default) multiplies the MLP's input by about sqrt(n).
        inner_norm: a norm between HFFT and MLP, over the last axis.
    """

    def __init__(
        self,
        grid: Grid,
        hidden: int,
        spectrum: Spectrum = "truncated",
        axis: Axis = "dim",
        fft_norm: Literal["ortho", "backward"] = "ortho",
        inner_norm: Norm = Norm(kind="none"),  # noqa: B008  # frozen
        act: ActivationName = "gelu",
    ) -> None:
        super().__init__()
        self.axis, self.fft_norm = POSITION[axis], fft_norm
        self.size = axis_size(grid, axis)
        self.forward_length, self.inverse_length = lengths(self.size, spectrum)
        self.distinct = self.inverse_length // 2 + 1
        inner = spectrum_grid(grid, axis, self.distinct)
        self.inner_norm = inner_norm.build(inner.dim)
        self.mlp = Mlp(inner.tokens, hidden, act)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        y = hfft(x, self.forward_length, self.axis, self.fft_norm).narrow(self.axis, 0, self.distinct)
        z = self.mlp(rearrange(self.inner_norm(y), "b f t d -> b d (f t)"))
        z = rearrange(z, "b d (f t) -> b f t d", f=y.shape[1])
        return irfft(z, self.inverse_length, self.axis, self.fft_norm).narrow(self.axis, 0, self.size)


def lengths(size: int, spectrum: Spectrum) -> tuple[int, int]:
    """(forward, inverse) lengths of the transforms for an axis of ``size`` entries."""
    full = 2 * (size - 1)
    return (full if spectrum != "truncated" else size), (full if spectrum == "full" else size)


def axis_size(grid: Grid, axis: Axis) -> int:
    """F, T or D."""
    return {"freq": grid.freq, "time": grid.time, "dim": grid.dim}[axis]


def spectrum_grid(grid: Grid, axis: Axis, distinct: int) -> Grid:
    """The grid between the transforms: ``axis`` has ``distinct`` entries."""
    return Grid(
        distinct if axis == "freq" else grid.freq,
        distinct if axis == "time" else grid.time,
        distinct if axis == "dim" else grid.dim,
    )


@operator
class HermitFrequencySpec(MlpOptions, OperatorSpec):
    """Mix tokens in the spectrum: Hermitian FFT, token MLP, inverse real FFT: the paper's token half."""

    kind: Literal["hermit-frequency"] = "hermit-frequency"
    hidden_ratio: PositiveFloat = Field(0.5, description="hidden width of the token MLP, in units of D, rounded")
    spectrum: Spectrum = Field(
        "truncated", description="lengths of the transforms: n both ways; 2(n-1) both ways, exact; or 2(n-1) there and n back"
    )
    fft_norm: Literal["ortho", "backward"] = Field("ortho", description="scale of both transforms; backward is torch's default")
    axis: Axis = Field("dim", description="axis of the transforms: the embedding (torch's default), the grid's rows or columns")
    inner_norm: Norm = Field(Norm(kind="none"), description="norm between the HFFT and the MLP, over the last axis")

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        hidden = self.hidden(grid)
        return HermitFrequency(grid, hidden, self.spectrum, self.axis, self.fft_norm, self.inner_norm, self.activation)

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        issues = needs_grid(grid) if self.axis != "dim" else []
        if axis_size(grid, self.axis) < 2:
            issues.append(Issue("axis", f"{self.axis} has 1 entry", "a transform needs at least 2"))
        return issues

    def laws(self) -> frozenset[Law]:
        if self.axis == "dim" or self.inner_norm.kind not in ("none", "batch", "affine"):
            return frozenset()
        return frozenset({Law.CHANNEL_WISE, Law.CHANNEL_EQUIVARIANT} if self.inner_norm.kind == "none" else {Law.CHANNEL_WISE})

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (
            cls(),
            cls(spectrum="full"),
            cls(spectrum="mixed", fft_norm="backward"),
            cls(inner_norm=Norm(), hidden_ratio=1.0, activation="acon-c"),
            cls(axis="freq"),
            cls(axis="time", spectrum="full"),
        )
