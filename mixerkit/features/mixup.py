"""Mixup: a training clip becomes a weighted sum of two. Which two, and their targets, is the runner's.

arXiv 1710.09412. On waveforms as AST does it: https://github.com/YuanGongND/ast, src/dataloader.py; on spectrograms as PaSST
does: https://github.com/kkoutini/PaSST, ex_esc50.py.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor

from mixerkit.spec import Spec

MixupLevel = Literal["waveform", "spectrogram"]


class MixupSpec(Spec):
    """Share * clip + (1 - share) * partner, the partner any clip of the training split, the share from Beta(alpha, alpha)."""

    prob: float = Field(0.5, ge=0.0, le=1.0, description="share of the clips that are mixed; the others stay as they are")
    alpha: PositiveFloat = Field(10.0, le=1e3, description="of Beta(alpha, alpha): 10 (AST's) mixes halves, 0.3 mostly one clip")
    level: MixupLevel = Field(
        "waveform", description="what is mixed: waveforms (AST), or clean spectrograms before masks and noise (PaSST)"
    )


@dataclass(frozen=True)
class Partners:
    """What a batch's clips are mixed with.

    Attributes:
        waves, lengths: a recording for each clip, ``[B, L]`` and ``[B]``.
        share: the clip's own, ``[B]``; 1 leaves it as it is.
        level: where it is done.
    """

    waves: Tensor
    lengths: Tensor
    lam: Tensor
    level: MixupLevel


def mix_waves(waves: Tensor, lengths: Tensor, partners: Partners) -> Tensor:
    """Waveforms ``[B, L]``, each with its partner, which is cut to the clip's own length or followed by zeros.

    Amplitudes are added as they are: of a loud and a quiet recording the loud one is heard, whatever the share says.
    """
    inside = torch.arange(waves.shape[1], device=waves.device) < lengths[:, None]
    other = partners.waves.masked_fill(~inside, 0.0)
    lam = partners.lam[:, None]
    return lam * waves + (1.0 - lam) * other


def mix_spectrograms(
    spectrogram: Tensor, valid: Tensor, other: Tensor, other_valid: Tensor, lam: Tensor
) -> tuple[Tensor, Tensor]:
    """Spectrograms ``[B, C, M, S]`` with ``other``, ``share`` ``[B]`` of the first; valid frames: the longer of both.

    A spectrogram with a share of 1 keeps its own valid frames. Where one is over, its padding is mixed in.
    """
    weight = lam[:, None, None, None]
    longer = torch.where(lam < 1.0, torch.maximum(valid, other_valid), valid)
    return weight * spectrogram + (1.0 - weight) * other, longer
