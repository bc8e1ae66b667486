"""Every layout of data is trained one epoch through the command line; what the run says of it is right."""

import csv
import json

import numpy as np
import pytest

from mixerkit import Run
from mixerkit.cli.app import run
from tests.datasets import miniatures


def spoken_table(root):
    """A table with two labels in some rows, and a column of speakers."""
    miniatures.folder(root)
    with (root / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "class", "speaker"))
        for path in sorted(root.glob("*/*.*")):
            loud = ";loud" if "take1" in path.name else ""
            writer.writerow((path.relative_to(root).as_posix(), path.parent.name + loud, path.name.split("_")[0]))
    return root


def tensors(root):
    """Precomputed spectrograms of two channels."""
    rng = np.random.default_rng(0)
    root.mkdir(exist_ok=True)
    labels, spectrograms = np.repeat(["a", "b"], 20), rng.standard_normal((40, 2, 16, 32))
    np.savez(root / "plots.npz", spectrograms=spectrograms, labels=labels)
    return root


LAYOUTS = {
    "speech-commands lists": (miniatures.speech_commands, "{kind: speech-commands, root: ROOT, allow_subset: true}", [], 35),
    "urbansound8k official10, subset: 10 classes, 100 clips, fold 3 of 10 tested": (
        miniatures.urbansound8k,
        "{kind: urbansound8k, root: ROOT, allow_subset: true, fold: 3}",
        [],
        10,
    ),
    "esc50 official5, subset: 10 classes, 50 clips, fold 1 of 5 tested": (
        miniatures.esc50,
        "{kind: esc50, root: ROOT, allow_subset: true}",
        [],
        10,
    ),
    "casia loso4, fold zhaozuoxiang of 4 tested": (
        miniatures.casia,
        "{kind: casia, root: ROOT, protocol: loso4, fold: zhaozuoxiang}",
        [],
        6,
    ),
    "ravdess speech actors6, subset: 8 classes, 386 clips, fold 1 of 6 tested": (
        miniatures.ravdess,
        "{kind: ravdess, root: ROOT, protocol: actors6, allow_subset: true}",
        [],
        8,
    ),
    "folder 5 folds, fold 2 of 5 tested": (
        miniatures.folder,
        "{kind: folder, root: ROOT, folds: 5, fold: 2, group: '(speaker[0-9]+)_'}",
        [],
        2,
    ),
    "table": (
        spoken_table,
        "{kind: table, file: ROOT/table.csv, columns: {path: file, label: class, group: speaker}, separator: ';'}",
        ["runner.loss=bce"],
        3,
    ),
    "tensors": (
        tensors,
        "{kind: tensors, file: ROOT/plots.npz}",
        ["features={kind: precomputed, channels: 2, n_mels: 16, frames: 32}"],
        2,
    ),
}


@pytest.mark.parametrize("protocol", LAYOUTS)
def test_a_layout_trains(protocol, tiny, tmp_path, capsys):
    make, data, more, classes = LAYOUTS[protocol]
    root = make(tmp_path / "data")
    settings = [f"data={data.replace('ROOT', str(root))}", "audio.seconds=0.3", "runner.epochs=1"]
    words = [word for setting in [*settings, *more] for word in ("--set", setting)]
    assert run(["train", str(tiny), *words, "--out", str(tmp_path / "run")]) == 0
    assert f"{protocol}: {classes} classes" in capsys.readouterr().out
    trained = Run.open(tmp_path / "run")
    assert trained.summary["protocol"] == protocol
    assert len(trained.labels) == classes
    assert trained.evaluate().accuracy == trained.summary["test/accuracy"]


def test_several_labels_need_bce(tiny, tmp_path, capsys):
    root = spoken_table(tmp_path / "data")
    data = f"data={{kind: table, file: {root}/table.csv, columns: {{path: file, label: class}}, separator: ';'}}"
    assert run(["train", str(tiny), "--set", data, "--out", str(tmp_path / "run")]) == 3
    assert "runner.loss=bce" in capsys.readouterr().err


def test_spectrograms_and_recordings_are_not_mixed_up(tiny, tmp_path, capsys):
    root = tensors(tmp_path / "data")
    assert run(["check", str(tiny), "--set", f"data={{kind: tensors, file: {root}/plots.npz}}"]) == 2
    assert "log-mel, where data gives spectrogram" in capsys.readouterr().err
    wrong = "features={kind: precomputed, channels: 1, n_mels: 16, frames: 32}"
    data = f"data={{kind: tensors, file: {root}/plots.npz}}"
    assert run(["train", str(tiny), "--set", data, "--set", wrong, "--out", str(tmp_path / "run")]) == 3
    assert "2 x 16 x 32" in capsys.readouterr().err


def planted(tmp_path):
    """A folder whose recordings stand in two classes, twice in one, are cut, silent, or longer than the window."""
    root = miniatures.folder(tmp_path / "data")
    raw = (root / "no" / "speaker00_take0.wav").read_bytes()
    (root / "no" / "speaker00_twin.wav").write_bytes(raw)
    (root / "yes" / "speaker00_torn.wav").write_bytes(raw)
    (root / "yes" / "speaker01_cut.wav").write_bytes(raw[: len(raw) // 2])
    miniatures.sound(root / "yes" / "speaker02_long.wav", seconds=0.7)
    return root


def test_data_check_finds_what_is_planted(tiny, tmp_path, capsys):
    root = planted(tmp_path)
    words = ["data", "check", str(tiny), "--set", f"data={{kind: folder, root: {root}}}", "--out", str(tmp_path / "report")]
    assert run(words) == 3
    message = capsys.readouterr()
    for what in (
        "cannot be used",
        "1: ",
        "speaker01_cut.wav: it was cut short",
        "speaker00_twin.wav",
        "speaker00_torn.wav (yes)",
    ):
        assert what in message.out
    assert "1 recordings have two classes" in message.err
    report = json.loads((tmp_path / "report" / "data_report.json").read_text())
    assert report["protocol"] == "folder"
    assert (tmp_path / "report" / "data_report.png").stat().st_size > 5_000


def test_data_check_of_sound_data_is_content(tiny, tmp_path, capsys):
    root = miniatures.folder(tmp_path / "data")
    words = ["data", "check", str(tiny), "--set", f"data={{kind: folder, root: {root}}}", "--out", str(tmp_path / "report")]
    assert run(words) == 0
    message = capsys.readouterr().out
    assert "cannot be used               none" in message
    assert "no        16    2     2" in message


def test_data_stats_prints_what_a_recipe_takes(tiny, tmp_path, capsys):
    assert run(["data", "stats", str(tiny)]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("features:"))
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(line + "\n")
    assert run(["train", str(tiny), str(overlay), "--out", str(tmp_path / "run")]) == 0
    assert json.loads((tmp_path / "run" / "features.json").read_text())["source"] == "given in the recipe"


def test_data_prepare_leaves_nothing_to_decode(tiny, capsys, monkeypatch):
    assert run(["data", "prepare", str(tiny)]) == 0
    assert "10 classes, ready to train: 30 train, 20 val, 20 test" in capsys.readouterr().out
    monkeypatch.setattr("mixerkit.audio.store.decode_all", None)
    assert run(["data", "prepare", str(tiny)]) == 0


def test_a_leak_stops_training_and_says_how_to_go_on(tiny, tmp_path, capsys):
    root = miniatures.folder(tmp_path / "data")
    raw = (root / "no" / "speaker00_take0.wav").read_bytes()
    for i in range(9):
        (root / "no" / f"speaker0{i}_twin.wav").write_bytes(raw)
    words = ["train", str(tiny), "--set", f"data={{kind: folder, root: {root}}}", "--out", str(tmp_path / "run")]
    assert run(words) == 3
    assert "byte for byte" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    assert run([*words, "--set", "data.on_leak=warn"]) == 0
    assert "leak: 1 recordings stand in more than one split" in capsys.readouterr().out
