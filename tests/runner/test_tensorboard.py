"""What a run writes for TensorBoard: every figure once, nothing that changes the training, no failure that ends it."""

import importlib
import itertools
import re
import sys
from types import SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer import event_file_writer
from torch.utils.tensorboard import SummaryWriter

import mixerkit
from mixerkit.errors import Interrupted, Problem, UsageError
from mixerkit.recipe import to_yaml
from mixerkit.runner.fit import Training
from tests.architecture.test_house import loaded_by
from tests.runner.test_train import same, weights

TRAIN = importlib.import_module("mixerkit.runner.train")  # the package's attribute of that name is the function
MASKED = "features.augment.time_mask=8"


def read(run):
    events = EventAccumulator(str(run.path / "tensorboard"))
    events.Reload()
    return events


def scalars(run):
    """Numbers by name, as (step, value)."""
    events = read(run)
    return {name: [(event.step, event.value) for event in events.Scalars(name)] for name in events.Tags()["scalars"]}


def text(run, name):
    (event,) = read(run).Tensors(f"{name}/text_summary")
    return event.tensor_proto.string_val[0].decode()


def test_every_figure_is_written_and_nothing_is_changed(tiny, tmp_path, run):
    found = mixerkit.train(tiny, set=[MASKED], out=tmp_path / "run", tensorboard=True)
    assert same(weights(found), weights(run))
    assert (found.path / "recipe.yaml").read_text() == (run.path / "recipe.yaml").read_text()
    written = scalars(found)
    for name in set(found.metrics[0]) - {"epoch"}:
        assert written.pop(name) == [(row["epoch"], pytest.approx(row[name])) for row in found.metrics]
    tested = {name: value for name, value in found.summary.items() if name.startswith("test/")}
    best = found.summary["best_epoch"]
    assert written == {name: [(best, pytest.approx(value))] for name, value in tested.items()}
    assert {"train/loss", "val/auc", "lr", "clips_per_second"} <= set(found.metrics[0])
    assert f"| test/accuracy | {found.summary['test/accuracy']} |" in text(found, "result")
    assert re.sub("^    ", "", text(found, "recipe"), flags=re.M) == to_yaml(found.recipe).rstrip()


def test_epochs_that_are_trained_again_are_written_once(tiny, tmp_path, monkeypatch):
    """Killed after the second epoch was written and before its state was saved."""

    def killed(self):
        if self.state.epoch == 2:
            raise SystemError("killed")
        original(self)

    original = Training._save_state
    ordered = SimpleNamespace(get=itertools.count(100).__next__)  # files of one second and process are read by name: 9 after 10
    monkeypatch.setattr(event_file_writer, "_global_uid", ordered)
    with monkeypatch.context() as patch:
        patch.setattr(Training, "_save_state", killed)
        with pytest.raises(SystemError):
            mixerkit.train(tiny, set=["runner.epochs=3"], out=tmp_path / "run", tensorboard=True)
    found = mixerkit.resume(tmp_path / "run", tensorboard=True)
    assert [step for step, _ in scalars(found)["val/loss"]] == [1, 2, 3]


def test_a_run_that_goes_on_without_it_writes_no_more(tiny, tmp_path, monkeypatch):
    def stopping(self, row):
        raise SystemError("enough")

    with monkeypatch.context() as patch:
        patch.setattr(TRAIN.RunDir, "append_metrics", stopping)
        with pytest.raises(SystemError):
            mixerkit.train(tiny, out=tmp_path / "run", tensorboard=True)
    before = [path.stat().st_size for path in (tmp_path / "run" / "tensorboard").iterdir()]
    mixerkit.resume(tmp_path / "run")
    assert [path.stat().st_size for path in (tmp_path / "run" / "tensorboard").iterdir()] == before


@pytest.fixture
def uninstalled(monkeypatch):
    """The package is not there."""
    for name in [name for name in sys.modules if name.startswith(("torch.utils.tensorboard", "tensorboard"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)


@pytest.mark.usefixtures("uninstalled")
def test_a_missing_package_is_reported_before_anything_is_decoded(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(TRAIN, "load_data", lambda *_: pytest.fail("decoding began"))
    with pytest.raises(UsageError, match=r"pip install 'mixerkit\[tensorboard\]'"):
        mixerkit.train(tiny, out=tmp_path / "run", tensorboard=True)
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("uninstalled")
def test_without_the_package_all_else_works(tiny, tmp_path, run):
    with pytest.raises(UsageError, match=r"pip install"):
        mixerkit.resume(run.path, tensorboard=True)
    assert mixerkit.train(tiny, set=["runner.epochs=1"], out=tmp_path / "run").status == "finished"


def failing(*_, **__):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["__init__", "add_scalar", "add_text", "flush", "close"])
def test_a_writer_that_fails_is_reported_once_and_ends_no_run(tiny, tmp_path, monkeypatch, capsys, name):
    monkeypatch.setattr(SummaryWriter, name, failing)
    assert mixerkit.train(tiny, out=tmp_path / "run", tensorboard=True).status == "finished"
    assert capsys.readouterr().out.count("no more is written for TensorBoard: [Errno 28] No space left on device") == 1


def test_a_stop_while_it_writes_is_a_stop(tiny, tmp_path, monkeypatch):
    def stopped(*_, **__):
        raise Interrupted(15, Problem("x", "Stopped."))

    monkeypatch.setattr(SummaryWriter, "flush", stopped)
    with pytest.raises(Interrupted):
        mixerkit.train(tiny, out=tmp_path / "run", tensorboard=True)


def test_who_does_not_ask_for_it_does_not_load_it():
    assert "tensorboard" not in loaded_by("import mixerkit.runner")
