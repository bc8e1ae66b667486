"""Bringing spectrograms to one scale: (x - mean) / (divisor * std), statistics of the training split or given.

AST divides by twice the standard deviation. Its published statistics include padding and augmentation; ours are measured on
clean, unpadded frames of the training split alone, in float64. Its published constants are here by name.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor

from mixerkit.spec import Issue, Spec

Preset = Literal["ast-audioset", "ast-esc50", "ast-speech-commands"]
PRESETS: dict[Preset, tuple[float, float]] = {
    "ast-audioset": (-4.2677393, 4.5689974),
    "ast-esc50": (-6.6268077, 5.358466),
    "ast-speech-commands": (-6.845978, 5.5654526),
}
"""Mean and standard deviation that AST published, of 128 kaldi log-mel bands at 16 kHz, padded and augmented."""


class NormaliseSpec(Spec):
    """(x - mean) / (divisor * std)."""

    preset: Preset | None = Field(None, description="AST's published mean and std by name; null: as mean and std say")

    mean: float | None = Field(None, description="mean of the log-mel values; null: measured on the training split")
    std: PositiveFloat | None = Field(None, description="their standard deviation; null: measured on the training split")
    divisor: PositiveFloat = Field(2.0, description="2 as AST, 1 as PSLA")

    def given(self) -> "Statistics | None":
        """Statistics that the recipe itself says, if it says them."""
        if self.preset is not None:
            return Statistics(*PRESETS[self.preset], source=f"preset {self.preset}")
        if self.mean is not None and self.std is not None:
            return Statistics(self.mean, self.std, "given in the recipe")
        return None

    def check(self) -> list[Issue]:
        """Statistics given twice, or by half."""
        if self.preset is not None and (self.mean is not None or self.std is not None):
            return [Issue("preset", f"{self.preset} beside mean or std", "one or the other")]
        return []


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of spectrogram values, and what they were measured on."""

    mean: float
    std: float
    source: str
    clips: int = 0
    frames: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For a JSON file."""
        return asdict(self)


def measure(spectrograms: Iterable[tuple[Tensor, Tensor]]) -> Statistics:
    """Statistics over the valid frames of batches of (spectrograms ``[B, C, M, S]``, valid frames ``[B]``)."""
    clips = frames = count = 0
    total = squares = 0.0
    for spectrogram, valid in spectrograms:
        inside = torch.arange(spectrogram.shape[3], device=spectrogram.device) < valid[:, None]  # [B, S]
        values = spectrogram.double().movedim(3, 1)[inside]  # [frames, C, M]
        clips, frames, count = clips + len(spectrogram), frames + len(values), count + values.numel()
        total, squares = total + values.sum().item(), squares + values.square().sum().item()
    mean = total / max(count, 1)
    variance = max(squares / max(count, 1) - mean**2, 0.0)
    return Statistics(mean, max(variance**0.5, 1e-6), "training split, clean, unpadded", clips, frames)
