"""What lies in a run directory is not what was written: changed, cut, lost, of another run, of a wrong shape."""

import json
import shutil

import numpy as np
import pytest

import mixerkit
from mixerkit import Run
from mixerkit.errors import DataError, Interrupted, MixerkitError, UsageError
from mixerkit.rundir.checkpoint import load_state, save_state
from mixerkit.runner import fit
from tests.conftest import TINY
from tests.registry.test_registry import plugin


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """A run with a plugin, stopped in its second epoch; only copies of it are damaged."""
    folder = tmp_path_factory.mktemp("damage")
    plugin(folder, "mine.py", "damage-kind", flops=1)
    text = TINY.replace("[hermit-frequency, roll-time]", "[damage-kind, token]") + "plugins: [mine]\n"
    (folder / "tiny.yaml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit.StopSignals, "asked", lambda self, fabric: 15 if (folder / "run" / "metrics.jsonl").exists() else 0)
        with pytest.raises(Interrupted):
            mixerkit.train(folder / "tiny.yaml", out=folder / "run")
    return folder / "run"


@pytest.fixture
def stopped(pristine, tmp_path):
    """A copy to be damaged."""
    shutil.copytree(pristine, tmp_path / "run")
    return tmp_path / "run"


def wave():
    return np.sin(np.arange(8000) / 5).astype(np.float32) * 0.3


# the state is lost


def test_a_run_whose_state_is_lost_is_not_started_over(stopped):
    best = (stopped / "checkpoints" / "best.safetensors").read_bytes()
    (stopped / "checkpoints" / "last.pt").unlink()
    with pytest.raises(DataError, match=r"last\.pt\n.*missing.*1 epoch") as caught:
        mixerkit.resume(stopped)
    assert caught.value.exit_code == 3
    assert (stopped / "checkpoints" / "best.safetensors").read_bytes() == best
    (stopped / "metrics.jsonl").unlink()
    with pytest.raises(DataError, match=r"last\.pt\n.*missing"):
        mixerkit.resume(stopped)


def test_a_run_stopped_before_its_first_checkpoint_starts_over(stopped):
    shutil.rmtree(stopped / "checkpoints")
    (stopped / "metrics.jsonl").unlink()
    assert mixerkit.resume(stopped).status == "finished"


def test_a_state_is_there_before_the_first_step(tiny, tmp_path, monkeypatch):
    """Else a kill after the first epoch's weights and before its state would look like a lost state."""

    def seen(self, *_):
        assert (tmp_path / "run" / "checkpoints" / "last.pt").is_file()
        raise SystemError("killed")

    monkeypatch.setattr(fit.Training, "_step", seen)
    with pytest.raises(SystemError, match="killed"):
        mixerkit.train(tiny, out=tmp_path / "run")


# what describes the run was changed


def cut_last_line(text):
    return "".join(text.splitlines(keepends=True)[:-1])


def swap_labels(text):
    labels = json.loads(text)
    return json.dumps([labels[1], labels[0], *labels[2:]])


CHANGES = {
    "splits.csv": cut_last_line,
    "labels.json": swap_labels,
    "features.json": lambda text: text.replace('"mean": ', '"mean": 1'),
    "plugins/mine.py": lambda text: text + "# edited\n",
    "recipe.yaml": lambda text: text.replace("depth: 2", "depth: 3"),
}


def use(run):
    """Everything that reads what describes the run."""
    run.predict(wave(), rate=16_000)
    run.evaluate("test")


@pytest.mark.parametrize("name", CHANGES)
def test_what_describes_the_run_is_not_changed_unseen(stopped, name):
    path = stopped / name
    use(Run.open(stopped))
    before, changed = path.read_text(), CHANGES[name](path.read_text())
    assert changed != before
    path.write_text(changed)
    with pytest.raises(DataError, match=f"{name}\n.*changed since the run began"):
        use(Run.open(stopped))
    with pytest.raises(DataError, match=f"{name}\n.*changed since the run began"):
        mixerkit.resume(stopped)


@pytest.mark.parametrize("name", [*CHANGES, "manifest.json"])
def test_what_describes_the_run_is_missed(stopped, name):
    (stopped / name).unlink()
    with pytest.raises(DataError, match=name):
        use(Run.open(stopped))


def test_a_changed_plugin_is_not_run(stopped):
    marker = stopped / "marker"
    path = stopped / "plugins" / "mine.py"
    path.write_text(f"open({str(marker)!r}, 'w')\n" + path.read_text())
    with pytest.raises(DataError, match="changed"):
        Run.open(stopped)
    assert not marker.exists()


def test_what_a_run_does_not_need_may_change(stopped):
    """Predicting asks nothing of the splits; environment.json is a note for people."""
    (stopped / "splits.csv").write_text("gone")
    (stopped / "environment.json").write_text("{}")
    assert Run.open(stopped).predict(wave(), rate=16_000)[0].label


# valid JSON of a wrong shape

SHAPES = [b"null", b"[]", b"[1]", b'"x"', b"5", b"{}", b'{"status": 5, "epoch": "x"}', b"\xff\xfe{", b"", b"[" * 100_000]


@pytest.mark.parametrize("raw", SHAPES, ids=lambda raw: raw[:12].decode("latin-1") or "empty")
@pytest.mark.parametrize("name", ["status.json", "summary.json", "environment.json", "metrics.jsonl", "manifest.json"])
def test_a_file_of_a_wrong_shape_is_a_clear_error(stopped, name, raw):
    shutil.copyfile(stopped / "features.json", stopped / "summary.json")
    (stopped / name).write_bytes(raw + b"\n")
    asked = [
        lambda: Run.open(stopped).status,
        lambda: Run.open(stopped).summary,
        lambda: Run.open(stopped).metrics,
        lambda: Run.open(stopped).predict(wave(), rate=16_000),
        lambda: mixerkit.resume(stopped),
    ]
    messages = 0
    for ask in asked:
        try:
            ask()
        except MixerkitError as message:
            assert name in str(message)
            messages += 1
    assert messages or (name == "summary.json" and raw.startswith(b"{"))


def test_a_broken_line_in_the_middle_of_metrics_is_named(stopped):
    path = stopped / "metrics.jsonl"
    path.write_text("{broken\n" + path.read_text())
    with pytest.raises(DataError, match=r"metrics\.jsonl:1\n"):
        _ = Run.open(stopped).metrics


def test_figures_that_the_curves_need_are_missed_before_training(stopped):
    (stopped / "metrics.jsonl").write_text('{"epoch": 1}\n')
    with pytest.raises(DataError, match=r"metrics\.jsonl\n.*train/loss"):
        mixerkit.resume(stopped)


def test_a_lost_status_does_not_keep_a_run_from_going_on(stopped):
    (stopped / "status.json").unlink()
    assert mixerkit.resume(stopped).status == "finished"


# weights and states of another run


@pytest.fixture
def other(tiny, tmp_path):
    """A finished run of another model."""
    return mixerkit.train(tiny, set=["model.dim=24"], out=tmp_path / "other").path


def test_weights_of_another_model_are_refused(stopped, other):
    shutil.copyfile(other / "checkpoints" / "best.safetensors", stopped / "checkpoints" / "best.safetensors")
    with pytest.raises(DataError, match=r"best\.safetensors\n.*not of this recipe.*\n?.*(24|damage|block)"):
        Run.open(stopped).model()


def test_a_state_of_another_model_is_refused(stopped, other):
    shutil.copyfile(other / "checkpoints" / "last.pt", stopped / "checkpoints" / "last.pt")
    with pytest.raises(DataError, match=r"last\.pt\n.*not of this recipe"):
        mixerkit.resume(stopped)


def test_weights_and_state_of_a_twin_with_another_seed_are_refused(tiny, tmp_path):
    """They fit, and are still not what this run learnt."""
    one = mixerkit.train(tiny, set=["runner.epochs=1"], out=tmp_path / "one").path
    two = mixerkit.train(tiny, set=["runner.epochs=1", "runner.seed=1"], out=tmp_path / "two").path
    for name in ("best.safetensors", "last.pt"):
        shutil.copyfile(one / "checkpoints" / name, two / "checkpoints" / name)
    (two / "status.json").unlink()
    with pytest.raises(DataError, match=r"best\.safetensors\n.*another run"):
        Run.open(two).model()
    with pytest.raises(DataError, match=r"last\.pt\n.*another run"):
        mixerkit.resume(two)


def test_a_copied_run_is_the_same_run(stopped, tmp_path):
    shutil.copytree(stopped, tmp_path / "copy")
    assert mixerkit.resume(tmp_path / "copy").status == "finished"


@pytest.mark.parametrize("part", ["model", "optimizer", "precision", "position"])
@pytest.mark.parametrize("value", [None, {}, {"x": 1}, [1]], ids=str)
def test_a_state_with_a_wrong_part_is_a_clear_error(stopped, part, value):
    path = stopped / "checkpoints" / "last.pt"
    state = load_state(path)
    if part == "precision" and value != None:  # noqa: E711  # float32 keeps nothing there
        return
    save_state(path, {**state, part: value})
    if (part, value) in [("position", {}), ("precision", None)]:
        return
    with pytest.raises(DataError, match=r"last\.pt"):
        mixerkit.resume(stopped)


def test_a_state_that_is_no_mapping_is_a_clear_error(stopped):
    save_state(stopped / "checkpoints" / "last.pt", [1])
    with pytest.raises(DataError, match=r"last\.pt"):
        mixerkit.resume(stopped)


# no run at all


@pytest.mark.parametrize("what", [None, 5, b"run", ["run"]], ids=repr)
def test_no_path_is_no_run(what):
    with pytest.raises(UsageError, match=r"Run\.open\n.*Got: "):
        Run.open(what)


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="It is a file"):
        Run.open(tmp_path / "file")
