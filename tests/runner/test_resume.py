"""A run that was stopped goes on as if it had not been."""

import pytest

import mixerkit
from mixerkit import Run
from mixerkit.errors import Interrupted, UsageError
from mixerkit.runner import fit
from mixerkit.runner.fit import Training
from tests.runner.test_train import same, weights


def stop_after(monkeypatch, steps):
    """Ask for a stop after so many training steps, as a signal would."""
    done = []
    original = Training._step

    def counted(self, *arguments):
        done.append(1)
        return original(self, *arguments)

    def asked(self, fabric):
        return 15 if len(done) >= steps else 0

    monkeypatch.setattr(Training, "_step", counted)
    monkeypatch.setattr(fit.StopSignals, "asked", asked)


@pytest.mark.parametrize("steps", range(1, 9))
def test_stopped_after_any_step_it_goes_on_bit_for_bit(tiny, tmp_path, monkeypatch, run, steps):
    """Two epochs of four steps; stopped before steps, in the middle, and before validation."""
    with monkeypatch.context() as patch:
        stop_after(patch, steps)
        with pytest.raises(Interrupted, match="mixerkit train --resume") as caught:
            mixerkit.train(tiny, set=["features.augment.time_mask=8"], out=tmp_path / "run")
    assert caught.value.exit_code == 143
    assert Run.open(tmp_path / "run").status == "interrupted"
    resumed = mixerkit.resume(tmp_path / "run")
    assert resumed.status == "finished"
    assert same(weights(run), weights(resumed))
    assert [timeless(row) for row in resumed.metrics] == [timeless(row) for row in run.metrics]
    assert timeless(resumed.summary) == timeless(run.summary)


def timeless(figures):
    return {name: value for name, value in figures.items() if "second" not in name}


def test_a_run_that_was_killed_after_an_epoch_goes_on_from_it(tiny, tmp_path, monkeypatch, run):
    """As after SIGKILL: nothing is said, the state of epoch 1 is on disk, a row of epoch 2 may be."""

    def killed(self, validated, reporter):
        if self.state.epoch == 1:
            self.folder.append_metrics({"epoch": 2, "half": "written"})
            raise SystemError("killed")
        original(self, validated, reporter)

    original = Training._finish_epoch
    with monkeypatch.context() as patch:
        patch.setattr(Training, "_finish_epoch", killed)
        with pytest.raises(SystemError):
            mixerkit.train(tiny, set=["features.augment.time_mask=8"], out=tmp_path / "run")
    assert Run.open(tmp_path / "run").status == "failed"
    assert same(weights(run), weights(mixerkit.resume(tmp_path / "run")))


def test_a_finished_run_is_not_trained_on(run):
    with pytest.raises(UsageError, match="finished, after 2 epochs"):
        mixerkit.resume(run.path)
