"""Synthetic sound events: ten kinds after the classes of UrbanSound8K, made by the package, the same for a seed everywhere.

It proves that the machinery works, never that one mixer beats another. Each pair of classes differs in one thing only:

    siren / children_playing       a pitch that glides up / down             order in time
    gun_shot / dog_bark            a burst that dies away / swells           order in time
    engine_idling / drilling       a pulse train, low / high band            frequency
    car_horn / street_music        a chord, low / high                       frequency
    air_conditioner / jackhammer   a band of noise, steady / hammered        rhythm

Level, length and position are drawn alike for every class, the event's energy is set after it is made, and noise lies
under all, so that loudness tells nothing. How much of a clip is loud, and how it peaks, differs a little by nature (a burst, a
hammer): from all three together a nearest-neighbour rule gets about a third of ten right.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from mixerkit.datasets.base import Clip, DatasetSpec, dataset
from mixerkit.datasets.cache import cache_folder, made_once
from mixerkit.datasets.folds import SPLITS, Split

Wave = NDArray[np.float64]
Maker = Callable[[np.random.Generator, int, int], Wave]

VERSION = 1
"""Part of the cache key: change it with every change to the sounds."""


def glide(rng: np.random.Generator, samples: int, rate: int, *, upward: bool) -> Wave:
    """A tone with two harmonics whose pitch sweeps an octave, twice or three times."""
    low, sweeps = rng.uniform(300, 900), rng.integers(2, 4)
    ramp = np.linspace(0, sweeps, samples, endpoint=False) % 1.0
    pitch = low * 2.0 ** (ramp if upward else 1.0 - ramp)
    return _harmonics(np.cumsum(pitch) / rate, (1.0, 0.5, 0.25))


def burst(rng: np.random.Generator, samples: int, rate: int, *, dying: bool) -> Wave:
    """Noise with an exponential envelope, forward or backward."""
    wave = _band_noise(rng, samples, rate, rng.uniform(150, 400), rng.uniform(2500, 5000))
    envelope = np.exp(-np.linspace(0, rng.uniform(4, 7), samples))
    return wave * (envelope if dying else envelope[::-1])


def pulses(rng: np.random.Generator, samples: int, rate: int, *, low: float, high: float) -> Wave:
    """A band of noise that beats 12 to 28 times a second."""
    centre = rng.uniform(low, high)
    wave = _band_noise(rng, samples, rate, centre / 1.4, centre * 1.4)
    beat = np.cos(np.pi * rng.uniform(12, 28) * np.arange(samples) / rate + rng.uniform(0, np.pi)) ** 6
    return np.asarray(wave * beat)


def chord(rng: np.random.Generator, samples: int, rate: int, *, low: float, high: float) -> Wave:
    """Two steady tones a third apart, each with harmonics."""
    root = rng.uniform(low, high)
    turns = np.arange(samples) / rate
    return _harmonics(root * turns, (1.0, 0.6, 0.3)) + _harmonics(1.25 * root * turns, (1.0, 0.6, 0.3))


def hum(rng: np.random.Generator, samples: int, rate: int, *, hammered: bool) -> Wave:
    """A broad band of noise, steady, or cut into 6 to 11 strokes a second."""
    wave = _band_noise(rng, samples, rate, rng.uniform(100, 300), rng.uniform(1500, 3500))
    if not hammered:
        return wave
    phase = (rng.uniform(6, 11) * np.arange(samples) / rate + rng.uniform()) % 1.0
    return np.asarray(wave * (phase < 0.45))


EVENTS: dict[str, Maker] = {
    "air_conditioner": partial(hum, hammered=False),
    "car_horn": partial(chord, low=220.0, high=420.0),
    "children_playing": partial(glide, upward=False),
    "dog_bark": partial(burst, dying=False),
    "drilling": partial(pulses, low=1800.0, high=3200.0),
    "engine_idling": partial(pulses, low=250.0, high=500.0),
    "gun_shot": partial(burst, dying=True),
    "jackhammer": partial(hum, hammered=True),
    "siren": partial(glide, upward=True),
    "street_music": partial(chord, low=700.0, high=1300.0),
}


@dataset
class SyntheticEventsSpec(DatasetSpec):
    """Ten kinds of sound event made by the package: for trying the machinery, not for ranking mixers."""

    notice: ClassVar[str] = (
        "data made by the package: it proves the machinery, it ranks no mixers. "
        "For the paper's size and data, lay an overlay over the recipe: mixerkit list recipes 'paper/*'"
    )

    kind: Literal["synthetic-events"] = "synthetic-events"
    train: PositiveInt = Field(120, description="clips per class to train on")
    val: PositiveInt = Field(30, description="clips per class to validate on")
    test: PositiveInt = Field(50, description="clips per class to test on")
    rate: PositiveInt = Field(16_000, ge=8_000, description="samples per second of the files")
    seconds: float = Field(1.0, ge=0.3, le=10.0, description="length of every file")

    def labels(self) -> tuple[str, ...]:
        return tuple(sorted(EVENTS))

    def home(self) -> Path:
        settings = self.model_dump_json(include={"seed", "train", "val", "test", "rate", "seconds"})
        key = hashlib.sha256(f"{VERSION} {settings}".encode()).hexdigest()[:16]
        return made_once(cache_folder() / "synthetic-events" / key, self._make)

    def clips(self) -> list[Clip]:
        root = self.home()
        return [
            Clip(root / split / label / f"{number:05d}.wav", label, split=split)
            for split in SPLITS
            for label in self.labels()
            for number in range(self._count(split))
        ]

    def _count(self, split: Split) -> int:
        return {"train": self.train, "val": self.val, "test": self.test}[split]

    def _make(self, root: Path) -> None:
        for s, split in enumerate(SPLITS):
            for k, label in enumerate(self.labels()):
                folder = root / split / label
                folder.mkdir(parents=True)
                for number in range(self._count(split)):
                    rng = np.random.default_rng([self.seed, s, k, number])
                    wave = scene(rng, EVENTS[label], round(self.seconds * self.rate), self.rate)
                    soundfile.write(folder / f"{number:05d}.wav", wave, self.rate, subtype="PCM_16")


def scene(rng: np.random.Generator, maker: Maker, samples: int, rate: int) -> Wave:
    """One clip, [samples] within -1 and 1: an event of random length, place and level over noise.

    The event lasts 40 to 80 % of the clip, its level spans 20 dB, and it stands 5 dB below to 15 dB above the noise. All this is
    drawn before the event is made, so that none of it depends on the class.
    """
    length = round(samples * rng.uniform(0.4, 0.8))
    start = rng.integers(0, samples - length + 1)
    level, above = 10 ** (rng.uniform(-44, -24) / 20), 10 ** (rng.uniform(-5, 15) / 20)
    hiss = _band_noise(rng, samples, rate, 50, rate / 2)
    event = maker(rng, length, rate)
    fade = np.minimum(1.0, np.minimum(np.arange(length), np.arange(length)[::-1]) / (0.005 * rate))
    event = event * fade
    wave = hiss / (np.sqrt(np.mean(hiss**2)) * above)
    wave[start : start + length] += event * np.sqrt(samples / np.sum(event**2))
    return np.asarray(np.clip(wave * level, -1.0, 1.0))


def _harmonics(turns: Wave, weights: tuple[float, ...]) -> Wave:
    """A tone of the given phase (in turns) and its overtones."""
    tones = [weight * np.sin(2 * np.pi * (i + 1) * turns) for i, weight in enumerate(weights)]
    return np.asarray(np.sum(tones, axis=0))


def _band_noise(rng: np.random.Generator, samples: int, rate: int, low: float, high: float) -> Wave:
    """Noise between two frequencies in Hz, with a 1/sqrt(f) slope."""
    frequency = np.fft.rfftfreq(samples, 1 / rate)
    inside = (frequency >= low) & (frequency <= high)
    weight = np.where(inside, 1 / np.sqrt(np.maximum(frequency, 1.0)), 0.0)
    spectrum = weight * (rng.standard_normal(frequency.size) + 1j * rng.standard_normal(frequency.size))
    return np.asarray(np.fft.irfft(spectrum, samples))
