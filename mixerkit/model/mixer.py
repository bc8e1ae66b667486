"""The model itself: patches, extra tokens and positions if asked for, blocks, head."""

import torch
from einops import rearrange
from torch import Tensor, nn

from mixerkit.grid import Picture
from mixerkit.model.spec import ModelSpec, StagePlace


class Stage(nn.Module):
    """A downsampling, or none, and blocks: ``[B, F, T, D]`` -> ``[B, F', T', D']``."""

    def __init__(self, place: StagePlace, spec: ModelSpec) -> None:
        super().__init__()
        down = place.stage.downsample
        self.downsample = down.build(place.came, place.grid.dim) if down else nn.Identity()
        blocks = (place.stage.block.build(place.grid, site, spec.drop_path.at(site)) for site in place.sites())
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(self.downsample(x))


class MixerModel(nn.Module):
    """Pictures to logits: ``[B, C, M, S]`` -> ``[B, K]``.

    Args:
        spec: what the recipe says about the model.
        picture: the shape of what comes.
        classes: K.
    """

    def __init__(self, spec: ModelSpec, picture: Picture, classes: int) -> None:
        super().__init__()
        self.picture = picture
        grid = spec.token_grid(picture)
        self.patches = spec.patches.build(picture, spec.dim)
        self.extra_tokens = nn.Parameter(torch.empty(grid.extra, grid.dim)) if grid.extra else None
        learned = spec.position == "learned"
        self.position = nn.Parameter(torch.empty(grid.freq, grid.time, grid.dim)) if learned else None
        places = list(spec.walk(picture))
        self.stages = nn.Sequential(*(Stage(place, spec) for place in places))
        self.head = spec.head.build(places[-1].grid, classes)
        self.columns = places[-1].grid.time
        self.hop = spec.patches.stride[1]
        for place in places:
            self.hop *= place.stage.downsample.stride[1] if place.stage.downsample else 1
        self._start(spec)

    def forward(self, picture: Tensor, frames: Tensor | None = None) -> Tensor:
        """Logits ``[B, K]`` of pictures ``[B, C, M, S]``.

        Args:
            frames: how many leading frames of each picture hold sound, [B]; the rest is padding. None: all. Only a masked
                head looks at it.

        Raises:
            ValueError: the pictures have another shape than the model was built for.
        """
        expected = (self.picture.channels, self.picture.bands, self.picture.frames)
        if tuple(picture.shape[1:]) != expected:
            raise ValueError(f"This model takes pictures [B, {', '.join(map(str, expected))}]; got {list(picture.shape)}.")
        x = self.patches(picture).to(picture.dtype)  # under autocast: the stream is not in half
        if self.extra_tokens is not None:
            extra = self.extra_tokens.expand(x.shape[0], 1, -1, -1)
            x = torch.cat([extra, rearrange(x, "b f t d -> b 1 (f t) d")], dim=2)
        if self.position is not None:
            x = x + self.position
        return self.head(self.stages(x), self.valid_columns(picture, frames))

    def valid_columns(self, picture: Tensor, frames: Tensor | None) -> Tensor:
        """[B, T] of 0 and 1: which columns of the last grid begin inside the recording; at least the first."""
        columns = torch.arange(self.columns, device=picture.device)
        if frames is None:
            return torch.ones_like(columns).expand(picture.shape[0], -1)
        return (columns[None] * self.hop < frames[:, None].clamp(min=1)).to(torch.int64)

    def no_weight_decay(self) -> set[str]:
        """Parameters that are vectors in all but shape; timm's optimizers ask for them."""
        return {"extra_tokens", "position"}

    def _start(self, spec: ModelSpec) -> None:
        spec.init.apply(self)
        for parameter in (self.extra_tokens, self.position):
            if parameter is not None:
                nn.init.trunc_normal_(parameter, std=spec.init.std)
