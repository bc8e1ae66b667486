"""Averaged weights: chosen and tested in place of the last ones, and resumed to the bit."""

import pytest
import torch

import mixerkit
from mixerkit.errors import DataError, Interrupted
from mixerkit.rundir.checkpoint import load_state, save_state
from mixerkit.runner import fit
from tests.runner.test_resume import stop_after, timeless
from tests.runner.test_train import same, weights

EMA = "runner.average={kind: ema, decay: 0.7}"
EPOCHS = "runner.average={kind: epochs, start_epoch: 2}"


@pytest.fixture
def ends(monkeypatch):
    """The weights of training at the end of every epoch, as a run goes on."""
    found, original = [], fit.Training._finish_epoch

    def watched(self, validated, reporter):
        found.append({name: tensor.clone() for name, tensor in self.model.state_dict().items()})
        original(self, validated, reporter)

    monkeypatch.setattr(fit.Training, "_finish_epoch", watched)
    return found


def better_every_epoch(patch):
    """Each validation is better than the one before, so that the last weights win."""
    original, seen = fit.TrainState.is_best, []
    patch.setattr(fit.TrainState, "is_best", lambda *given: seen.append(original(*given)) or True)


def test_the_mean_over_epochs_is_what_is_validated_kept_and_tested(tiny, tmp_path, monkeypatch, ends):
    better_every_epoch(monkeypatch)
    plain = mixerkit.train(tiny, set=["runner.epochs=3"], out=tmp_path / "plain")
    own = ends[:]
    run = mixerkit.train(tiny, set=["runner.epochs=3", EPOCHS], out=tmp_path / "run")
    assert same(own[2], ends[5])  # training goes on with its own weights
    assert [row["train/loss"] for row in run.metrics] == [row["train/loss"] for row in plain.metrics]
    assert [a["val/loss"] == b["val/loss"] for a, b in zip(run.metrics, plain.metrics, strict=True)] == [True, True, False]
    kept = weights(run)
    assert run.summary["best_epoch"] == 3
    for name, tensor in kept.items():
        torch.testing.assert_close(tensor, (own[1][name] + own[2][name]) / 2, rtol=1e-5, atol=1e-7)
    assert run.evaluate("val").loss == run.metrics[-1]["val/loss"]
    assert run.evaluate("test").auc == run.summary["test/auc"]


def test_the_moving_average_is_what_is_validated_and_kept(tiny, tmp_path, monkeypatch, ends):
    better_every_epoch(monkeypatch)
    run = mixerkit.train(tiny, set=[EMA], out=tmp_path / "run")
    state = load_state(run.path / "checkpoints" / "last.pt")
    assert int(state["average"]["n_averaged"]) == 8
    assert same(state["model"], ends[-1])
    assert not same(weights(run), ends[-1])
    assert all(torch.equal(state["average"][f"module.{name}"], tensor) for name, tensor in weights(run).items())
    assert run.evaluate("val").loss == run.metrics[-1]["val/loss"]


@pytest.mark.parametrize("average", [EMA, EPOCHS], ids=["ema", "epochs"])
@pytest.mark.parametrize("steps", [3, 8, 9, 12])
def test_stopped_anywhere_the_averages_go_on_bit_for_bit(tiny, tmp_path, monkeypatch, average, steps):
    """Three epochs of four steps; after step 8 and 12 the epoch's weights are in the mean, and it is not validated yet."""
    settings = ["runner.epochs=3", average]
    whole = mixerkit.train(tiny, set=settings, out=tmp_path / "whole")
    with monkeypatch.context() as patch:
        stop_after(patch, steps)
        with pytest.raises(Interrupted):
            mixerkit.train(tiny, set=settings, out=tmp_path / "run")
    resumed = mixerkit.resume(tmp_path / "run")
    assert same(weights(whole), weights(resumed))
    assert [timeless(row) for row in resumed.metrics] == [timeless(row) for row in whole.metrics]
    one, other = (load_state(run.path / "checkpoints" / "last.pt") for run in (whole, resumed))
    assert same(one["average"], other["average"])
    assert same(one["model"], other["model"])


@pytest.fixture
def stopped(tmp_path, tiny, monkeypatch):
    """A run of the tiny recipe with more settings, stopped in its second epoch; and a way to change its state."""

    def make(change, *settings):
        with monkeypatch.context() as patch:
            stop_after(patch, 5)
            with pytest.raises(Interrupted):
                mixerkit.train(tiny, set=settings, out=tmp_path / "run")
        path = tmp_path / "run" / "checkpoints" / "last.pt"
        state = load_state(path)
        change(state)
        save_state(path, state)
        return tmp_path / "run"

    return make


def test_a_state_from_before_there_were_averages_goes_on(stopped):
    assert mixerkit.resume(stopped(lambda state: state.pop("average"))).status == "finished"


@pytest.mark.parametrize("lost", ["average", "module.patches.projection.weight"])
def test_a_state_that_lost_its_average_is_refused(stopped, lost):
    run = stopped(lambda state: state.pop(lost) if lost == "average" else state["average"].pop(lost), EMA)
    with pytest.raises(DataError, match=r"last\.pt\n.*not of this recipe"):
        mixerkit.resume(run)
