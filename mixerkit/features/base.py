"""What a front end is to the kit: waveforms to spectrograms, on the device, in batches."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import BeforeValidator, Field, SerializeAsAny
from torch import Tensor, nn

from mixerkit.features.augment import AugmentSpec, add_spectrogram_noise, mask, roll
from mixerkit.features.mixup import Partners
from mixerkit.features.normalise import NormaliseSpec, Statistics
from mixerkit.features.random import ClipRandom
from mixerkit.grid import InputShape
from mixerkit.registry import COUNT, ISSUES, Interface, Registry, Returns, instance_of
from mixerkit.spec import Issue, KindSpec

Pad = Literal["zero-raw", "mean", "silence", "repeat"]
"""What fills a spectrogram after a recording that is too short: 0 before normalising (AST's way, neither silence nor the mean),
the mean (0 after normalising), digital silence, or the recording again."""


class FrontEnd(nn.Module):
    """Waveforms to spectrograms: ``[B, L]`` and lengths ``[B]`` -> ``[B, C, M, S]`` and valid frames ``[B]``.

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
        self, waves: Tensor, lengths: Tensor, random: ClipRandom | None = None, partners: Partners | None = None
    ) -> tuple[Tensor, Tensor]:
        """Normalised spectrograms; with ``random`` also augmented, each clip by its own numbers, and mixed with ``partners``."""

    @abstractmethod
    def values(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Clean spectrograms before padding and normalising, ``[B, C, M, S']``, and valid frames ``[B]``: what is measured."""

    def set_statistics(self, statistics: Statistics) -> None:
        """Normalise with these from now on."""
        self.mean.fill_(statistics.mean)
        self.scale.fill_(1.0 / (self.divisor * statistics.std))

    def normalised(self, spectrogram: Tensor) -> Tensor:
        """(x - mean) / (divisor * std)."""
        return (spectrogram - self.mean) * self.scale

    def finished(self, spectrogram: Tensor, valid: Tensor, random: ClipRandom | None) -> tuple[Tensor, Tensor]:
        """Whole spectrograms with their masks, normalised, with their noise and roll; without ``random``: normalised."""
        if random is None:
            return self.normalised(spectrogram), valid
        spectrogram = self.normalised(mask(spectrogram, self.augment, random))
        return roll(add_spectrogram_noise(spectrogram, self.augment.noise, random), valid, self.augment.roll, random)


def front_end_device(front_end: FrontEnd) -> torch.device:
    """Where a front end computes."""
    return next(front_end.buffers()).device


class FeatureSpec(KindSpec):
    """Settings of one front end. Subclass it, give it a ``kind``, decorate it with ``@feature``."""

    noun = "front end"

    input_kind: ClassVar[Literal["waveform", "spectrogram"]] = "waveform"
    """What must come: waveforms, or spectrograms that the data brings ready."""

    normalise: NormaliseSpec = Field(NormaliseSpec(), description="how spectrograms are brought to one scale")
    augment: AugmentSpec = Field(AugmentSpec(), description="what happens to training spectrograms only")

    @abstractmethod
    def input_shape(self, rate: int, samples: int) -> InputShape:
        """The shape of a spectrogram for waveforms of ``samples`` at ``rate`` Hz. Uses no torch."""

    @abstractmethod
    def shortest(self, rate: int) -> int:
        """Samples below which a recording gives no frame."""

    @abstractmethod
    def build(self, rate: int, samples: int, pad: Pad) -> FrontEnd:
        """The module."""

    def check(self, rate: int, samples: int) -> list[Issue]:
        """Settings that do not fit the waveforms."""
        return []

    def notes(self, rate: int) -> list[str]:
        """What fits, but is hardly meant, a line each."""
        return []


INTERFACE: Interface = {
    "input_kind": Returns('"waveform" or "spectrogram".', lambda _, value: value in ("waveform", "spectrogram")),
    "input_shape": instance_of(InputShape, "A mixerkit.InputShape."),
    "shortest": COUNT,
    "build": instance_of(FrontEnd, "A mixerkit.FrontEnd."),
    "check": ISSUES,
}

FEATURES: Registry[FeatureSpec] = Registry(FeatureSpec, INTERFACE, stand_in="log-mel")
feature = FEATURES.add

Features = Annotated[SerializeAsAny[FeatureSpec], BeforeValidator(FEATURES.read)]
