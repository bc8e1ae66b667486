"""Patches: the spectrogram cut into overlapping tiles, each a token.

AST's way (arXiv 2104.01778, section 2.1): one convolution without padding, so trailing bands and frames that do not fill a
patch are left out.
"""

from einops import rearrange
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mixerkit.grid import Grid, InputShape
from mixerkit.layers import Norm
from mixerkit.spec import Issue, Pair, Spec


class Patches(nn.Module):
    """One linear map of every tile, and a norm: ``[B, C, M, S]`` -> ``[B, F, T, D]``."""

    def __init__(self, channels: int, dim: int, size: tuple[int, int], stride: tuple[int, int], norm: Norm | None = None) -> None:
        super().__init__()
        self.projection = nn.Conv2d(channels, dim, size, stride)
        self.norm = (norm or Norm(kind="none")).build(dim)

    def forward(self, spectrogram: Tensor) -> Tensor:
        return self.norm(rearrange(self.projection(spectrogram), "b d f t -> b f t d"))


class PatchSpec(Spec):
    """Size and stride of the tiles, each as one number or as [bands, frames]."""

    size: Pair = Field((16, 16), description="bands and frames of a patch")
    stride: Pair = Field((10, 10), description="bands and frames from one patch to the next")
    norm: Norm = Field(Norm(kind="none"), description="norm of the tokens, right behind the projection (ShiftViT: group)")

    def grid(self, shape: InputShape, dim: PositiveInt) -> Grid:
        """The grid of tokens: F = (M - size) // stride + 1, T likewise."""
        freq = (shape.mels - self.size[0]) // self.stride[0] + 1
        time = (shape.frames - self.size[1]) // self.stride[1] + 1
        return Grid(freq, time, dim)

    def build(self, shape: InputShape, dim: int) -> Patches:
        """The module for spectrograms of this shape."""
        return Patches(shape.channels, dim, self.size, self.stride, self.norm)

    def check(self, shape: InputShape) -> list[Issue]:
        """Tiles that do not fit the spectrogram."""
        axes = zip(("mels", "frames"), self.size, (shape.mels, shape.frames), strict=True)
        return [
            Issue("size", f"a patch of {size} {axis}", f"at most the spectrogram's {extent} {axis}")
            for axis, size, extent in axes
            if size > extent
        ]
