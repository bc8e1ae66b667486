"""Made sounds: the same for a seed, told apart by order, frequency or rhythm, never by loudness or length."""

from collections import Counter

import numpy as np
import pytest
import soundfile

from mixerkit.datasets.synthetic_events import EVENTS, SyntheticEventsSpec, scene

RATE, SAMPLES = 16_000, 16_000


def scenes(label, count, seed=0):
    return [scene(np.random.default_rng([seed, i]), EVENTS[label], SAMPLES, RATE) for i in range(count)]


def test_the_files_are_made_once_and_are_the_same_for_a_seed(cache, monkeypatch, tmp_path):
    spec = SyntheticEventsSpec(train=1, val=1, test=1, seconds=0.3)
    clips = spec.clips()
    assert Counter(clip.split for clip in clips) == {"train": 10, "val": 10, "test": 10}
    first = [soundfile.read(clip.path)[0] for clip in clips]
    stamps = [clip.path.stat().st_mtime_ns for clip in spec.clips()]
    assert stamps == [clip.path.stat().st_mtime_ns for clip in clips]
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path))
    for clip, wave in zip(spec.clips(), first, strict=True):
        assert tmp_path in clip.path.parents
        np.testing.assert_array_equal(soundfile.read(clip.path)[0], wave)
    others = [soundfile.read(clip.path)[0] for clip in spec.model_copy(update={"seed": 1}).clips()]
    assert all((a != b).any() for a, b in zip(first, others, strict=True))


def test_no_clip_stands_in_two_splits():
    clips = SyntheticEventsSpec(train=2, val=2, test=2, seconds=0.3).clips()
    assert len({clip.path.read_bytes() for clip in clips}) == len(clips)


def test_a_clip_stays_in_range_and_does_not_clip():
    for label in EVENTS:
        peaks = [np.abs(wave).max() for wave in scenes(label, 20)]
        assert max(peaks) < 1.0, label


def measures(wave):
    """What a lazy model could go by: loudness, peak, and the share of the clip that is loud."""
    power = np.convolve(wave**2, np.ones(400) / 400, mode="same")
    return np.array([np.log(np.sqrt(np.mean(wave**2))), np.log(np.abs(wave).max()), np.mean(power > power.mean())])


PAIRS = [
    ("siren", "children_playing"),
    ("gun_shot", "dog_bark"),
    ("engine_idling", "drilling"),
    ("car_horn", "street_music"),
]


@pytest.mark.parametrize("pair", PAIRS, ids="/".join)
def test_a_pair_cannot_be_distinguished_by_loudness_or_length(pair):
    """A nearest-mean rule on those measures stays near chance for classes that differ only in order or frequency."""
    a, b = (np.array([measures(wave) for wave in scenes(label, 120, seed)]) for seed, label in enumerate(pair))
    train = [values[:60] for values in (a, b)]
    scale = np.concatenate(train).std(axis=0)
    centres = [values.mean(axis=0) / scale for values in train]
    right = sum(
        int(np.argmin([np.abs(row / scale - centre).sum() for centre in centres]) == truth)
        for truth, values in enumerate((a, b))
        for row in values[60:]
    )
    assert right / 120 < 0.68


def nearest_neighbours(values, labels, train):
    """Share of the others whose nine nearest neighbours among ``train`` vote for their class."""
    scaled = (values - values[train].mean(axis=0)) / values[train].std(axis=0)
    right = 0
    for row, truth in zip(scaled[~train], labels[~train], strict=True):
        near = np.argsort(((scaled[train] - row) ** 2).sum(axis=1))[:9]
        right += np.bincount(labels[train][near], minlength=len(EVENTS)).argmax() == truth
    return right / (~train).sum()


def test_loudness_tells_nothing_and_loudness_peak_and_length_together_little():
    per_class = 100
    values = np.array([measures(wave) for i, label in enumerate(EVENTS) for wave in scenes(label, per_class, i)])
    labels = np.repeat(np.arange(len(EVENTS)), per_class)
    train = np.arange(len(labels)) % per_class < 60
    assert nearest_neighbours(values[:, :1], labels, train) < 0.15
    assert nearest_neighbours(values, labels, train) < 0.45


def centroids(wave):
    """Spectral centroid in Hz in the first and second half of the loud part."""
    spectra = np.abs(np.fft.rfft(np.lib.stride_tricks.sliding_window_view(wave, 512)[::256] * np.hanning(512))) ** 2
    loud = spectra[spectra.sum(axis=1) > spectra.sum(axis=1).mean()]
    frequency = np.fft.rfftfreq(512, 1 / RATE)
    return (loud.sum(axis=0) @ frequency) / loud.sum()


@pytest.mark.parametrize(("low", "high"), [("engine_idling", "drilling"), ("car_horn", "street_music")])
def test_pairs_in_frequency_differ_in_frequency(low, high):
    assert np.mean([centroids(w) for w in scenes(low, 20)]) < 0.7 * np.mean([centroids(w) for w in scenes(high, 20)])


@pytest.mark.parametrize("pair", [("siren", "children_playing"), ("gun_shot", "dog_bark")], ids="/".join)
def test_pairs_in_order_have_the_same_spectrum_over_the_whole_clip(pair):
    a, b = (np.mean([centroids(wave) for wave in scenes(label, 60)]) for label in pair)
    assert a == pytest.approx(b, rel=0.1)
