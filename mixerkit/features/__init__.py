"""Waveforms to pictures: ``[B, L]`` -> ``[B, C, M, S]``, normalised and, in training, augmented, on the device."""

from mixerkit.features.augment import CROP_DRAW, DRAWS, AugmentSpec
from mixerkit.features.base import FEATURES, Features, FeatureSpec, FrontEnd, Pad, front_end_device
from mixerkit.features.chance import Chance, Purpose, below, bits, uniform
from mixerkit.features.log_mel import LogMelSpec
from mixerkit.features.mixup import MixupLevel, MixupSpec, Partners
from mixerkit.features.normalise import NormaliseSpec, Statistics, measure
from mixerkit.features.pictures import PicturesSpec

__all__ = [
    "CROP_DRAW",
    "DRAWS",
    "FEATURES",
    "AugmentSpec",
    "Chance",
    "FeatureSpec",
    "Features",
    "FrontEnd",
    "LogMelSpec",
    "MixupLevel",
    "MixupSpec",
    "NormaliseSpec",
    "Pad",
    "Partners",
    "PicturesSpec",
    "Purpose",
    "Statistics",
    "below",
    "bits",
    "front_end_device",
    "measure",
    "uniform",
]
