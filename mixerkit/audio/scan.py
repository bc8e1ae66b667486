"""Every recording read to its end once: what it is, what is wrong with it, which are the same file.

A scan never stops at a bad file. Its reasons are those that decode gives for the whole file, by the same functions. Training
may read less: of a FLAC or an MP3 that was cut short behind audio.seconds the scan complains and training does not.
"""

import math
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import (
    Channels,
    declared_frames,
    length_at,
    open_sound,
    read_blocks,
    refuse_unusable,
    to_mono,
)
from mixerkit.audio.fingerprint import digest
from mixerkit.datasets import Clip, Progress, Split

SILENCE = 1e-4
"""A peak below this, -80 dB, is silence: three steps of 16 bits."""
FULL = {"PCM_U8": 127 / 128, "PCM_S8": 127 / 128}
"""The loudest positive sample of few bits; 16 bits and more come to 32767/32768."""


@dataclass(frozen=True)
class FileFacts:
    """What one file holds. Of a bad file: as far as it could be read, zeros and "" where it could not.

    Attributes:
        split: where it stands, if that is known.
        problem: why it cannot be used; "" if it can.
        declared_frames: samples per channel by its header; 0: a stream, which does not say.
        decoded_frames: samples per channel that were read.
        rate: in Hz.
        subtype: how samples are written, such as PCM_16.
        seconds: length of what was read.
        peak: largest magnitude of any channel; 1 is full scale, floats can be louder. NaN counts as 0 here and below.
        clipped_share: share of the samples of all channels that are at full scale.
        rms_db: level in dB below full scale of the one channel that is trained on; -inf: all zeros.
        dc: mean of that channel.
        silent: that channel stays below -80 dB; so do opposite channels that cancel each other.
        digest: SHA-256 of the file's bytes, in hex, as fingerprint.digest says it.
    """

    path: Path
    label: str
    split: Split | None = None
    problem: str = ""
    declared_frames: int = 0
    decoded_frames: int = 0
    rate: int = 0
    channels: int = 0
    subtype: str = ""
    seconds: float = 0.0
    peak: float = 0.0
    clipped_fraction: float = 0.0
    rms_db: float = -math.inf
    dc: float = 0.0
    silent: bool = False
    digest: str = ""


@dataclass(frozen=True)
class Scan:
    """Facts of all files, in the order of the clips."""

    files: tuple[FileFacts, ...]

    def bad(self) -> list[FileFacts]:
        """Those that cannot be used."""
        return [fact for fact in self.files if fact.problem]

    def good(self) -> list[FileFacts]:
        """Those that can be used."""
        return [fact for fact in self.files if not fact.problem]

    def silent(self) -> list[FileFacts]:
        """Usable files without a sound."""
        return [fact for fact in self.good() if fact.silent]

    def duplicates(self) -> list[list[FileFacts]]:
        """Groups of usable clips of the same content, byte for byte. Bad files are no duplicates: empty ones are all alike."""
        groups: dict[str, list[FileFacts]] = defaultdict(list)
        for fact in self.good():
            groups[fact.digest].append(fact)
        return [group for group in groups.values() if len(group) > 1]

    def conflicting(self) -> list[list[FileFacts]]:
        """Duplicates of different classes: at least one label is wrong."""
        return [group for group in self.duplicates() if len({fact.label for fact in group}) > 1]

    def across_splits(self) -> list[list[FileFacts]]:
        """Duplicates in different splits: the test holds what was trained on. A clip of no known split accuses nobody."""
        return [group for group in self.duplicates() if len({fact.split for fact in group if fact.split is not None}) > 1]

    def by_label(self) -> Counter[str]:
        """Clips per class, bad ones too."""
        return Counter(fact.label for fact in self.files)

    def rates(self) -> Counter[str]:
        """Files per rate in Hz, of those that could be opened."""
        return Counter(str(fact.rate) for fact in self.files if fact.rate)

    def channels(self) -> Counter[str]:
        """Files per number of channels, of those that could be opened."""
        return Counter(str(fact.channels) for fact in self.files if fact.channels)

    def seconds(self) -> list[float]:
        """Lengths of the usable files."""
        return [fact.seconds for fact in self.good()]

    def as_dict(self, root: Path | None = None) -> dict[str, Any]:
        """Everything, as JSON can hold it. Paths below ``root`` are told from there; -inf dB is null."""

        def row(fact: FileFacts) -> dict[str, Any]:
            numbers = {key: _finite(value) for key, value in asdict(fact).items() if isinstance(value, float)}
            return {**asdict(fact), **numbers, "path": _shown_path(fact.path, root)}

        def groups(found: Sequence[Sequence[FileFacts]]) -> list[list[str]]:
            return [[_shown_path(fact.path, root) for fact in group] for group in found]

        seconds = self.seconds()
        spread = {"shortest": min(seconds), "median": median(seconds), "longest": max(seconds)} if seconds else {}
        return {
            "recordings": len(self.files),
            "seconds": {"total": sum(seconds), **spread},
            "by_label": dict(self.by_label()),
            "by_split": dict(Counter(str(fact.split) for fact in self.files)),
            "rates": dict(self.rates()),
            "channels": dict(self.channels()),
            "bad": [{"path": _shown_path(fact.path, root), "problem": fact.problem} for fact in self.bad()],
            "silent": [_shown_path(fact.path, root) for fact in self.silent()],
            "duplicates": groups(self.duplicates()),
            "conflicting": groups(self.conflicting()),
            "across_splits": groups(self.across_splits()),
            "files": [row(fact) for fact in self.files],
        }


def scan(
    clips: Sequence[Clip],
    rate: int,
    shortest: int,
    on_progress: Progress = lambda done, total: None,
    channels: Channels = "mean",
) -> Scan:
    """Read every file to its end, in parallel, block by block. Raises nothing for a bad file.

    Args:
        rate: Hz that recordings are trained at.
        shortest: samples at that rate below which a recording gives no frame.
        on_progress: called with (done, total) after every file.
        channels: which one is trained on: level and silence are its own.
    """

    def one(clip: Clip) -> FileFacts:
        return look_at(clip, rate, shortest, channels)

    found: list[FileFacts] = []
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        for fact in pool.map(one, clips):
            found.append(fact)
            on_progress(len(found), len(clips))
    finally:
        pool.shutdown(cancel_futures=True)  # when interrupted, do not read the rest first
    return Scan(tuple(found))


def look_at(clip: Clip, rate: int, shortest: int, channels: Channels = "mean") -> FileFacts:
    """The facts of one file, read to its end. Arguments as ``scan``'s; raises nothing for a bad file."""
    level, facts, problem = _Level(), FileFacts(clip.path, clip.label, clip.split, digest=digest(clip.path)), ""
    try:
        with open_sound(clip.path, rate) as file:
            declared, subtype = declared_frames(file) or 0, str(file.subtype)
            facts = replace(facts, declared_frames=declared, rate=int(file.samplerate), channels=file.channels, subtype=subtype)
            for block in read_blocks(file, clip.path):
                level.add(block, channels, FULL.get(subtype, 32767 / 32768))
        refuse_unusable(level.not_finite, level.peak, length_at(level.frames, facts.rate, rate), rate, shortest)
    except BadAudio as bad:
        problem = str(bad)
    if level.frames == 0:
        return replace(facts, problem=problem)
    power = level.squares / level.frames
    return replace(
        facts,
        problem=problem,
        decoded_frames=level.frames,
        seconds=level.frames / facts.rate,
        peak=level.peak,
        clipped_fraction=level.clipped / (level.frames * facts.channels),
        rms_db=10 * math.log10(power) if power > 0 else -math.inf,
        dc=level.total / level.frames,
        silent=level.mono_peak < SILENCE,
    )


class _Level:
    """Sums over the blocks of a file, in float64: an hour of float32 would lose its tail."""

    def __init__(self) -> None:
        self.frames = self.not_finite = self.clipped = 0
        self.peak = self.mono_peak = self.total = self.squares = 0.0

    def add(self, block: NDArray[np.float32], channels: Channels, full: float) -> None:
        finite = np.isfinite(block)
        if not finite.all():
            self.not_finite += int((~finite).sum())
            block = np.where(finite, block, np.float32(0))
        mono = to_mono(block, channels).astype(np.float64)
        self.frames += len(block)
        magnitude = np.abs(block)
        self.clipped += int(np.count_nonzero(magnitude >= full))
        self.peak = max(self.peak, float(magnitude.max()))
        self.mono_peak = max(self.mono_peak, float(np.abs(mono).max()))
        self.total += float(mono.sum())
        self.squares += float(np.square(mono).sum())  # mono @ mono would start BLAS's threads beside ours: 20 times slower


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _shown_path(path: Path, root: Path | None) -> str:
    """From ``root`` if it lies there; a name that is not UTF-8 with its bytes as backslashes, so that it can be written."""
    reported = path.relative_to(root) if root is not None and path.is_relative_to(root) else path
    return os.fsencode(reported.as_posix()).decode("utf-8", "backslashreplace")
