"""What training stops at and what it says: silence, contradictions, leaks, bad files, all at once and by one function."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mixerkit.audio import AudioSpec, Found, assess, contents, load, scan
from mixerkit.datasets import Clip
from mixerkit.datasets.folder import FolderSpec
from mixerkit.errors import DataError

RATE, SHORTEST = 16_000, 400
AUDIO = AudioSpec(seconds=0.5)
DATA = FolderSpec(root="x")
TONE = 0.3 * np.sin(np.arange(8000) / 10)
SPLITS = ("train", "train", "val", "test")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "cache"))


def clips_of(count=4, labels=("cat", "dog")):
    """So many clips of each class, half of them to train on."""
    return [Clip(Path(f"{label}{i}.wav"), label, split=SPLITS[i % 4]) for label in labels for i in range(count)]


def found_of(clips, **changes):
    """What is found of clips that are all different; ``changes`` by the name of the file."""
    return [changes.get(clip.path.stem, Found(str(i))) for i, clip in enumerate(clips)]


def verdict(clips, found, data=DATA, audio=AUDIO):
    return assess(clips, found, data, audio, SHORTEST)


def silent(name):
    return Found(name, peak=3 / 32768)


def test_what_is_right_is_quiet():
    clips = clips_of()
    assert verdict(clips, found_of(clips)) == verdict([], []).__class__()


def test_some_silence_is_one_line():
    clips = clips_of()
    found = verdict(clips, found_of(clips, cat0=silent("a"), dog2=silent("a")))
    assert found.problems == () and found.leaks == ()  # silent files are alike
    assert found.notes == ("silence: 2 of 8 recordings are silent, as they are trained on: cat0.wav; dog2.wav",)


def test_a_class_of_which_all_that_is_trained_on_is_silent_stops():
    clips = clips_of(labels=("cat", "dog", "elk"))
    found = found_of(clips, dog0=silent("a"), dog1=silent("b"))
    with pytest.raises(DataError, match=r"(?s)All that is trained on of the class dog is silent.*audio\.on_silence=warn"):
        verdict(clips, found).refuse()
    meant = verdict(clips, found, audio=AUDIO.model_copy(update={"on_silence": "warn"}))
    assert meant.problems == () and len(meant.notes) == 1


STEREO = {
    "opposite": (np.stack([TONE, -TONE], 1), "mean", "audio.channels=first"),
    "right alone": (np.stack([0 * TONE, TONE], 1), "first", "audio.channels=mean"),
    "late": (np.concatenate([0 * TONE, TONE])[:, None], "mean", "audio.crop=random"),
    "never": (np.zeros((8000, 2)), "mean", "They hold no sound"),
}


@pytest.mark.parametrize("case", STEREO)
def test_silence_as_it_is_trained_on_stops_and_says_what_would_be_heard(tmp_path, case):
    """By both ways to look: decoding for training, and the scan."""
    values, channels, hint = STEREO[case]
    audio = AUDIO.model_copy(update={"channels": channels})
    clips = [Clip(tmp_path / clip.path, clip.label, clip.split) for clip in clips_of()]
    for i, clip in enumerate(clips):
        soundfile.write(clip.path, values * (1 - i / 100), RATE)
    loaded = load(clips, contents(clips), audio, SHORTEST)
    scanned = scan(clips, RATE, SHORTEST, channels=channels, samples=audio.kept)
    assert list(loaded.found) == scanned.found()
    (problem,) = verdict(clips, loaded.found, audio=audio).problems
    assert problem.got.startswith("All recordings are silent.")
    assert hint in problem.hint


def test_decoding_and_the_scan_find_the_same(tmp_path):
    """Of loud, bad, resampled and cut recordings."""
    rng = np.random.default_rng(0)
    made = {
        "loud": (1.6 * TONE / 0.3, 16_000, "FLOAT"),
        "stereo": (rng.uniform(-1, 1, (30_000, 2)), 44_100, "PCM_16"),
        "nan": (np.full(8000, np.nan), 16_000, "FLOAT"),
        "short": (TONE[:100], 16_000, "PCM_16"),
        "long": (np.concatenate([0.1 * TONE, TONE, 5 * TONE]), 16_000, "FLOAT"),
    }
    clips = [Clip(tmp_path / f"{name}.wav", "a", start=None if name != "stereo" else 0.1) for name in made]
    for clip, (values, rate, subtype) in zip(clips, made.values(), strict=True):
        soundfile.write(clip.path, values, rate, subtype=subtype)
    clips.append(Clip(tmp_path / "none.wav", "a"))
    found = load(clips, contents(clips), AUDIO, SHORTEST).found
    assert list(found) == scan(clips, RATE, SHORTEST, samples=AUDIO.kept).found()
    assert [bool(one.problem) for one in found] == [False, False, True, True, False, True]
    assert found[0].beyond == pytest.approx(0.57, abs=0.01) and found[0].peak == pytest.approx(1.6, abs=0.01)


def test_loud_recordings_are_counted_in_one_line():
    clips = clips_of()
    loud, louder = Found("x", peak=1.2, beyond=0.002), Found("y", peak=1.7, beyond=0.25)
    found = found_of(clips, cat0=loud, dog0=louder, dog1=Found("z", peak=1.01, beyond=1e-5))
    (line,) = verdict(clips, found).notes
    assert line.startswith("beyond full scale: 2 of 8 recordings")
    assert line.endswith("most in dog0.wav: 25 % of its samples, its peak is 1.70")


def test_the_same_content_under_two_labels_stops():
    clips = clips_of()
    found = found_of(clips, cat0=Found("same"), dog1=Found("same"), cat1=Found("twin"), dog0=Found("other"))
    with pytest.raises(DataError, match=r"(?s)1 recordings have two classes.*cat0\.wav \(cat\) = dog1\.wav \(dog\)"):
        verdict(clips, found).refuse()
    assert len(verdict(clips, found, data=FolderSpec(root="x", on_leak="warn")).notes) == 1


def test_everything_is_reported_at_once():
    clips = clips_of()
    bad = Found("bad", "it is empty (0 bytes)")
    found = found_of(clips, cat0=bad, cat1=bad, dog0=Found("x"), dog3=Found("x"), dog1=silent("s"))
    reported = "\n".join(map(str, verdict(clips, found).problems))
    for what in (
        "cat0.wav\n    This recording cannot be used: it is empty",
        "2 of 8 recordings",
        "byte for byte",
        "to train on for cat",
    ):
        assert what in reported
    assert "cat0.wav (" not in reported  # bad files are all alike, and no leak


def test_bad_files_stop_or_are_left_out_up_to_a_share():
    clips = clips_of(count=8)
    found = found_of(clips, cat0=Found("a", "it is empty (0 bytes)"))
    with pytest.raises(DataError, match=r"(?s)cat0\.wav.*1 of 16 recordings.*--set audio\.on_bad_audio=skip"):
        verdict(clips, found).refuse()
    skip = AUDIO.model_copy(update={"on_bad_audio": "skip", "max_bad_fraction": 0.1})
    assert verdict(clips, found, audio=skip).notes == (
        "left out: cat0.wav: This recording cannot be used: it is empty (0 bytes).",
    )
    found = found_of(clips, **{f"cat{i}": Found("a", "it is empty (0 bytes)") for i in range(2)})
    with pytest.raises(DataError, match=r"more than audio\.max_bad_fraction, 0\.1"):
        verdict(clips, found, audio=skip).refuse()
