"""Speech Commands' twelve classes: ten commands, other words (_unknown_) and noise (_silence_).

The classes and their balance are those of the authors' code (tensorflow/examples/speech_commands/input_data.py): in each split
as many _unknown_ and as many _silence_ clips as a tenth of the commands' clips, rounded up. What the authors draw anew in every
epoch is made once here, decided by a seed: a silence is one second of a noise recording at a level drawn from 0 to 1. Theirs cuts
all splits from the same noise; here each split has a stretch of every noise recording to itself.
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from mixerkit.datasets.base import Clip
from mixerkit.datasets.cache import cache_folder, made_once
from mixerkit.datasets.folds import SPLITS, Split
from mixerkit.datasets.layout import AGAIN, audio_files
from mixerkit.errors import DataError, Problem

COMMANDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
UNKNOWN, SILENCE, NOISE_FOLDER = "_unknown_", "_silence_", "_background_noise_"
COMMANDS_FOR_ONE = 10
"""For so many clips of commands there is one of _unknown_ and one of _silence_."""
STRETCHES: dict[Split, tuple[float, float]] = {"train": (0.0, 0.8), "val": (0.8, 0.9), "test": (0.9, 1.0)}
"""The part of every noise recording that a split's silences are cut from."""
VERSION = 1
"""Part of the cache key: change it with every change to the cuts."""


def speaker_of(path: Path) -> str | None:
    """Who speaks: what stands in front of _nohash_; None: the name does not say."""
    name, mark, _ = path.name.partition("_nohash_")
    return name if mark else None


def test_archive(root: Path, split: Split | None) -> list[Clip]:
    """The clips of the twelve-class test archive, all in ``split``. Raises DataError: a class has no folder."""
    labels = (*COMMANDS, UNKNOWN, SILENCE)
    absent = [label for label in labels if not (root / label).is_dir()]
    if absent:
        raise DataError(Problem(str(root), f"The twelve-class test archive lacks {', '.join(absent)}.", hint=AGAIN))
    found = [(label, path, speaker_of(path)) for label in labels for path in audio_files(root / label)]
    return [
        Clip(path, label, split=split, group=speaker.rpartition("_")[2] if speaker else None)  # bed_0a7c2a8d_nohash_0.wav
        for label, path, speaker in found
    ]


def twelve(clips: Sequence[Clip], noise: Path, seed: int) -> list[Clip]:
    """The commands among ``clips``, and for each split a tenth of _unknown_ and of _silence_.

    Args:
        clips: all words, each with its split.
        noise: the folder of noise recordings.
        seed: decides which other words are taken and what is cut.

    Raises:
        DataError: there are no other words, or no noise that is long enough.
    """
    chosen = [clip for clip in clips if clip.label in COMMANDS]
    others = sorted((clip for clip in clips if clip.label not in COMMANDS), key=lambda clip: _draw(seed, clip))
    wanted = {split: math.ceil(sum(clip.split == split for clip in chosen) / COMMANDS_FOR_ONE) for split in SPLITS}
    for split in SPLITS:
        unknown = [clip for clip in others if clip.split == split][: wanted[split]]
        if len(unknown) < wanted[split]:
            got = f"The {split} split has {len(unknown)} clips of other words; {wanted[split]} make its {UNKNOWN}."
            raise DataError(Problem("data.task (speech-commands)", got, hint="Unpack the other words too, or use words10."))
        chosen += [Clip(clip.path, UNKNOWN, split=split, group=clip.group) for clip in unknown]
    folder = _silences(noise, wanted, seed)
    return chosen + [
        Clip(path, SILENCE, split=split, group=f"noise of {split}") for split in SPLITS for path in audio_files(folder / split)
    ]


def _draw(seed: int, clip: Clip) -> str:
    """A random-looking key that depends on seed and name alone."""
    return hashlib.sha256(f"{seed}:{clip.label}/{clip.path.stem}".encode()).hexdigest()


def _silences(noise: Path, wanted: dict[Split, int], seed: int) -> Path:
    """A folder of cuts for each split, made once."""
    lasting = {path: soundfile.info(path).duration for path in audio_files(noise)}
    usable = [path for path, seconds in lasting.items() if seconds * (STRETCHES["val"][1] - STRETCHES["val"][0]) >= 1.0]
    if not usable:
        got = f"{noise} holds {len(lasting)} recordings, none of which lasts ten seconds."
        hint = f"{AGAIN} Without noise there is no {SILENCE}: data.task=words10 needs none."
        raise DataError(Problem("data.task (speech-commands)", got, "A second for each of three splits.", hint))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in usable]
    key = hashlib.sha256(f"{VERSION} {seed} {wanted} {digests}".encode()).hexdigest()[:16]

    def make(root: Path) -> None:
        for number, split in enumerate(SPLITS):
            (root / split).mkdir()
            for i in range(wanted[split]):
                _cut(usable, root / split / f"{i:05d}.wav", STRETCHES[split], np.random.default_rng([seed, number, i]))

    return made_once(cache_folder() / "silences" / key, make)


def _cut(noises: Sequence[Path], out: Path, stretch: tuple[float, float], rng: np.random.Generator) -> None:
    """Write one second from somewhere in ``stretch`` of one of the noises, at a level between 0 and 1."""
    with soundfile.SoundFile(noises[int(rng.integers(len(noises)))]) as file:
        first, last = (round(edge * file.frames) for edge in stretch)
        file.seek(int(rng.integers(first, last - file.samplerate + 1)))
        wave = file.read(file.samplerate)
        soundfile.write(out, wave * rng.uniform(), file.samplerate, subtype="PCM_16")
