"""test.json: what a run says of its test, class by class; damaged, missing, or of several labels."""

import json
import shutil
from dataclasses import asdict

import numpy as np
import pytest
import torch

import mixerkit
from mixerkit import Run
from mixerkit.errors import DataError, UsageError
from mixerkit.rundir.folder import RunDir
from mixerkit.training import compute_metrics
from tests.datasets import miniatures
from tests.training.test_metrics import strict


def test_a_run_tells_how_it_was_tested(run):
    tested = run.tested
    assert tested == run.evaluate("test").result()
    assert strict(asdict(tested)) == json.loads((run.path / "test.json").read_text(), parse_constant=pytest.fail)
    assert (tested.scores, tested.clips, tested.absent) == ("softmax", 20, [])
    assert [row.label for row in tested.per_class] == run.labels
    assert [sum(row) for row in tested.confusion] == [row.clips for row in tested.per_class]
    assert run.summary["test/balanced_accuracy"] == pytest.approx(np.mean([row.recall for row in tested.per_class]))
    assert (run.summary["scores"], run.summary["test/clips"], run.summary["val/clips"]) == ("softmax", 20, 20)


def test_an_absent_class_is_written_as_null(tmp_path):
    found = compute_metrics(
        torch.tensor([[0.9, 0.1], [0.3, 0.7]]), torch.tensor([0, 0]), 2.0, "softmax", ["dog", "rain"]
    ).result()
    folder = RunDir(tmp_path)
    folder.write_json("test.json", asdict(found))
    folder.say("finished")
    rows = json.loads((tmp_path / "test.json").read_text(), parse_constant=pytest.fail)["per_class"]
    assert rows[1] == {
        "label": "rain",
        "clips": 0,
        "recall": None,
        "precision": 0.0,
        "f1": 0.0,
        "auc": None,
        "average_precision": None,
    }
    assert folder.tested() == found
    assert found.absent == ["rain"]


@pytest.fixture
def copied(run, tmp_path):
    """A copy of the run, to be damaged."""
    shutil.copytree(run.path, tmp_path / "run")
    return tmp_path / "run"


def test_a_run_that_finished_before_there_was_such_a_file_says_how_to_get_it(copied):
    (copied / "test.json").unlink()
    with pytest.raises(DataError, match=r"test\.json\n.*missing.*\n.*mixerkit evaluate .*run --json .*run/test\.json"):
        _ = Run.open(copied).tested


def test_an_unfinished_run_has_not_been_tested(copied):
    (copied / "test.json").unlink()
    RunDir(copied).say("interrupted")
    with pytest.raises(UsageError, match="interrupted, not finished: it has no test metrics yet"):
        _ = Run.open(copied).tested


@pytest.mark.parametrize(
    "change",
    [
        lambda result: {},
        lambda result: {**result, "clips": "20"},
        lambda result: {**result, "labels": result["labels"][1:]},
        lambda result: {**result, "per_class": result["per_class"][1:]},
        lambda result: {**result, "confusion": result["confusion"][1:]},
        lambda result: {**result, "confusion": [row[1:] for row in result["confusion"]]},
        lambda result: [result],
    ],
    ids=["empty", "no number", "a label less", "a class less", "a row less", "a column less", "a list"],
)
def test_a_damaged_test_file_is_a_clear_error(copied, change):
    path = copied / "test.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(DataError, match=r"test\.json\n.*damaged"):
        _ = Run.open(copied).tested


def test_a_cut_test_file_is_a_clear_error(copied):
    path = copied / "test.json"
    path.write_text(path.read_text()[:-50])
    with pytest.raises(DataError, match=r"test\.json\n.*damaged"):
        _ = Run.open(copied).tested


def table(folder, labels):
    """A table of four short noises in every split; ``labels``: of each split."""
    rows = []
    for split, names in labels.items():
        for i in range(4):
            path = miniatures.sound(folder / f"{split}{i}.wav")
            rows.append({"path": path.name, "label": names[i % len(names)], "split": split})
    (folder / "table.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return f"data={{kind: table, file: {folder / 'table.jsonl'}}}"


def test_a_split_whose_clips_have_one_label_is_counted_as_the_data_that_have_several(tiny, tmp_path, monkeypatch):
    """Evaluated where nothing is decoded yet, a split is read alone: it must not be taken for data of one label."""
    both = ["dog", "rain"]
    data = table(tmp_path, {"train": [both, both, both, "siren"], "val": [both], "test": ["dog", "rain"]})
    run = mixerkit.train(tiny, set=[data, "runner.loss=bce", "runner.optimizer.lr=0.05"], out=tmp_path / "run")
    assert [row.recall for row in run.tested.per_class] == [1.0, 1.0, None]  # both are predicted for every clip
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "empty"))
    again = run.evaluate("test")
    assert again.result() == run.tested
    assert (run.tested.scores, run.tested.absent) == ("sigmoid", ["siren"])
    assert again.macro_f1 == run.summary["test/macro_f1"]


def test_data_of_one_class_is_a_clear_error(tiny, tmp_path):
    data = table(tmp_path, {"train": ["dog"], "val": ["dog"], "test": ["dog"]})
    with pytest.raises(DataError, match=r"All clips have the label 'dog'"):
        mixerkit.train(tiny, set=[data], out=tmp_path / "run")
