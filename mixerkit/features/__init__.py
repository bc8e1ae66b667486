"""Waveforms to spectrograms: ``[B, L]`` -> ``[B, C, M, S]``, normalised and, in training, augmented, on the device."""

from mixerkit.features.augment import AugmentSpec
from mixerkit.features.base import FEATURES, Features, FeatureSpec, FrontEnd, Pad, feature, front_end_device
from mixerkit.features.log_mel import LogMelSpec
from mixerkit.features.mixup import MixupLevel, MixupSpec, Partners
from mixerkit.features.normalise import NormaliseSpec, Statistics, measure
from mixerkit.features.precomputed import PrecomputedSpec
from mixerkit.features.random import ClipRandom, Purpose, bits
from mixerkit.features.waveform import WaveformFrontEnd

__all__ = [
    "FEATURES",
    "AugmentSpec",
    "ClipRandom",
    "FeatureSpec",
    "Features",
    "FrontEnd",
    "LogMelSpec",
    "MixupLevel",
    "MixupSpec",
    "NormaliseSpec",
    "Pad",
    "Partners",
    "PrecomputedSpec",
    "Purpose",
    "Statistics",
    "WaveformFrontEnd",
    "bits",
    "feature",
    "front_end_device",
    "measure",
]
