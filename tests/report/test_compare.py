"""Runs side by side: finished and stopped ones, of one protocol and of two."""

import pytest

import mixerkit
from mixerkit import compare
from mixerkit.cli.app import run as command
from mixerkit.errors import DataError, Interrupted, UsageError
from mixerkit.runner import fit


@pytest.fixture
def stop(tiny, tmp_path, monkeypatch):
    """Train, but stop before the first step or after some epochs."""

    def stopped(name, epochs, *settings):
        path = tmp_path / name
        with monkeypatch.context() as patch:
            asked = lambda self, _: 15 if (path / "metrics.jsonl").exists() or not epochs else 0  # noqa: E731
            patch.setattr(fit.StopSignals, "asked", asked)
            with pytest.raises(Interrupted):
                mixerkit.train(tiny, set=["features.augment.time_mask=8", *settings], out=path)
        return path

    return stopped


def test_a_stopped_run_stands_beside_a_finished_one(run, stop):
    path = stop("stopped", 1, "runner.epochs=3")
    found = compare([run.path, path, run.path])
    whole, part, again = found.metrics
    assert found.runs == (str(run.path), str(path), str(run.path))
    assert whole == again == {"status": "finished", "epochs": "2 of 2", **run.summary}
    (row,) = mixerkit.Run.open(path).metrics
    assert (part["status"], part["epochs"], part["best_epoch"]) == ("interrupted", "1 of 3", 1)
    assert {name: part[name] for name in row if name.startswith("val/")} == {
        name: value for name, value in row.items() if name.startswith("val/")
    }
    assert not any(name.startswith("test/") for name in part)
    assert [part[name] for name in ("parameters", "flops", "protocol")] == [
        run.summary[name] for name in ("parameters", "flops", "protocol")
    ]
    assert found.settings == (("runner.epochs", "2", "3", "2"),)
    assert len(found.protocols) == 1


def test_a_run_before_its_first_epoch_has_no_figures(stop):
    (metrics,) = compare([stop("new", 0)]).metrics
    assert set(metrics) == {"status", "epochs", "protocol", "parameters", "flops"}
    assert metrics["epochs"] == "0 of 2"


def test_the_best_epoch_so_far_is_the_one_that_training_would_choose(run, stop):
    path = stop("stopped", 1, "runner.epochs=9")
    row = mixerkit.Run.open(path).metrics[0]
    folder = fit.RunDir(path)
    for epoch, accuracy, auc in [(2, 0.9, None), (3, 0.9, 0.7), (4, 0.9, 0.7), (5, 0.8, 0.9)]:
        folder.append_metrics({**row, "epoch": epoch, "val/accuracy": accuracy, "val/auc": auc})
    (metrics,) = compare([path]).metrics
    assert (metrics["best_epoch"], metrics["epochs"]) == (3, "5 of 9")
    folder.append_metrics({"epoch": 6})
    with pytest.raises(DataError, match=r"metrics\.jsonl\n.*lacks"):
        compare([path])


def test_two_protocols_are_compared_and_reported_not_to_be_comparable(run, tiny, tmp_path, capsys):
    other = mixerkit.train(tiny, set=["data.folds=3", "data.fold=2", "runner.epochs=1"], out=tmp_path / "other")
    found = compare([run.path, other.path])
    assert len(found.protocols) == 2
    capsys.readouterr()
    assert command(["compare", str(run.path), str(other.path)]) == 0
    out = capsys.readouterr().out
    assert "\nnot comparable: they were tested in 2 ways, see protocol\n" in out
    assert "\nrunner.epochs" in out


def test_what_is_no_run_is_a_clear_error(run, tmp_path):
    with pytest.raises(UsageError, match="No run is given"):
        compare([])
    with pytest.raises(UsageError, match="no such folder"):
        compare([run.path, tmp_path / "nothing"])
