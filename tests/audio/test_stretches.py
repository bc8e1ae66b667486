"""A stretch of a file is what the whole file holds there, in every format, wherever it is read."""

import csv

import numpy as np
import pytest
import soundfile
import torch

from mixerkit.audio import AudioSpec, BadAudio, contents, decode, find_leaks, load, scan
from mixerkit.audio import fingerprint as fingerprint_module
from mixerkit.cli.app import run
from mixerkit.datasets import Clip
from mixerkit.rundir.folder import RunDir

RATE = 16_000
FORMATS = [("wav", "PCM_16"), ("wav", "IMA_ADPCM"), ("flac", "PCM_16"), ("ogg", "VORBIS"), ("mp3", None), ("aiff", "PCM_16")]


def write(path, seconds=3.0, subtype="PCM_16"):
    samples = np.arange(round(seconds * RATE))
    wave = 0.4 * np.sin(samples * 0.05 * (1 + samples / 40_000)) + 0.1 * np.random.default_rng(0).uniform(-1, 1, len(samples))
    soundfile.write(path, wave, RATE, subtype=subtype)
    return path


@pytest.mark.parametrize(("suffix", "subtype"), FORMATS)
@pytest.mark.parametrize(("start", "end"), [(None, 0.7), (0.3, None), (1.05, 1.93), (2.5, 3.05)])
def test_it_is_the_same_as_of_the_whole_file(tmp_path, suffix, subtype, start, end):
    path = write(tmp_path / f"x.{suffix}", subtype=subtype)
    whole = decode(path, RATE, None, 1)
    part = decode(path, RATE, None, 1, "mean", start, end)
    assert torch.equal(part, whole[round((start or 0) * RATE) : None if end is None else round(end * RATE)])
    assert torch.equal(decode(path, RATE, 800, 1, "mean", start, end), part[:800])


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [(3.0, None, "begins at 3 s, and the file lasts 3 s"), (1.0, 3.2, "ends at 3.2 s"), (1.0, 1.01, "it lasts 10 ms")],
)
def test_one_outside_of_the_file_or_too_short_is_bad(tmp_path, start, end, message):
    path = write(tmp_path / "x.wav")
    with pytest.raises(BadAudio, match=message):
        decode(path, RATE, None, 400, "mean", start, end)
    assert message in scan([Clip(path, "a", start=start, end=end)], RATE, 400).bad()[0].problem


def test_stretches_of_one_file_are_several_contents_of_which_the_file_is_read_once(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "cache"))
    path, reads = write(tmp_path / "x.wav"), []
    digest = fingerprint_module.digest
    monkeypatch.setattr(fingerprint_module, "digest", lambda path: reads.append(path) or digest(path))
    clips = [Clip(path, "a", end=1.0), Clip(path, "b", start=1.0, end=2.5), Clip(path, "a")]
    names = contents(clips)
    assert (len(reads), len(set(names))) == (1, 3)
    waves = load(clips, names, AudioSpec(seconds=4.0), 400).waves
    assert waves.lengths.tolist() == [16_000, 24_000, 48_000]
    assert [one.content for one in scan(clips, RATE, 400).found()] == names
    assert [fact.seconds for fact in scan(clips, RATE, 400).files] == [1.0, 1.5, 3.0]
    twice = [Clip(path, label, split="train", end=1.0) for label in "ab"]
    assert [leak.what for leak in find_leaks(twice, contents(twice))] == ["label"]


@pytest.mark.parametrize("merged", [False, True])
def test_a_table_of_stretches_trains_and_is_evaluated_again(tiny, tmp_path, capsys, merged):
    """Long format: every stretch in two rows, which are two labels of it; or stretches of one class each."""
    rows = []
    for i in range(8):
        write(tmp_path / f"{i}.wav", 1.0 + i / 100)
        rows += [(f"{i}.wav", "low", 0, 0.4), (f"{i}.wav", "high", 0.4 * (not merged), 0.4 + 0.5 * (not merged))]
    rows += [("0.wav", "", 0.4, 0.9)] if merged else []
    with (tmp_path / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "label", "start", "end"), *rows])
    shares = "val_fraction: 0.25, test_fraction: 0.25"
    data = f"data={{kind: table, file: {tmp_path}/t.csv, merge_rows: {str(merged).lower()}, {shares}}}"
    settings = [data, "runner.epochs=1", "audio.seconds=0.5", *(["runner.loss=bce"] if merged else [])]
    words = [word for setting in settings for word in ("--set", setting)]
    assert run(["train", str(tiny), *words, "--out", str(tmp_path / "run")]) == 0
    assert "rows are stretches of files, by start and end" in capsys.readouterr().out
    clips = RunDir(tmp_path / "run").read_splits(tmp_path)
    assert {(clip.start, clip.end) for clip in clips} == ({(None, 0.4), (0.4, 0.9)})
    assert len({clip.path for clip in clips}) == 8
    splits = {}
    for clip in clips:
        splits.setdefault(clip.path, set()).add(clip.split)
    assert all(len(found) == 1 for found in splits.values())
    assert run(["evaluate", str(tmp_path / "run")]) == 0
