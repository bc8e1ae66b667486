"""Training ends early where validation gets no better, says so, and stays ended."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import mixerkit
from mixerkit.errors import UsageError
from mixerkit.runner import fit
from mixerkit.runner.fit import Training
from mixerkit.runner.state import TrainState
from mixerkit.training import AccuracySpec, compute_metrics
from tests.runner.test_resume import timeless
from tests.runner.test_train import same, weights

PATIENT = ["runner.epochs=6", "runner.patience=2"]
DONE = "all epochs are done"


def validated(accuracy):
    return replace(
        compute_metrics(torch.rand(4, 2), torch.tensor([0, 1, 0, 1]), 0.0, "softmax", "ab"), accuracy=accuracy, auc=0.5
    )


@given(accuracies=st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=1, max_size=10), patience=st.integers(1, 4))
def test_it_ends_after_so_many_epochs_without_a_better_one(accuracies, patience):
    state, epochs = TrainState(), len(accuracies)
    while not state.ended(epochs, patience):
        found = validated(accuracies[state.epoch])
        is_best = state.is_best(found, AccuracySpec())
        state.finish_epoch(found)
        if is_best:
            state.best = {"epoch": state.epoch, **found.named("val")}
    ends = [e for e in range(1, epochs) if e > patience and max(accuracies[: e - patience]) >= max(accuracies[:e])]
    assert state.epoch == (ends[0] if ends else epochs)
    assert state.ended(epochs, patience) == (f"no better validation in {patience} epoch{'s' * (patience > 1)}" if ends else DONE)
    assert not TrainState().ended(epochs, patience)


def worse_after(patch, epoch):
    """Validation gets better until ``epoch`` and no better from then on; the test split has its own figures."""
    original = fit.evaluate_split

    def evaluated(fabric, model, front_end, data, split, *rest):
        found = original(fabric, model, front_end, data, split, *rest)
        if split == "val":
            seen.append(1)
            found = replace(found, accuracy=min(len(seen), epoch) / 10, auc=0.5)
        return found

    seen = []
    patch.setattr(fit, "evaluate_split", evaluated)


def test_a_run_that_gets_no_better_ends_and_says_so(tiny, tmp_path, monkeypatch, capsys):
    worse_after(monkeypatch, 2)
    run = mixerkit.train(tiny, set=PATIENT, out=tmp_path / "run")
    assert [row["epoch"] for row in run.metrics] == [1, 2, 3, 4]
    assert (run.summary["best_epoch"], run.summary["epochs"]) == (2, 4)
    assert run.summary["ended"] == "no better validation in 2 epochs"
    assert run.status == "finished"
    message = capsys.readouterr().out
    assert "stopped after epoch 4 of 6: no better validation in 2 epochs" in message
    assert "best epoch 2 of 4" in message
    with pytest.raises(UsageError, match=r"finished, after 4 epochs\.\n.*runner\.patience"):
        mixerkit.resume(run.path)


def test_a_run_that_ended_early_and_was_killed_before_its_test_is_not_trained_on(tiny, tmp_path, monkeypatch):
    def killed(self):
        raise SystemError("killed")

    with monkeypatch.context() as patch:
        worse_after(patch, 2)
        whole = mixerkit.train(tiny, set=PATIENT, out=tmp_path / "whole")
    with monkeypatch.context() as patch:
        worse_after(patch, 2)
        patch.setattr(Training, "test", killed)
        with pytest.raises(SystemError):
            mixerkit.train(tiny, set=PATIENT, out=tmp_path / "run")
    run = mixerkit.resume(tmp_path / "run")
    assert [timeless(row) for row in run.metrics] == [timeless(row) for row in whole.metrics]
    assert (run.summary["best_epoch"], run.summary["epochs"]) == (2, 4)
    assert same(weights(run), weights(whole))


def test_a_run_to_the_last_epoch_says_so(run):
    assert (run.summary["epochs"], run.summary["ended"]) == (2, DONE)
