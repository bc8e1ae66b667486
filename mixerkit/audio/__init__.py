"""Rows to waveforms, ``[B, L]``: split, guard, decode, resample, keep."""

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import decode, to_rate
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
    "FileFacts",
    "Leak",
    "Scan",
    "Waves",
    "decode",
    "digests",
    "divide",
    "find_leaks",
    "load",
    "refuse_gaps",
    "refuse_leaks",
    "resident",
    "scan",
    "split",
    "store_folder",
    "to_float",
    "to_int16",
    "to_rate",
]
