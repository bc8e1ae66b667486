"""What predict is given: audio files and waveforms of any dtype and layout, checked before anything is computed.

Integer samples taken as they are would be thousands of times too loud, and still get a label.
"""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixerkit.audio import Channels, decode, length_at, refuse_unusable, to_rate
from mixerkit.errors import DataError, Problem, UsageError, shorten

Recording = str | PathLike[str] | Tensor | NDArray[np.floating[Any] | np.integer[Any]]

RATES = (1_000, 768_000)
EXPECTED = "Audio files, or waveforms [L] as NumPy arrays or torch tensors."


def named_recordings(recordings: Recording | Iterable[Recording]) -> list[tuple[str, Path | Tensor]]:
    """(name, file or float32 waveform ``[L]``) of everything given.

    Raises:
        UsageError: something is neither a file nor a waveform of numbers that sound can have.
        DataError: a waveform has several axes.
    """
    if isinstance(recordings, bytes | bytearray) or not isinstance(recordings, str | PathLike | Tensor | np.ndarray | Iterable):
        raise UsageError(Problem("predict", f"Got: {shorten(recordings)}.", EXPECTED))
    if isinstance(recordings, Tensor | np.ndarray) and recordings.ndim == 0:
        raise UsageError(Problem("predict", f"Got: {shorten(recordings)}, a single number.", EXPECTED))
    if isinstance(recordings, str | PathLike) or (isinstance(recordings, Tensor | np.ndarray) and recordings.ndim == 1):
        recordings = [recordings]
    return [_named(i, item) for i, item in enumerate(recordings)]


def waveform(item: Path | Tensor, rate: int | None, own_rate: int, shortest: int, channels: Channels) -> Tensor:
    """One recording ``[L]`` at the model's ``own_rate``.

    Raises:
        UsageError: a waveform without a rate.
        BadAudio: it cannot be used.
    """
    if isinstance(item, Path):
        return decode(item, own_rate, None, shortest, channels)
    if rate is None:
        raise UsageError(Problem("predict", "A waveform was given without its rate.", hint="Say rate=..., samples per second."))
    peak = item.abs().max().item() if len(item) else 0.0
    refuse_unusable(int((~torch.isfinite(item)).sum()), peak, length_at(len(item), rate, own_rate), own_rate, shortest)
    return to_rate(item, rate, own_rate)


def checked_rate(rate: object) -> int:
    """A rate. Raises UsageError if it is none."""
    if not _is_whole(rate) or not RATES[0] <= rate <= RATES[1]:
        raise UsageError(Problem("rate", f"Got: {shorten(rate)}.", "A whole number from 1,000 to 768,000: samples per second."))
    return int(rate)


def checked_top(top: object) -> int:
    """How many classes to name. Raises UsageError if it is no such number."""
    if not _is_whole(top) or top < 1:
        raise UsageError(Problem("top", f"Got: {shorten(top)}.", "At least 1, a whole number."))
    return int(top)


def _named(i: int, item: object) -> tuple[str, Path | Tensor]:
    if isinstance(item, str | PathLike):
        return str(item), Path(item)
    if not isinstance(item, Tensor | np.ndarray) or item.ndim == 0:
        raise UsageError(Problem(f"recording {i}", f"Got: {shorten(item)}.", EXPECTED))
    name = f"waveform {i}"
    wave = _in_tensor(name, item)
    if wave.ndim != 1:
        raise DataError(Problem(name, f"It has the shape {list(wave.shape)}.", "One channel: [L]."))
    return name, wave


def _in_tensor(name: str, item: Tensor | NDArray[Any]) -> Tensor:
    """The same in float32 on the CPU: floats as they are, whole numbers scaled by their range to -1 .. 1."""
    array = _array(item)
    bits = 8 * array.dtype.itemsize
    if array.dtype.kind == "f":
        return torch.from_numpy(array.astype(np.float32))  # copies: native byte order, positive strides, writable
    if array.dtype.kind not in "iu" or bits > 32:
        expected = "Floats within -1 and 1, or integers of 8, 16 or 32 bits, which are scaled by their range."
        raise UsageError(Problem(name, f"Its numbers are {array.dtype}.", expected))
    half = 2.0 ** (bits - 1)
    middle = half if array.dtype.kind == "u" else 0.0
    return torch.from_numpy(((array.astype(np.float64) - middle) / half).astype(np.float32))


def _array(item: Tensor | NDArray[Any]) -> NDArray[Any]:
    if not isinstance(item, Tensor):
        return item
    wave = item.detach().cpu()
    return (wave.float() if wave.is_floating_point() else wave).numpy()  # NumPy has no bfloat16


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
