"""Precomputed spectrograms: no front end at all, but the normalising, mixup, masks, noise and roll that every front end has."""

from typing import ClassVar, Literal

import torch
from pydantic import Field, PositiveInt
from torch import Tensor

from mixerkit.features.base import FeatureSpec, FrontEnd, Pad, feature
from mixerkit.features.mixup import Partners, mix_spectrograms
from mixerkit.features.random import ClipRandom
from mixerkit.grid import InputShape
from mixerkit.spec import Issue, under


@feature
class PrecomputedSpec(FeatureSpec):
    """Spectrograms that the data brings ready, such as ``data: tensors``."""

    input_kind: ClassVar[Literal["waveform", "spectrogram"]] = "spectrogram"

    kind: Literal["precomputed"] = "precomputed"
    channels: PositiveInt = Field(1, description="channels of a spectrogram, C")
    n_mels: PositiveInt = Field(description="bands or rows, M")
    frames: PositiveInt = Field(description="frames or columns, S")

    def input_shape(self, rate: int, samples: int) -> InputShape:
        return InputShape(channels=self.channels, mels=self.n_mels, frames=self.frames)

    def shortest(self, rate: int) -> int:
        return 1

    def build(self, rate: int, samples: int, pad: Pad) -> "Precomputed":
        return Precomputed(self)

    def check(self, rate: int, samples: int) -> list[Issue]:
        return under("augment", self.augment.check_waveform())


class Precomputed(FrontEnd):
    """Values ``[B, C * M * S]`` -> spectrograms ``[B, C, M, S]``, every frame valid."""

    def __init__(self, spec: PrecomputedSpec) -> None:
        super().__init__(spec.normalise, spec.augment)
        self.spec = spec

    def forward(
        self, waves: Tensor, lengths: Tensor, random: ClipRandom | None = None, partners: Partners | None = None
    ) -> tuple[Tensor, Tensor]:
        spectrogram, valid = self.values(waves, lengths)
        if partners is not None:
            spectrogram, valid = mix_spectrograms(
                spectrogram, valid, *self.values(partners.waves, partners.lengths), partners.lam
            )
        return self.finished(spectrogram, valid, random)

    def values(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        spec = self.spec
        spectrogram = waves.float().reshape(len(waves), spec.channels, spec.n_mels, spec.frames)
        return spectrogram, torch.full_like(lengths, spec.frames)
