"""Recordings decoded once: int16 samples, one recording after another, in a memory-mapped file of the cache.

A store's name is made of all that decides its content: the files' own contents, rate, length, channels. So it is never stale:
other files or settings have another name, and moved or touched files keep theirs. 16-bit files come through bit for bit; what
was resampled or averaged is rounded to 16 bits. After this, training reads no audio file.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import decode
from mixerkit.audio.spec import AudioSpec
from mixerkit.audio.waves import to_int16
from mixerkit.datasets import Progress, cache_folder, made_once

VERSION = 1
"""Part of every store's name: change it with every change to decoding."""
SAMPLES, INDEX = "samples.int16", "index.json"


@dataclass(frozen=True)
class Store:
    """Samples ``[total]`` int16; where each content lies in them, as digest -> (start, length); what cannot be used, and why."""

    samples: Tensor
    spans: Mapping[str, tuple[int, int]]
    bad: Mapping[str, str]


def store_folder(digests: Sequence[str], audio: AudioSpec, shortest: int) -> Path:
    """Where the store of these contents lies, or would lie."""
    kept = audio.samples if audio.crop == "head" else None
    settings = json.dumps([VERSION, audio.rate, kept, audio.channels, shortest, sorted(set(digests))])
    return cache_folder() / "waves" / hashlib.sha256(settings.encode()).hexdigest()[:24]


def open_store(
    files: Mapping[str, Path], audio: AudioSpec, shortest: int, on_progress: Progress = lambda done, total: None
) -> Store:
    """The store of some files, decoded in parallel if it is not there.

    Args:
        files: digest -> a file with that content.
        shortest: samples below which a recording gives no frame.

    Raises:
        DataError: the cache cannot be written.
    """
    folder = store_folder(list(files), audio, shortest)
    made_once(folder, lambda draft: _build(draft, files, audio, shortest, on_progress))
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    size = (folder / SAMPLES).stat().st_size
    # copy on write: torch wants memory that it could write to, and the file stays as it is
    samples = np.memmap(folder / SAMPLES, np.int16, mode="c") if size else np.zeros(1, np.int16)
    spans = {name: (start, length) for name, (start, length) in index["spans"].items()}
    return Store(torch.from_numpy(samples), spans, index["bad"])


def _build(draft: Path, files: Mapping[str, Path], audio: AudioSpec, shortest: int, on_progress: Progress) -> None:
    kept = audio.samples if audio.crop == "head" else None

    def one(path: Path) -> Tensor | str:
        try:
            return to_int16(decode(path, audio.rate, kept, shortest, audio.channels))
        except BadAudio as bad:
            return str(bad)

    spans: dict[str, tuple[int, int]] = {}
    why: dict[str, str] = {}
    names, position = sorted(files), 0
    pool = ThreadPoolExecutor(cpu_count())
    try:
        with (draft / SAMPLES).open("wb") as file:
            for name, found in zip(names, pool.map(one, [files[name] for name in names]), strict=True):
                if isinstance(found, str):
                    why[name] = found
                else:
                    file.write(found.numpy().tobytes())
                    spans[name] = (position, len(found))
                    position += len(found)
                on_progress(len(spans) + len(why), len(names))
    finally:
        pool.shutdown(cancel_futures=True)  # when interrupted, do not decode the rest first
    (draft / INDEX).write_text(json.dumps({"spans": spans, "bad": why}), encoding="utf-8")
