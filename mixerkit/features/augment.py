"""SpecAugment on the device, each clip with masks of its own.

Paper: arXiv 1904.08779, one mask per axis, no time warping. A mask is filled with 0 before normalising, as AST does.
Random numbers come from outside, one row per clip, so that batch size and device count change nothing.
"""

import torch
from pydantic import Field
from torch import Tensor

from mixerkit.spec import Spec

DRAWS = 4
"""Uniform numbers that a clip needs: width and place of the frequency mask, width and place of the time mask."""


class AugmentSpec(Spec):
    """Masks on training pictures."""

    freq_mask: int = Field(0, ge=0, description="widest mask over mel bands; 0: none")
    time_mask: int = Field(0, ge=0, description="widest mask over frames; 0: none")


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
