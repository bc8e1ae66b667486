"""Ready pictures: no front end at all, but the normalising and the masks that every front end has."""

from typing import ClassVar, Literal

import torch
from pydantic import Field, PositiveInt
from torch import Tensor

from mixerkit.features.augment import mask
from mixerkit.features.base import FEATURES, FeatureSpec, FrontEnd, Pad
from mixerkit.grid import Picture
from mixerkit.spec import Misfit


@FEATURES.add
class PicturesSpec(FeatureSpec):
    """Pictures that the data brings ready, such as ``data: tensors``."""

    takes: ClassVar[Literal["recordings", "pictures"]] = "pictures"

    kind: Literal["pictures"] = "pictures"
    channels: PositiveInt = Field(1, description="channels of a picture, C")
    bands: PositiveInt = Field(description="bands or rows, M")
    frames: PositiveInt = Field(description="frames or columns, S")

    def picture(self, rate: int, samples: int) -> Picture:
        return Picture(self.bands, self.frames, self.channels)

    def shortest(self, rate: int) -> int:
        return 1

    def build(self, rate: int, samples: int, pad: Pad) -> "Pictures":
        return Pictures(self)

    def misfits(self, rate: int, samples: int) -> list[Misfit]:
        if self.augment.delay_ms:
            return [("augment.delay_ms", f"{self.augment.delay_ms:g}", "0: a ready picture has no start to move")]
        return []


class Pictures(FrontEnd):
    """Values ``[B, C * M * S]`` -> pictures ``[B, C, M, S]``, every frame valid."""

    def __init__(self, spec: PicturesSpec) -> None:
        super().__init__(spec.normalise)
        self.spec = spec

    def forward(self, waves: Tensor, lengths: Tensor, draws: Tensor | None = None) -> tuple[Tensor, Tensor]:
        picture, valid = self.values(waves, lengths)
        if draws is not None:
            picture = mask(picture, self.spec.augment, draws)
        return self.normalised(picture), valid

    def values(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        spec = self.spec
        picture = waves.float().reshape(len(waves), spec.channels, spec.bands, spec.frames)
        return picture, torch.full_like(lengths, spec.frames)
