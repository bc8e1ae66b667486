"""Rows to waveforms, ``[B, L]``: split, guard, decode, resample, keep."""

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import decode, to_rate
from mixerkit.audio.fingerprint import contents, digests
from mixerkit.audio.leaks import Leak, find_leaks
from mixerkit.audio.load import Loaded, load
from mixerkit.audio.scan import FileFacts, Scan, printed, scan
from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.split import divide, split
from mixerkit.audio.store import store_folder
from mixerkit.audio.verdict import Found, Verdict, judge_bad, refuse_leaks
from mixerkit.audio.waves import Waves, resident, to_float, to_int16

__all__ = [
    "AudioSpec",
    "BadAudio",
    "FileFacts",
    "Found",
    "Leak",
    "Loaded",
    "Scan",
    "Verdict",
    "Waves",
    "contents",
    "decode",
    "digests",
    "divide",
    "find_leaks",
    "judge_bad",
    "load",
    "printed",
    "refuse_leaks",
    "resident",
    "scan",
    "split",
    "store_folder",
    "to_float",
    "to_int16",
    "to_rate",
]
