"""Speech Commands' own layout, spoken by espeak-ng, for machines that cannot have the real one: a bench, not a data set.

A speaker is an accent with a throat (a variant of espeak-ng's), its own pitch and its own speed. One throat with two accents is
nearly one voice, so a throat stays in one split, as a person would.
"""

import hashlib
import math
import os
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from mixerkit.atomic import create_folder, write_errors
from mixerkit.datasets.base import Progress
from mixerkit.datasets.espeak import accents_and_throats, answer, message
from mixerkit.datasets.folds import SPLITS, Split
from mixerkit.datasets.speech_commands import WORDS
from mixerkit.datasets.synthetic_events import Wave
from mixerkit.errors import Problem, UsageError

LISTS: dict[Split, str] = {"val": "validation_list.txt", "test": "testing_list.txt"}
NOISE_FOLDER, NOISE_SECONDS = "_background_noise_", 20
WORD = re.compile(r"[^\W_]([\w' -]*\w)?")


@dataclass(frozen=True)
class Speaking:
    """What is spoken.

    Attributes:
        words: the classes; any, for the corpus is read with ``data={kind: speech-commands, root: OUT, allow_subset: true}``.
        voices: how many speakers, 3 at least: one for each split.
        takes: recordings per word and voice, each a little different in speed and pitch.
        noise_db: signal-to-noise ratios in dB that takes draw from; empty: no noise. The signal is the spoken part alone.
        seed: decides which voices speak, and every take. Same seed, espeak-ng and machine: the same bytes.
        rate: samples per second of the files.
    """

    words: tuple[str, ...] = WORDS
    voices: int = 60
    takes: int = 2
    noise_db: tuple[float, ...] = (5.0, 10.0, 20.0, 30.0)
    seed: int = 0
    rate: int = 16_000


@dataclass(frozen=True)
class Spoken:
    """What was made: ``version`` of espeak-ng, and per split the number of ``voices`` and of ``files`` (noise not counted)."""

    version: str
    voices: dict[Split, int]
    files: dict[Split, int]


def split_of(speaker: str) -> Split:
    """Where Speech Commands' published rule (``which_set``, 10 % and 10 %) puts ``speaker``, the name before _nohash_."""
    most = 2**27 - 1
    percentage = int(hashlib.sha1(speaker.encode()).hexdigest(), 16) % (most + 1) * (100.0 / most)
    return "val" if percentage < 10 else "test" if percentage < 20 else "train"


def speak(out: Path, speaking: Speaking, on_progress: Progress = lambda done, total: None) -> Spoken:
    """Make the corpus in the folder ``out``, which appears whole or not at all.

    Args:
        out: a folder that does not exist or is empty.
        speaking: what is spoken.
        on_progress: called in this thread with (files done, files in all) after every file; what it raises ends the work.

    Raises:
        UsageError: ``out`` is in the way, ``speaking`` asks for what cannot be, or espeak-ng is not installed.
        DataError: espeak-ng fails, or stays silent, on a voice; the disk is full, or the folder cannot be written.
    """
    out = out.expanduser().resolve()
    espeak = _checked(out, speaking)
    version = (re.findall(rb"\d+(?:\.\d+)+\S*", answer(espeak, "--version")) or [b"unknown"])[0].decode()
    voices = _voices(espeak, speaking)
    hint = "Make room, or name another folder."
    with write_errors(out, hint), create_folder(out) as draft:  # not made_once: that leaves its lock beside ``out``
        _fill(draft, espeak, speaking, voices, on_progress)
        (draft / "README.md").write_text(_readme(speaking, version, voices), encoding="utf-8", newline="\n")
    count = Counter(map(_split, voices))
    each = len(speaking.words) * speaking.takes
    return Spoken(version, {split: count[split] for split in SPLITS}, {split: count[split] * each for split in SPLITS})


def _checked(out: Path, speaking: Speaking) -> str:
    """The espeak-ng program, once nothing stands against starting it."""
    folded = Counter(word.casefold() for word in speaking.words)  # folders yes and Yes are one on some disks
    bad = [word for word in speaking.words if not WORD.fullmatch(word) or folded[word.casefold()] > 1]
    problems = []
    if not speaking.words or bad:
        expected = "Words are names of folders: letters, digits, - and ' and spaces inside, none twice, no _ in front."
        problems.append(Problem("speak: words", f"{', '.join(map(repr, bad)) or 'No word'}.", expected))
    if speaking.voices < 3 or speaking.takes < 1 or speaking.rate < 8_000 or not all(map(math.isfinite, speaking.noise_db)):
        got = f"voices={speaking.voices}, takes={speaking.takes}, rate={speaking.rate}, noise_db={speaking.noise_db}."
        problems.append(Problem("speak: numbers", got, "Voices from 3, takes from 1, rate from 8000, finite dB."))
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        problems.append(Problem(f"speak: {out}", "Something is there already.", hint="Name a new folder, or delete this one."))
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        hint = "Install it: apt-get install espeak-ng (Debian, Ubuntu), brew install espeak-ng (macOS)."
        problems.append(Problem("speak", "espeak-ng is not installed.", hint=hint))
    if problems or espeak is None:
        raise UsageError(*problems)
    return espeak


def _voices(espeak: str, speaking: Speaking) -> list[str]:
    """Who speaks: a tenth validates, a tenth tests (one at least), and throats recur only where many are asked for."""
    accents, found = accents_and_throats(espeak)
    rng = _rng(speaking.seed, "voices")
    throats = [found[i] for i in rng.permutation(len(found))]
    accents_of = {throat: [accents[i] for i in rng.permutation(len(accents))] for throat in throats}
    drawn = [(throat, f"{accents_of[throat][turn]}+{throat}") for turn in range(len(accents)) for throat in throats]
    home = {throat: _split(voice) for throat, voice in drawn[: len(throats)]}
    for rare in LISTS:
        if rare not in home.values():  # few variants: one moves to where another accent of it belongs
            home |= [(throat, rare) for throat, voice in drawn if _split(voice) == rare and home[throat] == "train"][:1]
    order = [voice for throat, voice in drawn if home[throat] == _split(voice)]
    there = {split: [voice for voice in order if _split(voice) == split] for split in SPLITS}
    if speaking.voices > len(order) or not all(there.values()):
        got = f"{speaking.voices} voices were asked for, with seed {speaking.seed}."
        parts = ", ".join(f"{len(there[split])} {split}" for split in SPLITS)
        expected = f"There are {len(order)} whose throat is in one split only: {parts}. Each split needs one."
        raise UsageError(Problem("speak: voices", got, expected, "Ask for fewer voices and more takes."))
    tenth = max(1, round(speaking.voices / 10))
    chosen = there["val"][:tenth] + there["test"][:tenth] + there["train"][: speaking.voices - 2 * tenth]
    return (chosen + [voice for voice in order if voice not in chosen])[: speaking.voices]


def _fill(root: Path, espeak: str, speaking: Speaking, voices: list[str], on_progress: Progress) -> None:
    """Noise, recordings and lists. Whether it ends or is interrupted, no thread writes any more when this returns."""
    import torchaudio.functional  # noqa: F401  # once, before threads would import it all at a time

    noises = _noises(speaking.seed, speaking.rate)
    for folder in (NOISE_FOLDER, *speaking.words):
        (root / folder).mkdir()
    for name, noise in noises.items():
        soundfile.write(root / NOISE_FOLDER / f"{name}.wav", noise, speaking.rate, subtype="PCM_16")

    def record(name: str, word: str, voice: str, n: int) -> None:
        wave = _take(espeak, speaking, word, voice, n, tuple(noises.values()))
        soundfile.write(root / name, wave, speaking.rate, subtype="PCM_16")

    takes = [(word, voice, n) for word in speaking.words for voice in voices for n in range(speaking.takes)]
    named = {f"{word}/{_speaker(voice)}_nohash_{n}.wav": (word, voice, n) for word, voice, n in takes}
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        try:
            jobs = [pool.submit(record, name, *take) for name, take in named.items()]
            for done, job in enumerate(as_completed(jobs), 1):
                job.result()
                on_progress(done, len(jobs))
        finally:
            pool.shutdown(cancel_futures=True)
    for split, file in LISTS.items():
        lines = sorted(name for name, (_, voice, _) in named.items() if _split(voice) == split)
        (root / file).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _take(espeak: str, speaking: Speaking, word: str, voice: str, n: int, noises: Sequence[Wave]) -> Wave:
    """One recording, [samples] within -1 and 1, a second at most: speech somewhere in it, at some level, over noise.

    Nothing here depends on the word, except how long it takes to say. One take in ten is shorter than a second.
    """
    own, rng = _rng(speaking.seed, voice), _rng(speaking.seed, voice, word, n)
    speed, pitch = own.uniform(140, 190) * rng.uniform(0.93, 1.07), own.uniform(35, 65) + rng.uniform(-4, 4)
    speech = _trimmed(*message(espeak, voice, round(speed), round(pitch), word), speaking.rate)
    length = speaking.rate if rng.uniform() < 0.9 else int(rng.integers(speech.size, speaking.rate + 1))
    start, level = int(rng.integers(0, length - speech.size + 1)), 10 ** (rng.uniform(-38, -20) / 20)
    wave = np.zeros(length)
    wave[start : start + speech.size] = speech * (level / _loudness(speech))
    if speaking.noise_db:
        noise = noises[int(rng.integers(len(noises)))]
        at = int(rng.integers(0, noise.size - length + 1))
        under = noise[at : at + length]
        wave += under * (level / _loudness(under) / 10 ** (rng.choice(speaking.noise_db) / 20))
    return wave / max(1.0, float(np.abs(wave).max()) / 0.99)


def _trimmed(wave: Wave, own_rate: int, rate: int) -> Wave:
    """``wave`` at ``rate``, without what lies 40 dB under its peak at both ends; cut at a second with a fade of 20 ms."""
    import torch  # here: who makes no corpus need not wait for it
    from torchaudio.functional import resample

    there = resample(torch.from_numpy(wave), own_rate, rate).numpy()
    loud = np.flatnonzero(np.abs(there) > 0.01 * np.abs(there).max())
    speech = np.array(there[loud[0] : loud[-1] + 1])
    if speech.size > rate:
        fade = np.linspace(1, 0, rate // 50)
        speech = np.concatenate([speech[: rate - fade.size], speech[rate - fade.size : rate] * fade])
    return speech


def _noises(seed: int, rate: int) -> dict[str, Wave]:
    """Noise by name, each ``[NOISE_SECONDS * rate]`` at -20 dB of full scale: white, 1/f, and mains over a little 1/f."""
    rng, samples = _rng(seed, "noise"), NOISE_SECONDS * rate
    slope = 1 / np.sqrt(np.maximum(np.fft.rfftfreq(samples, 1 / rate), 20.0))
    white, pink = rng.standard_normal(samples), np.fft.irfft(np.fft.rfft(rng.standard_normal(samples)) * slope, samples)
    turns = 50 * np.arange(samples) / rate
    mains = np.sum([np.sin(2 * np.pi * (k * turns + rng.uniform())) / k for k in range(1, 11)], axis=0)
    made = {"white_noise": white, "pink_noise": pink, "hum": mains + pink * (0.1 / _loudness(pink))}
    return {name: noise * (0.1 / _loudness(noise)) for name, noise in made.items()}


def _readme(speaking: Speaking, version: str, voices: Sequence[str]) -> str:
    """What the corpus says of itself."""
    noise = ", ".join(f"{ratio:g}" for ratio in speaking.noise_db)
    table = "".join(f"| {_speaker(voice)} | {_split(voice)} | {voice} |\n" for voice in voices)
    return f"""# A bench, not a data set

Made by mixerkit with espeak-ng {version}, in Speech Commands' layout and by its split rule. No person speaks here: accuracy on it
says nothing about speech. Read it with data={{kind: speech-commands, root: THIS FOLDER, allow_subset: true}}.

{len(speaking.words)} words, {len(voices)} voices, {speaking.takes} takes each, seed {speaking.seed}, {speaking.rate} Hz,
signal-to-noise ratios in dB: {noise or "no noise"}.

| speaker | split | voice |
| --- | --- | --- |
{table}"""


def _speaker(voice: str) -> str:
    """The name a voice has in files."""
    return hashlib.sha1(voice.encode()).hexdigest()[:8]


def _split(voice: str) -> Split:
    return split_of(_speaker(voice))


def _loudness(wave: Wave) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(wave**2)))


def _rng(*key: object) -> np.random.Generator:
    """Random numbers of their own for every key: a take is the same whatever else is spoken."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(" ".join(map(str, key)).encode()).digest()))
