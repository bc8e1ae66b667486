"""Figures of a split: against counting by hand, against torchmetrics' own means, in the corners; and test.json."""

import json
import math
import shutil
from dataclasses import asdict

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional import classification

import mixerkit
from mixerkit import Run
from mixerkit.errors import DataError, UsageError
from mixerkit.rundir.folder import RunDir
from mixerkit.training import LossSpec
from mixerkit.training.metrics import compute
from mixerkit.training.optim import Objective
from tests.datasets import miniatures

COLUMNS = ("recall", "precision", "f1", "auc", "average_precision")


def ratio(a, b):
    return float(a / b) if b else None


def by_hand(truth, predicted, scores):
    """The figures of one class from its definition: booleans and scores ``[n]``."""
    hits = (truth & predicted).sum()
    gaps = scores[truth][:, None] - scores[~truth][None]
    found, steps = 0.0, 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        above = scores >= threshold
        fraction = (truth & above).sum() / max(1, truth.sum())
        steps, found = steps + (fraction - found) * (truth & above).sum() / above.sum(), fraction
    return {
        "recall": ratio(hits, truth.sum()),
        "precision": ratio(hits, predicted.sum()),
        "f1": ratio(2 * hits, truth.sum() + predicted.sum()),
        "auc": ratio((gaps > 0).sum() + 0.5 * (gaps == 0).sum(), gaps.size),
        "average_precision": steps if truth.any() else None,
    }


def check(found, truth, predicted, scores):
    """Every figure of ``found`` is that of counting by hand; booleans, scores ``[n, K]``."""
    rows = [by_hand(truth[:, k], predicted[:, k], scores[:, k]) for k in range(truth.shape[1])]
    for k, (row, expected) in enumerate(zip(found.per_class, rows, strict=True)):
        assert (row.label, row.clips) == (k, truth[:, k].sum())
        assert {name: getattr(row, name) for name in COLUMNS} == pytest.approx(expected, abs=1e-6)
    means = {"balanced_accuracy": "recall", "macro_f1": "f1", "map": "average_precision", "auc": "auc"}
    for name, column in means.items():
        values = [row[column] for row in rows if row[column] is not None]
        expected = np.mean(values) if values else math.nan
        assert getattr(found, name) == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert found.absent == tuple(np.flatnonzero(~truth.any(axis=0)))
    strict(asdict(found.result([f"class {k}" for k in range(truth.shape[1])])))


def strict(value):
    """What a reader of plain JSON gets; NaN and infinities are no JSON."""
    return json.loads(json.dumps(value, allow_nan=False))


def random_scores(n, classes, seed, ties):
    scores = np.random.default_rng(seed).random((n, classes), np.float32)
    return (scores * 4).round() / 4 if ties else scores


@given(n=st.integers(1, 25), classes=st.integers(2, 6), seed=st.integers(0, 999), ties=st.booleans())
def test_one_label_per_clip_as_counted_by_hand(n, classes, seed, ties):
    """Few clips and many classes: classes without a clip, classes that are never predicted, a single clip."""
    scores = random_scores(n, classes, seed, ties)
    labels = np.random.default_rng(seed + 1).integers(classes, size=n)
    found = compute(torch.from_numpy(scores), torch.from_numpy(labels), 1.0, "softmax")
    names = np.arange(classes)
    check(found, labels[:, None] == names, scores.argmax(axis=1)[:, None] == names, scores)


@given(n=st.integers(1, 25), classes=st.integers(2, 6), seed=st.integers(0, 999), ties=st.booleans())
def test_several_labels_per_clip_as_counted_by_hand(n, classes, seed, ties):
    """The last class is a label that nobody has; a score of 0.5 is no prediction."""
    scores = random_scores(n, classes, seed, ties)
    truth = np.random.default_rng(seed + 1).random((n, classes)) < 0.4
    truth[:, 0] |= ~truth[:, 1:-1].any(axis=1)
    truth[:, -1] = False
    found = compute(torch.from_numpy(scores), torch.from_numpy(truth).float(), 1.0, "sigmoid")
    check(found, truth, scores > 0.5, scores)


@given(seed=st.integers(0, 99))
def test_where_every_class_is_there_the_means_are_torchmetrics_own(seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(40) % 4
    scores = (torch.randn(40, 4, generator=generator) + 2 * torch.nn.functional.one_hot(labels, 4)).softmax(dim=1)
    found = compute(scores, labels, 1.0, "softmax")
    assert {*scores.argmax(dim=1).tolist()} == {0, 1, 2, 3}
    means = {
        "balanced_accuracy": classification.multiclass_recall,
        "macro_f1": classification.multiclass_f1_score,
        "map": classification.multiclass_average_precision,
        "auc": classification.multiclass_auroc,
    }
    for name, mean in means.items():
        assert getattr(found, name) == pytest.approx(mean(scores, labels, num_classes=4, average="macro").item(), abs=1e-6)


def test_a_class_that_is_predicted_but_absent_lowers_f1_alone():
    scores = torch.tensor([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.1, 0.2, 0.7], [0.2, 0.8, 0.0]])
    found = compute(scores, torch.tensor([0, 0, 1, 1]), 4.0, "softmax")
    assert found.absent == (2,)
    assert found.balanced_accuracy == 0.75
    assert found.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)
    last = found.per_class[2]
    assert (last.clips, last.recall, last.precision, last.f1) == (0, None, 0.0, 0.0)
    assert (last.auc, last.average_precision) == (None, None)


def test_a_split_of_one_class_alone():
    found = compute(torch.tensor([[0.2, 0.8], [0.6, 0.4]]), torch.tensor([1, 1]), 2.0, "softmax")
    assert math.isnan(found.auc)
    assert (found.accuracy, found.balanced_accuracy, found.map, found.absent) == (0.5, 0.5, 1.0, (0,))
    assert found.per_class[1].auc is None  # it has clips, and nothing to be told from


def test_all_predictions_of_one_class():
    labels = torch.tensor([0, 1, 2, 2])
    found = compute(torch.tensor([[0.6, 0.3, 0.1]]).expand(4, 3), labels, 4.0, "softmax")
    assert (found.accuracy, found.balanced_accuracy) == (0.25, pytest.approx(1 / 3))
    assert [row.precision for row in found.per_class] == [0.25, None, None]
    assert [row.f1 for row in found.per_class] == [0.4, 0.0, 0.0]
    assert found.confusion.tolist() == [[1, 0, 0], [1, 0, 0], [2, 0, 0]]
    assert found.auc == 0.5


@pytest.mark.parametrize(("loss", "scores"), [("cross-entropy", "softmax"), ("bce", "sigmoid")])
def test_the_scores_say_what_they_are(loss, scores):
    objective, logits = Objective(LossSpec(kind=loss), 2), torch.tensor([[1.0, 2.0]])
    assert objective.activation == scores
    torch.testing.assert_close(objective.scores(logits), logits.softmax(1) if scores == "softmax" else logits.sigmoid())


# test.json


def test_a_run_tells_how_it_was_tested(run):
    tested = run.tested
    assert tested == run.evaluate("test").result(run.labels)
    assert strict(asdict(tested)) == json.loads((run.path / "test.json").read_text(), parse_constant=pytest.fail)
    assert (tested.scores, tested.clips, tested.absent) == ("softmax", 20, [])
    assert [row.label for row in tested.per_class] == run.labels
    assert [sum(row) for row in tested.confusion] == [row.clips for row in tested.per_class]
    assert run.summary["test/balanced_accuracy"] == pytest.approx(np.mean([row.recall for row in tested.per_class]))
    assert (run.summary["scores"], run.summary["test/clips"], run.summary["val/clips"]) == ("softmax", 20, 20)


def test_an_absent_class_is_written_as_null(tmp_path):
    found = compute(torch.tensor([[0.9, 0.1], [0.3, 0.7]]), torch.tensor([0, 0]), 2.0, "softmax").result(["dog", "rain"])
    folder = RunDir(tmp_path)
    folder.write_json("test.json", asdict(found))
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
    with pytest.raises(UsageError, match="interrupted, not finished: it has no test figures yet"):
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
    assert again.result(run.labels) == run.tested
    assert (run.tested.scores, run.tested.absent) == ("sigmoid", ["siren"])
    assert again.macro_f1 == run.summary["test/macro_f1"]


def test_data_of_one_class_is_a_clear_error(tiny, tmp_path):
    data = table(tmp_path, {"train": ["dog"], "val": ["dog"], "test": ["dog"]})
    with pytest.raises(DataError, match=r"All clips have the label 'dog'"):
        mixerkit.train(tiny, set=[data], out=tmp_path / "run")
