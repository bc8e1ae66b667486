"""Figures of a split: against counting by hand, against torchmetrics' own means, in the corners."""

import json
import math
from dataclasses import asdict
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional import classification

from mixerkit.training import METRICS, AccuracySpec, MetricSpec, compute_metrics
from mixerkit.training.metrics import REPORTED

COLUMNS = ("recall", "precision", "f1", "auc", "average_precision")


def compute(scores, targets, loss_sum, kind):
    """Metrics of classes that are called 0, 1, 2, ..."""
    return compute_metrics(scores, targets, loss_sum, kind, [str(k) for k in range(scores.shape[1])])


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
        assert (row.label, row.clips) == (str(k), truth[:, k].sum())
        assert {name: getattr(row, name) for name in COLUMNS} == pytest.approx(expected, abs=1e-6)
    means = {"balanced_accuracy": "recall", "macro_f1": "f1", "map": "average_precision", "auc": "auc"}
    for name, column in means.items():
        values = [row[column] for row in rows if row[column] is not None]
        expected = np.mean(values) if values else math.nan
        assert getattr(found, name) == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert found.absent == [str(k) for k in np.flatnonzero(~truth.any(axis=0))]
    assert found.accuracy == truth[np.arange(len(truth)), scores.argmax(axis=1)].sum() / len(truth)
    assert found.confusion.sum() == (truth.sum(axis=1) == 1).sum()
    assert found.loss == pytest.approx(1.0 / len(truth))
    strict(asdict(found.result()))


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
    assert found.absent == ["2"]
    assert found.balanced_accuracy == 0.75
    assert found.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)
    last = found.per_class[2]
    assert (last.clips, last.recall, last.precision, last.f1) == (0, None, 0.0, 0.0)
    assert (last.auc, last.average_precision) == (None, None)


def test_a_split_of_one_class_alone():
    found = compute(torch.tensor([[0.2, 0.8], [0.6, 0.4]]), torch.tensor([1, 1]), 2.0, "softmax")
    assert math.isnan(found.auc)
    assert (found.accuracy, found.balanced_accuracy, found.map, found.absent) == (0.5, 0.5, 1.0, ["0"])
    assert found.per_class[1].auc is None  # it has clips, and nothing to be told from


def test_all_predictions_of_one_class():
    labels = torch.tensor([0, 1, 2, 2])
    found = compute(torch.tensor([[0.6, 0.3, 0.1]]).expand(4, 3), labels, 4.0, "softmax")
    assert (found.accuracy, found.balanced_accuracy) == (0.25, pytest.approx(1 / 3))
    assert [row.precision for row in found.per_class] == [0.25, None, None]
    assert [row.f1 for row in found.per_class] == [0.4, 0.0, 0.0]
    assert found.confusion.tolist() == [[1, 0, 0], [1, 0, 0], [2, 0, 0]]
    assert found.auc == 0.5


# metrics as kinds


@given(n=st.integers(1, 25), classes=st.integers(2, 6), seed=st.integers(0, 999), several=st.booleans())
def test_a_metric_by_itself_is_the_figure_that_every_run_has(n, classes, seed, several):
    generator = np.random.default_rng(seed)
    truth = generator.random((n, classes)) < 0.4
    truth[:, 0] |= ~truth.any(axis=1)
    targets = torch.from_numpy(truth).float() if several else torch.from_numpy(truth.argmax(axis=1))
    scores = torch.from_numpy(random_scores(n, classes, seed, ties=False))
    found = compute(scores, targets, 1.0, "sigmoid")
    for name, one in REPORTED.items():
        assert one.compute(scores, targets) == pytest.approx(getattr(found, name), rel=0, abs=0, nan_ok=True)


def test_top_k_and_log_loss_by_hand():
    kinds, scores = METRICS.kinds(), torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.7, 0.2], [0.6, 0.3, 0.1]])
    numbers, several = torch.tensor([0, 2, 2]), torch.tensor([[1, 0, 1], [0, 0, 1], [0, 0, 1]])
    assert [kinds["top-k"](k=k).compute(scores, numbers) for k in (1, 2, 3, 9)] == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert kinds["top-k"](k=2).compute(scores, several) == pytest.approx(2 / 3)
    assert kinds["log-loss"]().compute(scores, numbers) == pytest.approx(-math.log(0.5 * 0.2 * 0.1) / 3)
    assert kinds["log-loss"]().compute(2 * scores, numbers) == pytest.approx(-math.log(0.5 * 0.2 * 0.1) / 3)
    likely = np.array([[0.5, 0.7, 0.2], [0.9, 0.3, 0.2], [0.4, 0.7, 0.1]])
    assert kinds["log-loss"]().compute(scores, several) == pytest.approx(-np.log(likely).mean())
    assert math.isfinite(kinds["log-loss"]().compute(torch.eye(3), torch.tensor([1, 2, 0])))
    assert [kind for kind, spec in kinds.items() if not spec.higher_is_better] == ["log-loss"]


def test_further_metrics_stand_behind_those_that_every_run_has_and_undefined_is_null():
    class Undefined(MetricSpec):
        kind: Literal["undefined"] = "undefined"

        def compute(self, scores, targets):
            return math.nan

    further = [METRICS.kinds()["top-k"](k=2), Undefined(), AccuracySpec()]
    found = compute_metrics(torch.eye(2), torch.tensor([0, 1]), 0.0, "softmax", "ab", further)
    assert list(found.named("val"))[-3:] == ["val/map", "val/top_2", "val/undefined"]
    assert found.result().further == {"top_2": 1.0, "undefined": None}
