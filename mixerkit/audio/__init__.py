"""Rows to waveforms, ``[B, L]``: split, guard, decode, resample, keep."""

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import Channels, decode, length_at, refuse_unusable, to_rate
from mixerkit.audio.fingerprint import contents, digests
from mixerkit.audio.leaks import Leak, find_leaks
from mixerkit.audio.load import Loaded, load
from mixerkit.audio.scan import FileFacts, Scan, printed, scan
from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.split import divide, split
from mixerkit.audio.store import store_folder
from mixerkit.audio.verdict import Found, Verdict, assess, assess_unusable
from mixerkit.audio.waves import Waves, resident, to_float, to_int16

__all__ = [
    "AudioSpec",
    "BadAudio",
    "Channels",
    "FileFacts",
    "Found",
    "Leak",
    "Loaded",
    "Scan",
    "Verdict",
    "Waves",
    "assess",
    "assess_unusable",
    "contents",
    "decode",
    "digests",
    "divide",
    "find_leaks",
    "length_at",
    "load",
    "printed",
    "refuse_unusable",
    "resident",
    "scan",
    "split",
    "store_folder",
    "to_float",
    "to_int16",
    "to_rate",
]
