"""``data check`` answers what people ask before training, and stops at exactly what ``train`` stops at."""

import json
import os

import numpy as np
import pytest
import soundfile

import mixerkit
from mixerkit import Recipe
from mixerkit.cli.app import run
from mixerkit.errors import DataError
from tests.datasets import miniatures

TONE = 0.3 * np.sin(np.arange(4800) / 10)


@pytest.fixture
def sounds(tmp_path):
    """Ten speakers of two classes, twice each."""
    return miniatures.folder(tmp_path / "sounds")


def settings(root, *more):
    data = f"data={{kind: folder, root: {root}, group: '(speaker[0-9]+)_'}}"
    return [data, "audio.seconds=0.25", "runner.epochs=1", *more]


def checked(tiny, root, tmp_path, *more):
    return mixerkit.check_data(Recipe.load(tiny, set=settings(root, *more)), tmp_path / "report")


def first(root, name):
    return sorted((root / name).iterdir())[0]


def silence_a_class(root):
    for path in (root / "yes").iterdir():
        soundfile.write(path, np.stack([TONE, -TONE], 1), 16_000, format="WAV")


def tear(root):
    (root / "yes" / f"{first(root, 'no').stem}_torn{first(root, 'no').suffix}").write_bytes(first(root, "no").read_bytes())


def leak(root):
    for i in range(10):
        (root / "no" / f"speaker{i:02d}_twin{first(root, 'no').suffix}").write_bytes(first(root, "no").read_bytes())


FAULTS = {
    "nothing": (lambda root: None, [], ""),
    "a silent class": (silence_a_class, [], "the class yes is silent"),
    "a silent class that is meant": (silence_a_class, ["audio.on_silence=warn"], ""),
    "the same under two labels": (tear, [], "recordings have two classes, being the same byte for byte"),
    "the same under two labels, allowed": (tear, ["data.on_leak=warn"], ""),
    "a leak": (leak, [], "stand in more than one split, byte for byte"),
    "a leak that is allowed": (leak, ["data.on_leak=warn"], ""),
    "an empty file": (lambda root: first(root, "no").write_bytes(b""), [], "it is empty (0 bytes)"),
    "a pipe": (lambda root: os.mkfifo(root / "no" / "speaker03_x.wav"), [], "it is a named pipe (FIFO), not a file"),
    "one that is left out": (
        lambda root: first(root, "no").write_bytes(b""),
        ["audio.on_bad_audio=skip", "audio.max_bad_fraction=0.1"],
        "",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_training_stops_at_what_data_check_stops_at(tiny, sounds, tmp_path, fault, capsys):
    spoil, more, message = FAULTS[fault]
    spoil(sounds)
    report = checked(tiny, sounds, tmp_path, *more)
    recipe = Recipe.load(tiny, set=settings(sounds, *more))
    capsys.readouterr()
    if not message:
        report.refuse()
        mixerkit.prepare_data(recipe)
        assert [line for line in capsys.readouterr().out.splitlines() if line] == list(report.verdict.notes)
        return
    reported = []
    for ask in (report.refuse, lambda: mixerkit.prepare_data(recipe)):
        with pytest.raises(DataError) as caught:
            ask()
        assert message in str(caught.value)
        reported.append(str(caught.value))
    assert reported[0] == reported[1]


def test_labels_that_training_refuses_are_refused_by_the_check_too(tiny, tmp_path):
    for i in range(20):
        miniatures.sound(tmp_path / "one" / f"{i}.wav")
    rows = "".join(f"one/{i}.wav,{'a;b' if i % 2 else 'a'}\n" for i in range(20))
    (tmp_path / "t.csv").write_text(f"path,label\n{rows}")
    data = [f"data={{kind: table, file: {tmp_path / 't.csv'}, separator: ';'}}", "audio.seconds=0.25"]
    report = mixerkit.check_data(Recipe.load(tiny, set=data), tmp_path / "report")
    with pytest.raises(DataError, match=r"runner\.loss=bce"):
        report.refuse()


def test_the_report_answers_what_people_ask(tiny, sounds, tmp_path):
    silent, loud, long = (sounds / "no" / f"speaker0{i}_{name}.wav" for i, name in enumerate(("silent", "loud", "long")))
    soundfile.write(silent, np.zeros((4800, 2)), 16_000)
    soundfile.write(loud, 6 * TONE, 8_000, subtype="FLOAT")
    miniatures.sound(long, seconds=2.0)
    (sounds / "no" / "speaker03_bad.wav").write_bytes(b"")
    (sounds / "no" / "notes.txt").write_text("")
    rows = dict(checked(tiny, sounds, tmp_path, "data.folds=5", "data.fold=2").rows())
    assert rows["protocol"] == "folder 5 folds, fold 2 of 5 tested"
    assert rows["recordings"].startswith("44: ")
    assert rows["groups"] == "10: 6 train, 2 val, 2 test; none of them in more than one split"
    assert len(rows["groups of test"].split(", ")) == 2
    assert "2 8,000 Hz" in rows["rates"] or "1 8,000 Hz" in rows["rates"]
    assert "stereo" in rows["channels"] and rows["channels"].endswith("trained on: mean")
    assert rows["lengths"].startswith("0.")
    assert rows["longer than audio.seconds"].endswith("of all sound is after 0.25 s; crop: head")
    assert rows["clipped"].startswith("1 of 43, most in no/speaker01_loud.wav: ")
    assert rows["silent, as trained on"] == "1: no/speaker00_silent.wav"
    assert rows["cannot be used"] == "1: no/speaker03_bad.wav: it is empty (0 bytes)"
    assert rows["the same sound twice"] == rows["in two splits"] == rows["under different labels"] == "none"


def test_a_few_milliseconds_are_not_longer(tiny, sounds, tmp_path):
    rows = dict(checked(tiny, sounds, tmp_path, "audio.seconds=0.2999").rows())
    assert rows["longer than audio.seconds"] == "0 of 40; <0.1 % of all sound is after 0.2999 s; crop: head"


def test_groups_that_stand_in_two_splits_are_named(tiny, tmp_path):
    for i in range(12):
        miniatures.sound(tmp_path / f"{i}.wav")
    splits = ["train"] * 6 + ["val"] * 3 + ["test"] * 3
    rows = "".join(f"{i}.wav,{'ab'[i % 2]},{split},g{i % 8}\n" for i, split in enumerate(splits))
    (tmp_path / "t.csv").write_text(f"path,label,split,group\n{rows}")
    report = mixerkit.check_data(
        Recipe.load(tiny, set=[f"data={{kind: table, file: {tmp_path / 't.csv'}}}"]), tmp_path / "report"
    )
    rows = dict(report.rows())
    assert rows["groups"] == "8: 6 train, 3 val, 3 test; 4 of them in more than one split"
    assert rows["in two splits"] == "4: group g0; group g1; group g2; group g3"
    assert json.loads((tmp_path / "report" / "data_report.json").read_text())["groups"]["val"] == ["g0", "g6", "g7"]
    with pytest.raises(DataError, match="4 groups stand in more than one split"):
        report.refuse()


def test_the_json_says_the_same_with_every_recording_on_a_line(tiny, sounds, tmp_path):
    tear(sounds)
    report = checked(tiny, sounds, tmp_path)
    text = (tmp_path / "report" / "data_report.json").read_text()
    found = json.loads(text)
    assert {key: value for key, value in found.items() if key != "files"} == json.loads(json.dumps(report.facts()))
    assert found["files"] == list(report.scan.rows(sounds))
    assert len(found["files"]) == 41 == sum(line.startswith('    {"path"') for line in text.splitlines())
    assert found["by_split"] == {split: sum(row["split"] == split for row in found["files"]) for split in found["by_split"]}
    assert sum(row["recordings"] for row in found["classes"].values()) == 41
    assert "recordings have two classes" in found["stops_training"][0]
    assert (tmp_path / "report" / "data_report.png").stat().st_size > 5_000


def test_of_many_classes_the_table_shows_both_ends(tiny, tmp_path):
    for i in range(60):
        for take in range(5 if i < 3 else 3):
            soundfile.write(
                miniatures.sound(tmp_path / "s" / f"c{i:02d}" / f"{take}.wav"),
                np.random.default_rng([i, take]).uniform(-0.3, 0.3, 4800),
                16_000,
            )
    report = mixerkit.check_data(Recipe.load(tiny, set=[f"data={{kind: folder, root: {tmp_path / 's'}}}"]), tmp_path / "report")
    table = report.classes()
    assert len(table) == 1 + 40 + 1
    assert table[0] == ("class", "train", "val", "test", "minutes")
    assert table[21][0] == "... 20 more classes"
    assert {row[0] for row in table[1:4]} == {"c00", "c01", "c02"}


def test_names_that_are_not_utf8_are_checked_and_trained_on(tiny, sounds, tmp_path, capsysbinary):
    unknown = os.fsencode(sounds) + b"/caf\xe9"
    (sounds / "no").rename(os.fsdecode(unknown))
    assert (
        run(
            [
                "data",
                "check",
                str(tiny),
                *(word for one in settings(sounds) for word in ("--set", one)),
                "--out",
                str(tmp_path / "r"),
            ]
        )
        == 0
    )
    assert rb"caf\xe9" in capsysbinary.readouterr().out
    trained = mixerkit.train(tiny, set=settings(sounds), out=tmp_path / "run")
    assert trained.labels == [r"caf\xe9", "yes"]
    again = mixerkit.Run.open(tmp_path / "run")
    assert {os.fsencode(clip.path.parent) for clip in again.clips()} == {unknown, os.fsencode(sounds / "yes")}
    assert again.evaluate().accuracy == trained.summary["test/accuracy"]
