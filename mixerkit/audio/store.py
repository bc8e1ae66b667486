"""All recordings of a run, decoded once and kept as int16: a clip is then a row of a tensor.

16-bit files come through bit for bit; what was resampled or averaged is rounded to 16 bits.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import torch
from torch import Tensor

from mixerkit.audio.decode import BadAudio, decode
from mixerkit.audio.spec import AudioSpec
from mixerkit.datasets import Clip
from mixerkit.errors import DataError, Problem

FULL_SCALE = 32768.0
SHOWN = 12


@dataclass(frozen=True)
class Waves:
    """Recordings of one length: ``samples`` int16 ``[n, L]``, zeros after each one's ``lengths`` ``[n]``."""

    clips: tuple[Clip, ...]
    samples: Tensor
    lengths: Tensor
    skipped: tuple[Problem, ...] = ()

    def batch(self, index: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
        """Waveforms ``[B, L]`` in float32 within -1 and 1, and lengths ``[B]``, of the clips at ``index``, on ``device``."""
        return to_float(self.samples[index].to(device)), self.lengths[index].to(device)


def to_int16(wave: Tensor) -> Tensor:
    """float32 within -1 and 1 to int16; what is louder is clipped."""
    return (wave * FULL_SCALE).round().clamp(-FULL_SCALE, FULL_SCALE - 1).to(torch.int16)


def to_float(samples: Tensor) -> Tensor:
    """int16 to float32 within -1 and 1."""
    return samples.float() / FULL_SCALE


def decode_all(
    clips: Sequence[Clip], audio: AudioSpec, shortest: int, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> Waves:
    """Decode every clip, in parallel.

    Args:
        shortest: samples below which a recording gives no frame.
        on_progress: called with (done, total) now and then.

    Raises:
        DataError: files cannot be used, each named with its reason, and audio.on_bad_audio does not let them pass.
    """
    samples = torch.zeros(len(clips), audio.samples, dtype=torch.int16)
    lengths = torch.zeros(len(clips), dtype=torch.int64)

    def one(i: int) -> Problem | None:
        try:
            wave = to_int16(decode(clips[i].path, audio.rate, audio.samples, shortest))
        except BadAudio as bad:
            return Problem(str(clips[i].path), f"This recording cannot be used: {bad}.")
        samples[i, : len(wave)] = wave
        lengths[i] = len(wave)
        return None

    bad: dict[int, Problem] = {}
    pool = ThreadPoolExecutor(cpu_count())
    try:
        for i, problem in enumerate(pool.map(one, range(len(clips)))):
            if problem is not None:
                bad[i] = problem
            on_progress(i + 1, len(clips))
    finally:
        pool.shutdown(cancel_futures=True)  # when interrupted, do not decode the rest first
    if not bad:
        return Waves(tuple(clips), samples, lengths)
    _refuse_too_many(bad, len(clips), audio)
    good = [i for i in range(len(clips)) if i not in bad]
    return Waves(tuple(clips[i] for i in good), samples[good], lengths[good], tuple(bad.values()))


def _refuse_too_many(bad: dict[int, Problem], total: int, audio: AudioSpec) -> None:
    if audio.on_bad_audio == "skip" and len(bad) <= audio.max_bad_share * total:
        return
    shown = list(bad.values())[:SHOWN]
    advice = "Mend or remove them, or leave them out with --set audio.on_bad_audio=skip"
    if audio.on_bad_audio == "skip":
        advice = "That is more than audio.max_bad_share: mend or remove them"
    more = f", {len(bad) - SHOWN} more not shown" if len(bad) > SHOWN else ""
    raise DataError(*shown, Problem("audio", f"{len(bad)} of {total} recordings cannot be used{more}.", advice=f"{advice}."))
