"""A stage: some blocks of the same kind, perhaps on a smaller grid than the stage before (pyramids)."""

from einops import rearrange
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from mixerkit.grid import Grid
from mixerkit.layers import Norm
from mixerkit.model.block import BlockSpec
from mixerkit.spec import Issue, Pair, Spec

MOST_BLOCKS, MOST_CHANNELS = 1_000, 65_536
"""More than any network has had. A typing error is refused at once."""


class Downsample(nn.Module):
    """A norm and a strided convolution without padding: ``[B, F, T, D]`` -> ``[B, F', T', D']``."""

    def __init__(self, settings: "DownsampleSpec", dim: int, out_dim: int) -> None:
        super().__init__()
        self.norm = settings.norm.build(dim)
        self.projection = nn.Conv2d(dim, out_dim, settings.window, settings.stride, bias=settings.bias)

    def forward(self, x: Tensor) -> Tensor:
        y = self.projection(rearrange(self.norm(x), "b f t d -> b d f t"))
        return rearrange(y, "b d f t -> b f t d").to(x.dtype)


class DownsampleSpec(Spec):
    """How the grid shrinks on the way into a stage. A number n, or [rows, columns], is short for that stride and size."""

    shorthand = "stride"

    stride: Pair = Field(description="rows and columns from one new token to the next")
    size: Pair | None = Field(None, description="rows and columns that make one new token; null: the stride")
    norm: Norm = Field(Norm(), description="norm before the convolution")
    bias: bool = Field(True, description="whether the convolution has a bias")

    @property
    def window(self) -> tuple[int, int]:
        """Rows and columns of one new token."""
        return self.size or self.stride

    def grid(self, grid: Grid, dim: int) -> Grid:
        """The smaller grid; trailing rows and columns that do not fill a token are left out.

        Where the window does not fit, one row or column stands for it, until :meth:`check` has reported it.
        """
        freq, time = (max(0, n - w) // s + 1 for n, w, s in zip((grid.freq, grid.time), self.window, self.stride, strict=True))
        return Grid(freq, time, dim)

    def build(self, grid: Grid, dim: int) -> Downsample:
        """The module."""
        return Downsample(self, grid.dim, dim)

    def check(self, grid: Grid) -> list[Issue]:
        """Windows that do not fit the grid."""
        if grid.extra:
            return [Issue("downsample", "a grid flattened by extra tokens", "stages of one size, or no extra tokens")]
        if self.window[0] > grid.freq or self.window[1] > grid.time:
            got = f"a window of {self.window[0]} x {self.window[1]} tokens"
            return [Issue("downsample", got, f"at most the grid of {grid.freq} x {grid.time}")]
        return []


class StageSpec(Spec):
    """``repeat`` blocks on one grid."""

    repeat: PositiveInt = Field(1, le=MOST_BLOCKS, description="blocks in this stage")
    block: BlockSpec = Field(description="what each block is made of")
    downsample: DownsampleSpec | None = Field(None, description="shrink the grid before the first block; 2 halves both axes")
    dim: PositiveInt | None = Field(None, le=MOST_CHANNELS, description="D from this stage on; null: as before. Needs downsample")
