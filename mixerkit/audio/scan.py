"""Every recording read to its end once: what it is, what is wrong with it, which are the same file.

A scan never stops at a bad file, and keeps no sound. Its reasons are those that decode gives of what is trained on, by the same
functions; what is wrong behind that, where training does not read, is kept apart.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from mixerkit.audio.containers import BadAudio
from mixerkit.audio.decode import (
    Channels,
    declared_frames,
    fewest,
    find_stretch,
    frames_for,
    length_at,
    open_sound,
    read_blocks,
    refuse_unusable,
    tail,
    to_mono,
)
from mixerkit.audio.fingerprint import content_name, digest
from mixerkit.audio.parallel import in_order
from mixerkit.audio.verdict import Found
from mixerkit.audio.waves import SILENCE
from mixerkit.datasets import Clip, Progress, Split
from mixerkit.errors import printable

FULL = {"PCM_U8": 127 / 128, "PCM_S8": 127 / 128}
"""The loudest positive sample of few bits; 16 bits and more come to 32767/32768."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one recording holds. Of a bad one: as far as it could be read, zeros and "" where it could not.

    Attributes:
        split: where it stands, if that is known.
        problem: why it cannot be used; "" if it can.
        behind: what is wrong behind the part that is trained on; training does not read that far.
        declared_frames: samples per channel of its file, by its header; 0: a stream, which does not say.
        decoded_frames: samples per channel that were read.
        rate: in Hz.
        subtype: how samples are written, such as PCM_16.
        seconds: length of what was read.
        peak: largest magnitude of any channel; 1 is full scale, floats can be louder. NaN counts as 0 here and below.
        clipped_share: share of the samples of all channels that are at full scale.
        rms_db: level in dB below full scale of the one channel that is trained on; -inf: all zeros.
        dc: mean of that channel.
        trained_peak: largest magnitude of that channel, in the part that is trained on.
        beyond_share: share of that channel's samples, in that part, that go beyond full scale.
        digest: SHA-256 of the file's bytes, in hex, as fingerprint.digest says it.
    """

    path: Path
    label: str
    split: Split | None = None
    problem: str = ""
    behind: str = ""
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
    trained_peak: float = 0.0
    beyond_share: float = 0.0
    digest: str = ""

    @property
    def silent(self) -> bool:
        """Usable, and what is trained on stays below -79 dB; so do opposite channels that cancel each other."""
        return not self.problem and self.trained_peak < SILENCE


@dataclass(frozen=True)
class Scan:
    """The clips, and the facts of each, in the same order."""

    clips: tuple[Clip, ...]
    files: tuple[FileFacts, ...]

    def found(self) -> list[Found]:
        """As decoding finds them."""
        named = [(content_name(fact.digest, clip), fact) for clip, fact in zip(self.clips, self.files, strict=True)]
        return [
            Found(name, fact.problem) if fact.problem else Found(name, "", fact.trained_peak, fact.beyond_share)
            for name, fact in named
        ]

    def bad(self) -> list[FileFacts]:
        """Those that cannot be used."""
        return [fact for fact in self.files if fact.problem]

    def good(self) -> list[FileFacts]:
        """Those that can be used."""
        return [fact for fact in self.files if not fact.problem]

    def silent(self) -> list[FileFacts]:
        """Usable files without a sound."""
        return [fact for fact in self.files if fact.silent]

    def duplicates(self) -> list[list[Clip]]:
        """Usable clips of the same content, byte for byte. Bad files are no duplicates: empty ones are all alike."""
        groups: dict[str, list[Clip]] = defaultdict(list)
        for clip, one in zip(self.clips, self.found(), strict=True):
            if not one.problem:
                groups[one.content].append(clip)
        return [group for group in groups.values() if len(group) > 1]

    def by_label(self) -> Counter[str]:
        """Clips per class, bad ones too; of several labels, each counts."""
        return Counter(label for clip in self.clips for label in clip.labels)

    def rates(self) -> Counter[str]:
        """Files per rate in Hz, of those that could be opened."""
        return Counter(str(fact.rate) for fact in self.files if fact.rate)

    def channels(self) -> Counter[str]:
        """Files per number of channels, of those that could be opened."""
        return Counter(str(fact.channels) for fact in self.files if fact.channels)

    def subtypes(self) -> Counter[str]:
        """Files per way of writing samples, of those that could be opened."""
        return Counter(fact.subtype for fact in self.files if fact.subtype)

    def seconds(self) -> list[float]:
        """Lengths of the usable recordings."""
        return [fact.seconds for fact in self.good()]

    def beyond(self, window: float) -> float:
        """Share of all usable sound that lies behind the first ``window`` seconds of its recording."""
        lengths = self.seconds()
        return sum(max(0.0, length - window) for length in lengths) / (sum(lengths) or 1.0)

    def rows(self, root: Path | None = None) -> Iterator[dict[str, Any]]:
        """The facts of each recording as JSON can hold them. Paths below ``root`` are relative to it; -inf dB is null."""
        names = [field.name for field in fields(FileFacts)]
        for clip, fact in zip(self.clips, self.files, strict=True):
            row = {name: getattr(fact, name) for name in names}
            own = {"labels": list(clip.labels), "group": clip.group, "fold": clip.fold, "start": clip.start, "end": clip.end}
            level = fact.rms_db if math.isfinite(fact.rms_db) else None
            yield {**row, "path": printed(fact.path, root), "rms_db": level, "silent": fact.silent} | {
                key: value for key, value in own.items() if value is not None
            }


def scan(
    clips: Sequence[Clip],
    rate: int,
    shortest: int,
    on_progress: Progress = lambda done, total: None,
    channels: Channels = "mean",
    samples: int | None = None,
) -> Scan:
    """Read every recording to its end, in parallel, block by block. Raises nothing for a bad one.

    Args:
        rate: Hz that recordings are trained at.
        shortest: samples at that rate below which a recording gives no frame.
        on_progress: called with (done, total) after every recording.
        channels: which one is trained on: level and silence are its own.
        samples: how many at that rate are trained on, from the start of each; None: any.
    """
    found: list[FileFacts] = []
    for fact in in_order(lambda clip: look_at(clip, rate, shortest, channels, samples), clips):
        found.append(fact)
        on_progress(len(found), len(clips))
    return Scan(tuple(clips), tuple(found))


def look_at(clip: Clip, rate: int, shortest: int, channels: Channels = "mean", samples: int | None = None) -> FileFacts:
    """The facts of one recording, read to its end. Arguments as ``scan``'s; raises nothing for a bad one."""
    level, problem, behind, subtype = _Level(channels), "", "", ""
    declared = own_rate = own_channels = 0
    trained_peak = beyond = 0.0
    try:
        with open_sound(clip.path, rate) as file:
            declared, own_rate = declared_frames(file) or 0, int(file.samplerate)
            own_channels, subtype = int(file.channels), str(file.subtype)
            level.full = FULL.get(subtype, 32767 / 32768)
            first, last = find_stretch(file, clip.path, clip.start, clip.end)
            trained = frames_for(samples, own_rate, rate)
            _read_on(level, file, clip.path, first, last, trained)
            trained_peak, beyond = level.mono_peak, level.beyond / max(1, level.frames)
            if trained is not None:
                _read_on(level, file, clip.path, first, last, tail(own_rate, rate))
            length = length_at(level.frames, own_rate, rate)
            refuse_unusable(level.not_finite, level.peak, length if samples is None else min(length, samples), rate, shortest)
            try:
                _read_on(level, file, clip.path, first, last, None if trained is not None else 0)
                refuse_unusable(level.not_finite, level.peak, level.frames, rate, 0)
            except BadAudio as bad:
                behind = str(bad)
    except BadAudio as bad:
        problem = str(bad)
    frames, power = max(1, level.frames), level.squares / max(1, level.frames)
    return FileFacts(
        path=clip.path,
        label=clip.label,
        split=clip.split,
        problem=problem,
        behind=behind,
        declared_frames=declared,
        decoded_frames=level.frames,
        rate=own_rate,
        channels=own_channels,
        subtype=subtype,
        seconds=level.frames / (own_rate or 1),
        peak=level.peak,
        clipped_fraction=level.clipped / (frames * (own_channels or 1)),
        rms_db=10 * math.log10(power) if power > 0 else -math.inf,
        dc=level.total / frames,
        trained_peak=trained_peak,
        beyond_share=beyond,
        digest=digest(clip.path),
    )


def _read_on(level: "_Level", file: soundfile.SoundFile, path: Path, first: int, last: int | None, frames: int | None) -> None:
    """Add the next ``frames`` of a stretch, or all that are left, to ``level``. Raises BadAudio as read_blocks does."""
    begun = first + level.frames
    for block in read_blocks(file, path, begun, fewest(last, begun, frames)):
        level.add(block)


class _Level:
    """Sums over the blocks of a file, in float64: an hour of float32 would lose its tail."""

    def __init__(self, channels: Channels) -> None:
        self.channels, self.full = channels, 1.0
        self.frames = self.not_finite = self.clipped = self.beyond = 0
        self.peak = self.mono_peak = self.total = self.squares = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        magnitude = np.abs(block)
        loudest = float(magnitude.max())
        if not math.isfinite(loudest):
            finite = np.isfinite(block)
            self.not_finite += int((~finite).sum())
            block = np.where(finite, block, np.float32(0))
            magnitude = np.abs(block)
            loudest = float(magnitude.max())
        mono = to_mono(block, self.channels)
        mono_loudest = loudest if block.shape[1] == 1 else float(np.abs(mono).max())
        self.frames += len(block)
        self.clipped += int(np.count_nonzero(magnitude >= self.full)) if loudest >= self.full else 0
        self.beyond += int(np.count_nonzero(np.abs(mono) > 1.0)) if mono_loudest > 1.0 else 0
        self.peak = max(self.peak, loudest)
        self.mono_peak = max(self.mono_peak, mono_loudest)
        wide = mono.astype(np.float64)
        self.total += float(wide.sum())
        self.squares += float(np.square(wide).sum())  # wide @ wide would start BLAS's threads beside ours: 20 times slower


def printed(path: Path, root: Path | None) -> str:
    """From ``root`` if it lies there; as it can be written."""
    return printable((path.relative_to(root) if root is not None and path.is_relative_to(root) else path).as_posix())
