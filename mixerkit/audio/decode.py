"""One recording from disk: mono, at the recipe's rate, or a reason why it cannot be used.

soundfile reads WAV, FLAC, OGG and MP3. It does not notice a WAV that was cut short, nor a NaN, so both are checked here.
"""

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor

RATIO_LIMIT = 1000
"""Largest numerator of a resampling ratio. An odd rate such as 44,101 Hz would need a filter of minutes; it is taken for its
neighbour, less than one part in a thousand away."""


class BadAudio(Exception):
    """Why a file cannot be used, in one sentence."""


def decode(path: Path, rate: int, samples: int | None, shortest: int) -> Tensor:
    """Waveform ``[L]`` in float32, the channels averaged, at ``rate`` Hz.

    Args:
        samples: keep at most this many from the start; None: all.
        shortest: fewer samples than this (at ``rate``) cannot be used.

    Raises:
        BadAudio: missing, unreadable, cut short, empty, not finite, or too short.
    """
    if not path.is_file():
        raise BadAudio("there is no such file")
    _refuse_cut_wav(path)
    try:
        with soundfile.SoundFile(path) as file:
            own_rate = int(file.samplerate)
            keep = -1 if samples is None else -(-samples * own_rate // rate) + own_rate // 10  # a margin for the filter's tail
            wave = file.read(frames=keep, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise BadAudio(f"it cannot be decoded ({str(error).rsplit(': ', 1)[-1].rstrip('.')})") from error
    mono = to_rate(_mono(wave), own_rate, rate)[:samples]
    if len(mono) < shortest:
        raise BadAudio(f"it lasts {len(mono) / rate * 1000:.0f} ms; at least {shortest / rate * 1000:.0f} ms make one frame")
    return mono


def to_rate(wave: Tensor, own_rate: int, rate: int) -> Tensor:
    """``wave`` ``[L]`` resampled from ``own_rate`` to ``rate`` Hz by torchaudio's windowed sinc."""
    if own_rate == rate or len(wave) == 0:
        return wave
    from torchaudio.functional import resample  # here: recordings at the recipe's rate need no torchaudio

    ratio = Fraction(own_rate, rate)
    if max(ratio.numerator, ratio.denominator) > RATIO_LIMIT:
        ratio = ratio.limit_denominator(RATIO_LIMIT) if ratio < 1 else 1 / (1 / ratio).limit_denominator(RATIO_LIMIT)
    return resample(wave, ratio.numerator, ratio.denominator)


def _mono(wave: NDArray[np.float32]) -> Tensor:  # [L, channels] -> [L]
    if not np.isfinite(wave).all():
        raise BadAudio(f"{int((~np.isfinite(wave)).sum())} samples are NaN or infinite")
    return torch.from_numpy(wave.mean(axis=1))


def _refuse_cut_wav(path: Path) -> None:
    """A RIFF file says how long its data is; libsndfile reads what is there and says nothing of what is missing."""
    size = path.stat().st_size
    if size == 0:
        raise BadAudio("it is empty (0 bytes)")
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            return
        while len(chunk := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", chunk)
            if name == b"data":
                missing = file.tell() + length - size
                streamed = length in (0, 0xFFFFFFFF, 0x7FFFFFFF)  # written to a pipe: the length was not known
                if missing > 0 and not streamed:
                    raise BadAudio(f"it was cut short: {missing:,} of {length:,} bytes of sound are missing")
                return
            file.seek(length + length % 2, 1)
