"""Ready pictures: no front end at all, but the normalising, mixup, masks, noise and roll that every front end has."""

from typing import ClassVar, Literal

import torch
from pydantic import Field, PositiveInt
from torch import Tensor

from mixerkit.features.base import FEATURES, FeatureSpec, FrontEnd, Pad
from mixerkit.features.chance import Chance
from mixerkit.features.mixup import Partners, mix_pictures
from mixerkit.grid import Picture
from mixerkit.spec import Misfit, under


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
        return under("augment", self.augment.wave_misfits())


class Pictures(FrontEnd):
    """Values ``[B, C * M * S]`` -> pictures ``[B, C, M, S]``, every frame valid."""

    def __init__(self, spec: PicturesSpec) -> None:
        super().__init__(spec.normalise, spec.augment)
        self.spec = spec

    def forward(
        self, waves: Tensor, lengths: Tensor, chance: Chance | None = None, partners: Partners | None = None
    ) -> tuple[Tensor, Tensor]:
        picture, valid = self.values(waves, lengths)
        if partners is not None:
            picture, valid = mix_pictures(picture, valid, *self.values(partners.waves, partners.lengths), partners.share)
        return self.finished(picture, valid, chance)

    def values(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        spec = self.spec
        picture = waves.float().reshape(len(waves), spec.channels, spec.bands, spec.frames)
        return picture, torch.full_like(lengths, spec.frames)
