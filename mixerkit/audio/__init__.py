"""Rows to waveforms, ``[B, L]``: split, guard, decode, resample, keep."""

from mixerkit.audio.decode import BadAudio, decode, to_rate
from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.split import split
from mixerkit.audio.store import Waves, decode_all, to_float, to_int16

__all__ = ["AudioSpec", "BadAudio", "Waves", "decode", "decode_all", "split", "to_float", "to_int16", "to_rate"]
