"""Spectrograms to logits: ``[B, C, M, S]`` -> ``[B, F, T, D]`` -> ``[B, K]``. Knows ModelSpec and Spectrogram only."""

from mixerkit.model.block import BlockSpec, MixerBlock
from mixerkit.model.heads import HEADS, HeadSpec, head
from mixerkit.model.mixer import MixerModel
from mixerkit.model.patches import PatchSpec
from mixerkit.model.spec import ModelSpec, StageLayout
from mixerkit.model.stage import DownsampleSpec, StageSpec
from mixerkit.model.sublayer import SublayerDefaults, SublayerSpec

__all__ = [
    "HEADS",
    "BlockSpec",
    "DownsampleSpec",
    "HeadSpec",
    "MixerBlock",
    "MixerModel",
    "ModelSpec",
    "PatchSpec",
    "StageLayout",
    "StageSpec",
    "SublayerDefaults",
    "SublayerSpec",
    "head",
]
