"""The clips of a split as rows of one long tensor, gathered into batches wherever that tensor lies.

Rows are samples of recordings (int16) or the values of precomputed spectrograms (float32).
"""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from mixerkit.datasets import Clip

FULL_SCALE = 32768.0
SILENCE = 3.5 / FULL_SCALE
"""A peak below this, -79 dB, is silence: at most three steps of 16 bits."""
RESIDENT_FRACTION = 0.3
"""Of a GPU's free memory: data that needs no more lies there from the start. The rest is for model and batch."""


@dataclass(frozen=True)
class Waves:
    """``clips`` and where each lies in ``samples`` ``[total]``: from ``starts`` ``[n]``, ``lengths`` ``[n]`` values.

    A batch looks at ``window`` values of each: all of a shorter one and zeros after it, a stretch of a longer one.
    """

    clips: tuple[Clip, ...]
    samples: Tensor
    starts: Tensor
    lengths: Tensor
    window: int
    crop: Literal["head", "centre", "random"] = "head"

    def batch(self, index: Tensor, device: torch.device, random: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Waveforms ``[B, window]`` in float32 within -1 and 1, and lengths ``[B]``, of the clips at ``index``, on ``device``.

        Args:
            random: random whole numbers ``[B]`` that decide where random crops begin; None: they begin as centred ones.
        """
        here = self.samples.device
        start, length = self.starts[index].to(here), self.lengths[index].to(here)
        spare = (length - self.window).clamp(min=0)
        if self.crop == "random" and random is not None:
            start = start + random.to(here).remainder(spare + 1)
        elif self.crop != "head":
            start = start + spare // 2
        length = length.clamp(max=self.window)
        place = torch.arange(self.window, device=here)
        rows = self.samples[(start[:, None] + place).clamp(max=len(self.samples) - 1)]
        rows = rows.masked_fill(place >= length[:, None], 0)
        return to_float(rows.to(device)), length.to(device)


def resident(waves: Waves, device: torch.device) -> Waves:
    """The same, its samples on the GPU if they fit there well; else as they are."""
    if device.type != "cuda" or waves.samples.nbytes > RESIDENT_FRACTION * torch.cuda.mem_get_info(device)[0]:
        return waves
    return replace(waves, samples=waves.samples.to(device))


def to_int16(wave: Tensor) -> Tensor:
    """float32 within -1 and 1 to int16; what is louder is clipped."""
    return (wave * FULL_SCALE).round().clamp(-FULL_SCALE, FULL_SCALE - 1).to(torch.int16)


def to_float(samples: Tensor) -> Tensor:
    """int16 to float32 within -1 and 1; floats stay as they are."""
    return samples if samples.is_floating_point() else samples.float() / FULL_SCALE
