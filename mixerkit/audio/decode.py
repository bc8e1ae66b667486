"""One recording from disk: one channel, at the recipe's rate, or a reason why it cannot be used.

soundfile reads WAV, FLAC, OGG, MP3 and others. Of a file that was cut short it reads what is there and says nothing, nor does
it notice a NaN: both are checked here, with the same functions whether the start of a file is wanted or a scan reads it all.
"""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixerkit.audio.containers import BadAudio, mp3_may_lack, refuse_cut
from mixerkit.datasets import no_file

Channels = Literal["mean", "first"]
"""How many channels become one."""

RATIO_LIMIT = 1000
"""Largest numerator of a resampling ratio. An odd rate such as 44,101 Hz would need a filter of minutes; it is taken for its
neighbour, less than one part in a thousand away."""
BLOCK = 1 << 18
"""Frames that are read at once: an hour-long recording is scanned in a few MB."""
LOUDEST = 4.0
"""A float recording may pass 1 somewhat, by mixing or resampling. Beyond this, it was never within -1 and 1."""
SEEKABLE = frozenset(("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "FLAC"))
"""Formats in which libsndfile finds a frame exactly. Others are read up to it."""
SLACK_SECONDS = 0.1
"""A stretch may end so far behind its file: times are written rounded."""
UNKNOWN = 1 << 40
"""Frames no recording has (a year at 32 kHz): what libsndfile says where a header does not know its length."""


class Decoded(NamedTuple):
    """One channel ``[L]`` in float32 at the recipe's rate; of the same as it was read, the largest magnitude, and the share of
    samples that goes beyond full scale."""

    wave: Tensor
    peak: float
    beyond: float


def decode(
    path: Path,
    rate: int,
    samples: int | None,
    shortest: int,
    channels: Channels = "mean",
    start: float | None = None,
    end: float | None = None,
) -> Tensor:
    """The waveform ``[L]`` that :func:`decode_all` gives."""
    return decode_all(path, rate, samples, shortest, channels, start, end).wave


def decode_all(
    path: Path,
    rate: int,
    samples: int | None,
    shortest: int,
    channels: Channels = "mean",
    start: float | None = None,
    end: float | None = None,
) -> Decoded:
    """One recording in float32, one channel, at ``rate`` Hz, and how loud it is.

    Args:
        samples: keep at most this many from the start; None: all.
        shortest: fewer samples than this (at ``rate``) cannot be used.
        channels: their mean, or the first.
        start, end: the stretch of the file that is read, in seconds; None: from its start, to its end.

    Raises:
        BadAudio: missing, unreadable, cut short, empty, not finite, too short, or the stretch lies outside of it. Damage behind
            ``samples`` is seen where the header tells of it (WAV and its kin, OGG), not where only reading would (FLAC, MP3).
    """
    with open_sound(path, rate) as file:
        own_rate = int(file.samplerate)
        first, last = find_stretch(file, path, start, end)
        trained = frames_for(samples, own_rate, rate)
        wanted = None if trained is None else trained + tail(own_rate, rate)
        blocks = [np.zeros((0, file.channels), np.float32), *read_blocks(file, path, first, fewest(last, first, wanted))]
    wave = blocks[1] if len(blocks) == 2 else np.concatenate(blocks)
    length = length_at(len(wave), own_rate, rate)
    length = length if samples is None else min(length, samples)
    refuse_unusable(int((~np.isfinite(wave)).sum()), float(np.abs(wave).max(initial=0.0)), length, rate, shortest)
    mono = to_mono(wave, channels)
    magnitude = np.abs(mono[:trained])
    peak = float(magnitude.max(initial=0.0))
    beyond = np.count_nonzero(magnitude > 1.0) / len(magnitude) if peak > 1.0 else 0.0
    return Decoded(to_rate(torch.from_numpy(mono), own_rate, rate)[:samples], peak, beyond)


def frames_for(samples: int | None, own_rate: int, rate: int) -> int | None:
    """Frames at ``own_rate`` that ``samples`` at ``rate`` are made of; None: all."""
    return None if samples is None else -(-samples * own_rate // rate)


def tail(own_rate: int, rate: int) -> int:
    """Frames behind these that the resampling filter looks at too."""
    return 0 if own_rate == rate else own_rate // 10


def fewest(last: int | None, first: int, frames: int | None) -> int | None:
    """Frames to read from ``first``: at most ``frames``, and none behind ``last``. None: no bound."""
    bounds = [bound for bound in (frames, None if last is None else last - first) if bound is not None]
    return min(bounds) if bounds else None


def to_mono(wave: NDArray[np.float32], channels: Channels) -> NDArray[np.float32]:
    """One channel ``[L]`` of ``[L, channels]``."""
    return wave.mean(axis=1) if channels == "mean" and wave.shape[1] > 1 else wave[:, 0].copy()


def to_rate(wave: Tensor, own_rate: int, rate: int) -> Tensor:
    """``wave`` ``[L]`` resampled from ``own_rate`` to ``rate`` Hz by torchaudio's windowed sinc."""
    if own_rate == rate or len(wave) == 0:
        return wave
    from torchaudio.functional import resample  # here: recordings at the recipe's rate need no torchaudio

    ratio = _ratio(own_rate, rate)
    return resample(wave, ratio.numerator, ratio.denominator)


def length_at(frames: int, own_rate: int, rate: int) -> int:
    """Samples that ``to_rate`` makes of ``frames``: torchaudio rounds up, in float32, and so does this."""
    if own_rate == rate:
        return frames
    ratio = _ratio(own_rate, rate)
    return int(torch.ceil(torch.as_tensor(ratio.denominator * frames / ratio.numerator)))


def _ratio(own_rate: int, rate: int) -> Fraction:
    ratio = Fraction(own_rate, rate)
    if max(ratio.numerator, ratio.denominator) > RATIO_LIMIT:
        ratio = ratio.limit_denominator(RATIO_LIMIT) if ratio < 1 else 1 / (1 / ratio).limit_denominator(RATIO_LIMIT)
    return ratio


class _Forward(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """Read from start to end. soundfile seeks after every read otherwise, which spoils MP3 at the seams of blocks, and fails
    where a FLAC has fewer frames than it says."""

    def seekable(self) -> bool:
        return False


def open_sound(path: Path, rate: int) -> soundfile.SoundFile:
    """The file, opened to be read by ``read_blocks``.

    Raises:
        BadAudio: missing, empty, unreadable, cut short by its own header, or of a rate that cannot become ``rate``.
    """
    try:
        if why := no_file(path):
            raise BadAudio(why)
        refuse_cut(path)
        name = os.fsencode(path) if os.name == "posix" else path  # soundfile cannot encode a name that is not UTF-8
        file = _Forward(name)
    except OSError as error:
        raise BadAudio(f"it cannot be read ({error.strerror or error})") from error
    except (RuntimeError, TypeError) as error:  # TypeError: a file named .raw
        raise _undecodable(error) from error
    if not Fraction(1, RATIO_LIMIT) <= Fraction(int(file.samplerate), rate) <= RATIO_LIMIT:
        file.close()
        raise BadAudio(f"its header says {file.samplerate:,} Hz, which cannot become {rate:,} Hz")
    return file


def declared_frames(file: soundfile.SoundFile) -> int | None:
    """What the header says, or libsndfile makes of it; None: it says nothing (a stream)."""
    return int(file.frames) if file.frames < UNKNOWN else None


def find_stretch(file: soundfile.SoundFile, path: Path, start: float | None, end: float | None) -> tuple[int, int | None]:
    """(first frame, frame behind the last; None: where the file ends) of a stretch in seconds. The file is then read from there.

    Raises:
        BadAudio: by its header the file ends before the stretch, or cannot be decoded up to it.
    """
    rate, declared = int(file.samplerate), declared_frames(file)
    first, last = round((start or 0.0) * rate), None if end is None else round(end * rate)
    if declared is not None and first > 0 and first >= declared:
        raise BadAudio(f"its stretch begins at {start:g} s, and the file lasts {declared / rate:g} s")
    if declared is not None and last is not None and last > declared:
        if last - declared > SLACK_SECONDS * rate:
            raise BadAudio(f"its stretch ends at {end:g} s, and the file lasts {declared / rate:g} s")
        last = declared
    try:
        if first and file.format in SEEKABLE:
            file.seek(first)
        elif first:
            for _ in read_blocks(file, path, 0, first):
                pass
    except (OSError, RuntimeError) as error:
        raise _undecodable(error) from error
    return first, last


def read_blocks(
    file: soundfile.SoundFile, path: Path, first: int = 0, frames: int | None = None
) -> Iterator[NDArray[np.float32]]:
    """Samples ``[n, channels]``, block by block: the next ``frames``, or all.

    Args:
        first: frames before the next one.

    Raises:
        BadAudio: the sound cannot be decoded, or ends before the header says. An MP3 without a Xing header does not say.
    """
    declared = declared_frames(file)
    left = UNKNOWN if declared is None else max(0, declared - first)
    wanted = left if frames is None else min(frames, left)
    done = 0
    while done < wanted:
        try:
            block: NDArray[np.float32] = file.read(min(BLOCK, wanted - done), dtype="float32", always_2d=True)
        except (OSError, RuntimeError) as error:
            raise _undecodable(error) from error
        if len(block) == 0:
            break
        done += len(block)
        yield block
    missing = wanted - done
    if declared is None or missing == 0 or (file.format == "MP3" and mp3_may_lack(path, missing)):
        return
    raise BadAudio(f"it was cut short: {declared - first - done:,} of {declared:,} samples of sound are missing")


def refuse_unusable(not_finite: int, peak: float, length: int, rate: int, shortest: int) -> None:
    """Raise BadAudio if samples are NaN or infinite, far too loud, or fewer than ``shortest`` at ``rate`` Hz."""
    if not_finite:
        raise BadAudio(f"{not_finite} samples are NaN or infinite")
    if peak > LOUDEST:
        raise BadAudio(f"its samples reach {peak:,.0f}; a recording within -1 and 1 is expected")
    if length < shortest:
        raise BadAudio(f"it lasts {length / rate * 1000:.0f} ms; at least {shortest / rate * 1000:.0f} ms make one frame")


def _undecodable(error: Exception) -> BadAudio:
    return BadAudio(f"it cannot be decoded ({str(error).rsplit(': ', 1)[-1].rstrip('.')})")
