"""The model itself: patches, extra tokens and positions if asked for, blocks, head."""

import torch
from einops import rearrange
from torch import Tensor, nn

from mixerkit.grid import InputShape
from mixerkit.model.spec import ModelSpec, StageLayout


class Stage(nn.Module):
    """A downsampling, or none, and blocks: ``[B, F, T, D]`` -> ``[B, F', T', D']``."""

    def __init__(self, layout: StageLayout, spec: ModelSpec) -> None:
        super().__init__()
        down = layout.stage.downsample
        self.downsample = down.build(layout.grid_in, layout.grid.dim) if down else nn.Identity()
        blocks = (layout.stage.block.build(layout.grid, index, spec.drop_path.at(index)) for index in layout.indices())
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(self.downsample(x))


class MixerModel(nn.Module):
    """Spectrograms to logits: ``[B, C, M, S]`` -> ``[B, K]``.

    Args:
        spec: what the recipe says about the model.
        spectrogram: the shape of what comes.
        classes: K.
    """

    def __init__(self, spec: ModelSpec, shape: InputShape, classes: int) -> None:
        super().__init__()
        self.shape = shape
        grid = spec.token_grid(shape)
        self.patches = spec.patches.build(shape, spec.dim)
        self.extra_tokens = nn.Parameter(torch.empty(grid.extra, grid.dim)) if grid.extra else None
        learned = spec.position == "learned"
        self.position = nn.Parameter(torch.empty(grid.freq, grid.time, grid.dim)) if learned else None
        layouts = list(spec.walk(shape))
        self.stages = nn.Sequential(*(Stage(layout, spec) for layout in layouts))
        self.head = spec.head.build(layouts[-1].grid, classes)
        self.columns = layouts[-1].grid.time
        self.hop = spec.patches.stride[1]
        for layout in layouts:
            self.hop *= layout.stage.downsample.stride[1] if layout.stage.downsample else 1
        self._init_weights(spec)

    def forward(self, spectrogram: Tensor, frames: Tensor | None = None) -> Tensor:
        """Logits ``[B, K]`` of spectrograms ``[B, C, M, S]``.

        Args:
            frames: how many leading frames of each spectrogram hold sound, [B]; the rest is padding. None: all. Only a masked
                head looks at it.

        Raises:
            ValueError: the spectrograms have another shape than the model was built for.
        """
        expected = (self.shape.channels, self.shape.mels, self.shape.frames)
        if tuple(spectrogram.shape[1:]) != expected:
            raise ValueError(
                f"This model takes spectrograms [B, {', '.join(map(str, expected))}]; got {list(spectrogram.shape)}."
            )
        x = self.patches(spectrogram).to(spectrogram.dtype)  # under autocast: the stream is not in half
        if self.extra_tokens is not None:
            extra = self.extra_tokens.expand(x.shape[0], 1, -1, -1)
            x = torch.cat([extra, rearrange(x, "b f t d -> b 1 (f t) d")], dim=2)
        if self.position is not None:
            x = x + self.position
        return self.head(self.stages(x), self.valid_columns(spectrogram, frames))

    def valid_columns(self, spectrogram: Tensor, frames: Tensor | None) -> Tensor:
        """[B, T] of 0 and 1: which columns of the last grid begin inside the recording; at least the first."""
        columns = torch.arange(self.columns, device=spectrogram.device)
        if frames is None:
            return torch.ones_like(columns).expand(spectrogram.shape[0], -1)
        return (columns[None] * self.hop < frames[:, None].clamp(min=1)).to(torch.int64)

    def no_weight_decay(self) -> set[str]:
        """Parameters that are vectors in all but shape; timm's optimizers ask for them."""
        return {"extra_tokens", "position"}

    def _init_weights(self, spec: ModelSpec) -> None:
        spec.init.apply(self)
        for parameter in (self.extra_tokens, self.position):
            if parameter is not None:
                nn.init.trunc_normal_(parameter, std=spec.init.std)
