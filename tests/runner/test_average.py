"""Averaged weights: the mean by hand, chosen and tested in place of the last ones, and resumed to the bit."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import mixerkit
from mixerkit.errors import DataError, Interrupted
from mixerkit.rundir.checkpoint import load_state, save_state
from mixerkit.runner import fit
from mixerkit.runner.average import WeightAverage
from mixerkit.training import EmaSpec, EpochMeanSpec
from tests.runner.test_resume import stop_after, timeless
from tests.runner.test_train import same, weights

EMA = "runner.average={kind: ema, decay: 0.7}"
EPOCHS = "runner.average={kind: epochs, start_epoch: 2}"


class Walk:
    """A model whose weights move at random, and a record of where they were; weights are floats near 1."""

    def __init__(self, spec, seed):
        torch.manual_seed(seed)
        self.model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        self.average, self.been = WeightAverage(spec, self.model), []

    def update(self, epoch, ends_epoch):
        for tensor in [*self.model.parameters(), *self.model.buffers()][:-1]:  # the last one counts batches
            tensor.data = 1.0 + torch.rand_like(tensor)
        self.average.after_update(epoch, ends_epoch)
        self.been.append({name: tensor.clone() for name, tensor in self.model.state_dict().items()})


@given(decay=st.floats(0.01, 0.999), updates=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_moving_average_is_the_formula(decay, updates, seed):
    walk = Walk(EmaSpec(decay=decay), seed)
    for update in range(updates):
        walk.update(1 + update // 3, update % 3 == 2)
    mean = walk.been[0]["0.weight"].double()
    for weight in walk.been[1:]:
        mean = decay * mean + (1 - decay) * weight["0.weight"].double()
    torch.testing.assert_close(walk.average.weights()["0.weight"].double(), mean, rtol=1e-5, atol=0)


@given(start_epoch=st.integers(1, 4), epochs=st.integers(1, 6), seed=st.integers(0, 99))
def test_the_mean_over_epochs_is_that_of_their_last_weights(start_epoch, epochs, seed):
    walk = Walk(EpochMeanSpec(start_epoch=start_epoch), seed)
    for epoch in range(1, epochs + 1):
        walk.update(epoch, ends_epoch=False)
        walk.update(epoch, ends_epoch=True)
    ends = [been["0.weight"] for been in walk.been[1::2]]
    expected = torch.stack(ends[start_epoch - 1 :]).mean(dim=0) if epochs >= start_epoch else ends[-1]
    torch.testing.assert_close(walk.average.weights()["0.weight"], expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("spec", [EmaSpec(decay=0.5), EpochMeanSpec(start_epoch=1)], ids=lambda spec: spec.kind)
def test_buffers_are_those_of_the_last_weights(spec):
    walk = Walk(spec, 0)
    for epoch in (1, 2, 3):
        walk.update(epoch, ends_epoch=True)
    assert torch.equal(walk.average.weights()["1.running_mean"], walk.been[-1]["1.running_mean"])
    assert not torch.equal(walk.average.weights()["1.weight"], walk.been[-1]["1.weight"])


def test_the_model_has_its_own_weights_again_also_after_an_error():
    walk = Walk(EmaSpec(decay=0.5), 0)
    walk.update(1, False)
    walk.update(1, True)
    with pytest.raises(SystemError), walk.average.in_place():
        assert same(walk.model.state_dict(), walk.average.weights())
        assert not same(walk.model.state_dict(), walk.been[-1])
        raise SystemError
    assert same(walk.model.state_dict(), walk.been[-1])


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
    patch.setattr(fit.TrainState, "is_best", lambda self, validated: seen.append(original(self, validated)) or True)


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
