"""Rows to waveforms, ``[B, L]``: split, guard, decode, resample, keep."""

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import Channels, decode, length_at, refuse_unusable, to_rate
from mixerkit.audio.fingerprint import digests
from mixerkit.audio.leaks import Leak, find_leaks, refuse_leaks
from mixerkit.audio.load import load
from mixerkit.audio.scan import FileFacts, Scan, scan
from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.split import divide, refuse_gaps, split
from mixerkit.audio.store import store_folder
from mixerkit.audio.waves import Waves, resident, to_float, to_int16

__all__ = [
    "AudioSpec",
    "BadAudio",
    "Channels",
    "FileFacts",
    "Leak",
    "Scan",
    "Waves",
    "decode",
    "digests",
    "divide",
    "find_leaks",
    "length_at",
    "load",
    "refuse_gaps",
    "refuse_leaks",
    "refuse_unusable",
    "resident",
    "scan",
    "split",
    "store_folder",
    "to_float",
    "to_int16",
    "to_rate",
]
