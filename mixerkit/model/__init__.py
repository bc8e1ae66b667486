"""Pictures to logits: ``[B, C, M, S]`` -> ``[B, F, T, D]`` -> ``[B, K]``. Knows ModelSpec and Picture only."""

from mixerkit.model.block import BlockSpec, MixerBlock
from mixerkit.model.heads import HEADS, HeadSpec
from mixerkit.model.mixer import MixerModel
from mixerkit.model.slot import SlotDefaults, SlotSpec
from mixerkit.model.spec import ModelSpec, StagePlace
from mixerkit.model.stage import StageSpec

__all__ = [
    "HEADS",
    "BlockSpec",
    "HeadSpec",
    "MixerBlock",
    "MixerModel",
    "ModelSpec",
    "SlotDefaults",
    "SlotSpec",
    "StagePlace",
    "StageSpec",
]
