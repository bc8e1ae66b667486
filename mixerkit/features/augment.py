"""What happens to training clips only, on the device, each by its own random numbers: a later start, and SpecAugment's masks.

Masks: arXiv 1904.08779, one per axis, no time warping, filled with 0 before normalising, as AST does. Random numbers come
from outside, one row per clip, so that batch size and device count change nothing.
"""

import torch
from pydantic import Field
from torch import Tensor

from mixerkit.spec import Spec

DRAWS = 6
"""Uniform numbers that a clip needs: width and place of the frequency mask, width and place of the time mask, delay, crop."""
CROP_DRAW = 5


class AugmentSpec(Spec):
    """A later start, and masks."""

    delay_ms: float = Field(0.0, ge=0.0, description="latest start: silence of up to this many ms before a recording; 0: none")
    freq_mask: int = Field(0, ge=0, description="widest mask over mel bands; 0: none")
    time_mask: int = Field(0, ge=0, description="widest mask over frames; 0: none")


def delay(waves: Tensor, lengths: Tensor, most: int, draws: Tensor) -> tuple[Tensor, Tensor]:
    """Waveforms ``[B, L]`` and lengths ``[B]``, each moved later by up to ``most`` samples; what leaves the window is lost."""
    if most == 0:
        return waves, lengths
    moved = (draws[:, 4] * (most + 1)).long()
    source = torch.arange(waves.shape[1], device=waves.device) - moved[:, None]  # [B, L]
    later = waves.gather(1, source.clamp(min=0)).masked_fill(source < 0, 0.0)
    return later, (lengths + moved).clamp(max=waves.shape[1])


def mask(picture: Tensor, spec: AugmentSpec, draws: Tensor) -> Tensor:
    """Pictures ``[B, C, M, S]`` with a band and a stretch of frames set to 0, drawn from ``draws`` ``[B, DRAWS]`` in [0, 1)."""
    for axis, widest, (width_draw, start_draw) in (
        (2, spec.freq_mask, draws[:, :2].T),
        (3, spec.time_mask, draws[:, 2:4].T),
    ):
        if widest == 0:
            continue
        extent = picture.shape[axis]
        width = (width_draw * (min(widest, extent) + 1)).floor()
        start = (start_draw * (extent - width + 1)).floor()
        place = torch.arange(extent, device=picture.device)
        hidden = (place >= start[:, None]) & (place < (start + width)[:, None])  # [B, extent]
        picture = picture.masked_fill(hidden[:, None, :, None] if axis == 2 else hidden[:, None, None, :], 0.0)
    return picture
