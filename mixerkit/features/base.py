"""What a front end is to the kit: waveforms to pictures, on the device, in batches."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import BeforeValidator, Field, SerializeAsAny
from torch import Tensor, nn

from mixerkit.features.augment import AugmentSpec, mask, roll, roughen
from mixerkit.features.chance import Chance
from mixerkit.features.mixup import Partners
from mixerkit.features.normalise import NormaliseSpec, Statistics
from mixerkit.grid import Picture
from mixerkit.registry import Registry
from mixerkit.spec import KindSpec, Misfit

Pad = Literal["zero-raw", "mean", "silence", "repeat"]
"""What fills a picture after a recording that is too short: 0 before normalising (AST's way, neither silence nor the mean), the
mean (0 after normalising), digital silence, or the recording again."""


class FrontEnd(nn.Module):
    """Waveforms to pictures: ``[B, L]`` and lengths ``[B]`` -> ``[B, C, M, S]`` and valid frames ``[B]``.

    A recording lies at the start of its row, zeros after it. Frames from the valid count on are padding.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, normalise: NormaliseSpec, augment: AugmentSpec) -> None:
        super().__init__()
        self.divisor, self.augment = normalise.divisor, augment
        self.register_buffer("mean", torch.tensor(0.0), persistent=False)
        self.register_buffer("scale", torch.tensor(1.0), persistent=False)

    @abstractmethod
    def forward(
        self, waves: Tensor, lengths: Tensor, chance: Chance | None = None, partners: Partners | None = None
    ) -> tuple[Tensor, Tensor]:
        """Normalised pictures; with ``chance`` also augmented, each clip by its own numbers, and mixed with ``partners``."""

    @abstractmethod
    def values(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Clean pictures before padding and normalising, ``[B, C, M, S']``, and valid frames ``[B]``: what is measured."""

    def set_statistics(self, statistics: Statistics) -> None:
        """Normalise with these from now on."""
        self.mean.fill_(statistics.mean)
        self.scale.fill_(1.0 / (self.divisor * statistics.std))

    def normalised(self, picture: Tensor) -> Tensor:
        """(x - mean) / (divisor * std)."""
        return (picture - self.mean) * self.scale

    def finished(self, picture: Tensor, valid: Tensor, chance: Chance | None) -> tuple[Tensor, Tensor]:
        """Whole pictures with their masks, normalised, with their noise and roll; without ``chance``: normalised."""
        if chance is None:
            return self.normalised(picture), valid
        picture = self.normalised(mask(picture, self.augment, chance.draws))
        return roll(roughen(picture, self.augment.noise, chance.keys), valid, self.augment.roll, chance.keys)


def front_end_device(front_end: FrontEnd) -> torch.device:
    """Where a front end computes."""
    return next(front_end.buffers()).device


class FeatureSpec(KindSpec):
    """Settings of one front end."""

    takes: ClassVar[Literal["recordings", "pictures"]] = "recordings"
    """What must come: waveforms, or pictures that the data brings ready."""

    normalise: NormaliseSpec = Field(NormaliseSpec(), description="how pictures are brought to one scale")
    augment: AugmentSpec = Field(AugmentSpec(), description="what happens to training pictures only")

    @abstractmethod
    def picture(self, rate: int, samples: int) -> Picture:
        """The shape of a picture for waveforms of ``samples`` at ``rate`` Hz. Uses no torch."""

    @abstractmethod
    def shortest(self, rate: int) -> int:
        """Samples below which a recording gives no frame."""

    @abstractmethod
    def build(self, rate: int, samples: int, pad: Pad) -> FrontEnd:
        """The module."""

    def misfits(self, rate: int, samples: int) -> list[Misfit]:
        """Settings that do not fit the waveforms."""
        return []


FEATURES: Registry[FeatureSpec] = Registry("front end", FeatureSpec)
Features = Annotated[SerializeAsAny[FeatureSpec], BeforeValidator(FEATURES.read)]
