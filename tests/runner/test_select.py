"""The metric that a recipe selects by decides which epoch is kept, and when patience ends."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import mixerkit
from mixerkit import Run
from mixerkit.errors import DataError
from mixerkit.runner.fit import Training
from mixerkit.runner.state import TrainState
from mixerkit.training import METRICS, compute_metrics
from tests.runner.test_result import table

FIGURES = st.sampled_from([0.1, 0.2, 0.3, math.nan])


def validated(value, auc):
    found = compute_metrics(torch.rand(4, 2), torch.tensor([0, 1, 0, 1]), 0.0, "softmax", "ab")
    return replace(found, accuracy=value, auc=auc, further={"log_loss": value})


@given(rows=st.lists(st.tuples(FIGURES, FIGURES), min_size=1, max_size=8), kind=st.sampled_from(["accuracy", "log-loss"]))
def test_the_best_is_the_first_of_the_best_value_and_then_auc_and_undefined_is_worst(rows, kind):
    select, state, sign = METRICS.kinds()[kind](), TrainState(), -1 if kind == "log-loss" else 1
    for value, auc in rows:
        found = validated(value, auc)
        if state.is_best(found, select):
            state.best = {"epoch": state.epoch, **found.named("val")}
        state.epoch += 1

    def rank(row):
        return [-math.inf if math.isnan(figure) else figure for figure in (sign * row[0], row[1])]

    assert state.best["epoch"] == max(range(len(rows)), key=lambda i: (rank(rows[i]), -i))


@pytest.fixture
def worse_and_better(monkeypatch):
    """Accuracy falls epoch by epoch; log loss falls until the third and then rises."""
    original, seen = Training._evaluate, []

    def evaluated(self, split, stop):
        found = original(self, split, stop)
        if split == "val" and stop is not None:
            seen.append(1)
            found = replace(found, accuracy=1 / len(seen), further={"log_loss": 1.0 + abs(3 - len(seen))})
        return found

    monkeypatch.setattr(Training, "_evaluate", evaluated)


@pytest.mark.usefixtures("worse_and_better")
def test_a_run_keeps_the_epoch_that_its_metric_selects_and_patience_looks_at_it(tiny, tmp_path, capsys):
    patient = ["runner.epochs=9", "runner.patience=2"]
    run = mixerkit.train(tiny, set=[*patient, "runner.select=log-loss"], out=tmp_path / "run")
    assert (run.summary["best_epoch"], run.summary["epochs"], run.summary["select"]) == (3, 5, "log_loss")
    assert [row["val/log_loss"] for row in run.metrics] == [3.0, 2.0, 1.0, 2.0, 3.0]
    assert "log_loss 1.000  best" in capsys.readouterr().out


def test_what_a_recipe_asks_for_stands_in_every_file_and_is_computed_again(tiny, tmp_path):
    run = mixerkit.train(tiny, set=["runner.metrics=[{kind: top-k, k: 3}]", "runner.select=log-loss"], out=tmp_path / "run")
    best = min(run.metrics, key=lambda row: (row["val/log_loss"], -row["val/auc"]))
    assert run.summary["best_epoch"] == best["epoch"]
    assert run.summary["val/log_loss"] == pytest.approx(best["val/log_loss"])
    assert best["val/log_loss"] == pytest.approx(best["val/loss"])  # cross-entropy without smoothing is that
    again = Run.open(run.path).evaluate("test")
    assert run.tested.further == again.further == {"top_3": run.summary["test/top_3"], "log_loss": run.summary["test/log_loss"]}


def test_where_clips_have_several_labels_map_selects_and_metrics_of_one_label_are_refused(tiny, tmp_path):
    both = ["dog", "rain"]
    data = table(tmp_path, {"train": [both, "siren"], "val": [both, "siren"], "test": [both, "siren"]})
    run = mixerkit.train(tiny, set=[data, "runner.loss=bce", "runner.epochs=3"], out=tmp_path / "run")
    best = max(run.metrics, key=lambda row: (row["val/map"], row["val/auc"], -row["epoch"]))
    assert (run.summary["select"], run.summary["best_epoch"]) == ("map", best["epoch"])
    single = [data, "runner.loss=bce", "runner.select=cohen-kappa"]
    with pytest.raises(DataError, match=r"It has 2 labels: dog, rain\.\n.*metric cohen-kappa is of clips with one label"):
        mixerkit.train(mixerkit.Recipe.load(tiny, set=single, plugins=["cohen_kappa"]), out=tmp_path / "other")
