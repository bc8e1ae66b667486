"""Recordings decoded once: int16 samples, one recording after another, in a memory-mapped file of the cache.

A store's name is made of all that decides its content: the files' own contents, rate, length, channels. So it is never stale:
other files or settings have another name, and moved or touched files keep theirs. It is believed only while its files are as
they were written, and made anew otherwise. 16-bit files come through bit for bit; what was resampled or averaged is rounded to 16
bits, and what goes beyond full scale is cut off there. After this, training reads no audio file.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import decode_all
from mixerkit.audio.parallel import in_order
from mixerkit.audio.seal import damage, seal
from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.waves import to_int16
from mixerkit.datasets import Clip, Progress, cache_folder, made_once
from mixerkit.errors import DataError, Problem

VERSION = 2
"""Part of every store's name: change it with every change to decoding."""
SAMPLES, INDEX = "samples.int16", "index.json"


class Kept(NamedTuple):
    """One recording of a store.

    Attributes:
        start, length: where its samples lie.
        peak: its largest magnitude before it was resampled and rounded; 1 is full scale.
        beyond: share of its samples that went beyond full scale.
    """

    start: int
    length: int
    peak: float
    beyond: float


@dataclass(frozen=True)
class Store:
    """Samples ``[total]`` int16; what is kept of each content, by its name; what cannot be used, and why.

    ``note`` says that an earlier one was damaged and is replaced by this; "" mostly.
    """

    samples: Tensor
    kept: Mapping[str, Kept]
    bad: Mapping[str, str]
    note: str = ""


def store_folder(contents: Sequence[str], audio: AudioSpec, shortest: int) -> Path:
    """Where the store of these contents lies, or would lie."""
    settings = json.dumps([VERSION, audio.rate, audio.kept, audio.channels, shortest, sorted(set(contents))])
    return cache_folder() / "waves" / hashlib.sha256(settings.encode()).hexdigest()[:24]


def open_store(
    clips: Mapping[str, Clip], audio: AudioSpec, shortest: int, on_progress: Progress = lambda done, total: None
) -> Store:
    """The store of some recordings, decoded in parallel if it is not there or damaged.

    Args:
        clips: name of a content, as fingerprint.contents gives it -> a clip that holds it.
        shortest: samples below which a recording gives no frame.

    Raises:
        DataError: the cache cannot be written or read.
    """
    folder, damages = store_folder(list(clips), audio, shortest), [""]

    def is_whole(found: Path) -> bool:
        damages.append(damage(found))
        return not damages[-1]

    made_once(folder, lambda draft: _build(draft, clips, audio, shortest, on_progress), is_whole)
    why = next(filter(None, damages), "")
    note = f"decoded again, because the cache was damaged: in {folder}, {why}" if why else ""
    try:
        index = json.loads((folder / INDEX).read_bytes())
        size = (folder / SAMPLES).stat().st_size
        # copy on write: torch wants memory that it could write to, and the file stays as it is
        samples = np.memmap(folder / SAMPLES, np.int16, mode="c") if size else np.zeros(1, np.int16)
    except (OSError, ValueError) as error:
        got = f"These decoded recordings cannot be read: {error}."
        raise DataError(Problem(str(folder), got, hint=f"Delete {folder}, and it is made again.")) from error
    kept = {name: Kept(*one) for name, one in index["kept"].items()}
    return Store(torch.from_numpy(samples), kept, index["bad"], note)


def _build(draft: Path, clips: Mapping[str, Clip], audio: AudioSpec, shortest: int, on_progress: Progress) -> None:
    def one(clip: Clip) -> tuple[Tensor, float, float] | str:
        try:
            found = decode_all(clip.path, audio.rate, audio.kept, shortest, audio.channels, clip.start, clip.end)
        except BadAudio as bad:
            return str(bad)
        return to_int16(found.wave), found.peak, found.beyond

    kept: dict[str, Kept] = {}
    why: dict[str, str] = {}
    names, position = sorted(clips), 0
    with (draft / SAMPLES).open("wb") as file:
        for name, found in zip(names, in_order(one, [clips[name] for name in names]), strict=True):
            if isinstance(found, str):
                why[name] = found
            else:
                wave, peak, beyond = found
                file.write(wave.numpy().data)
                kept[name] = Kept(position, len(wave), peak, beyond)
                position += len(wave)
            on_progress(len(kept) + len(why), len(names))
    (draft / INDEX).write_text(json.dumps({"kept": kept, "bad": why}), encoding="utf-8")
    seal(draft, (SAMPLES, INDEX))
