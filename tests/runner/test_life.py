"""The life of a run directory: made whole, held by one process, written on a full disk, stopped, moved."""

import importlib
import json
import os
import signal
import subprocess
import sys

import filelock
import pytest
import torch

import mixerkit
from mixerkit import Run
from mixerkit.errors import DataError, Interrupted, OutOfMemoryError, Problem, UsageError
from mixerkit.runner import fit
from mixerkit.runner.fit import Training
from tests.datasets import miniatures

TRAIN = importlib.import_module("mixerkit.runner.train")  # the package's attribute of that name is the function
CREATE = importlib.import_module("mixerkit.rundir.create")


@pytest.fixture
def stopped(tiny, tmp_path, monkeypatch):
    """A run that was stopped before its first step."""
    with monkeypatch.context() as patch:
        patch.setattr(fit.StopSignals, "asked", lambda self, fabric: 15)
        with pytest.raises(Interrupted):
            mixerkit.train(tiny, out=tmp_path / "run")
    return tmp_path / "run"


def left_in(folder):
    """Names in a folder, drafts included."""
    return {path.name for path in folder.iterdir()}


# one process at a time


@pytest.fixture
def undecoded(stopped, monkeypatch):
    """Decoding fails loudly: what refuses early never gets there."""

    def decoding(*_, **__):
        raise AssertionError("decoding began")

    monkeypatch.setattr(TRAIN, "load_data", decoding)


@pytest.mark.usefixtures("undecoded")
def test_a_second_process_does_not_train_in_the_same_folder(stopped):
    holder = (
        f"import filelock; lock = filelock.FileLock({str(stopped / '.lock')!r}); lock.acquire(); print(1, flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with pytest.raises(UsageError, match="Another process is training in it") as caught:
            mixerkit.resume(stopped)
        process.stdin.close()
    assert caught.value.exit_code == 2


def test_a_run_is_held_while_it_is_trained_and_while_it_is_resumed(stopped, tiny, tmp_path, monkeypatch):
    tried = []

    def second(self, *_):
        with pytest.raises(UsageError, match="Another process is training in it"):
            mixerkit.resume(self.folder.path)
        tried.append(self.folder.path)
        raise SystemError("enough")

    monkeypatch.setattr(Training, "_step", second)
    with pytest.raises(SystemError):
        mixerkit.resume(stopped)
    with pytest.raises(SystemError):
        mixerkit.train(tiny, out=tmp_path / "new")
    assert tried == [stopped, tmp_path / "new"]


def test_a_dead_process_holds_nothing_even_if_its_number_is_taken_again(stopped):
    status = json.loads((stopped / "status.json").read_text())
    (stopped / "status.json").write_text(json.dumps({**status, "status": "running", "pid": os.getppid()}))
    filelock.FileLock(stopped / ".lock").acquire().lock.release()
    assert mixerkit.resume(stopped).status == "finished"


def test_a_folder_that_cannot_be_locked_is_a_clear_error(stopped):
    (stopped / ".lock").unlink()
    (stopped / ".lock").mkdir()
    with pytest.raises(UsageError, match="cannot be locked"):
        mixerkit.resume(stopped)


# made whole or not at all


def interrupted(*_, **__):
    raise Interrupted(signal.SIGTERM, Problem("here", "Stopped."))


PLACES = [(CREATE, "to_yaml"), (CREATE, "_copy"), (TRAIN, "environment"), (CREATE, "write_manifest")]


@pytest.mark.parametrize(("module", "name"), PLACES, ids=[name for _, name in PLACES])
@pytest.mark.parametrize("is_there", [False, True], ids=["new", "an empty folder"])
def test_a_stop_while_the_folder_is_made_leaves_nothing(tiny, tmp_path, monkeypatch, module, name, is_there):
    out = tmp_path / "runs" / "run"
    out.parent.mkdir()
    if is_there:
        out.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(module, name, interrupted)
        with pytest.raises(Interrupted):
            mixerkit.train(tiny, out=out)
    assert left_in(out.parent) == ({"run"} if is_there else set())
    assert not is_there or left_in(out) == set()
    assert mixerkit.train(tiny, out=out).status == "finished"


def test_what_is_there_at_all_can_be_resumed(tiny, tmp_path, monkeypatch):
    """A kill right after the folder appears."""
    with monkeypatch.context() as patch:
        patch.setattr(TRAIN, "_status_kept", interrupted)
        with pytest.raises(Interrupted):
            mixerkit.train(tiny, out=tmp_path / "run")
    assert Run.open(tmp_path / "run").status == "running"
    assert mixerkit.resume(tmp_path / "run").status == "finished"


def test_two_runs_of_one_name_do_not_mix(tiny, tmp_path, monkeypatch):
    """The other one was faster while this one decoded."""
    out, original = tmp_path / "run", TRAIN.measure_statistics

    def meanwhile(*arguments):
        out.mkdir()
        (out / "mine.txt").write_text("keep")
        return original(*arguments)

    monkeypatch.setattr(TRAIN, "measure_statistics", meanwhile)
    with pytest.raises(UsageError, match="not an empty folder"):
        mixerkit.train(tiny, out=out)
    assert left_in(out) == {"mine.txt"}
    assert not [name for name in left_in(tmp_path) if name.startswith(".run")]


# drafts of killed processes


def test_drafts_of_killed_processes_are_cleared_away(stopped):
    drafts = [
        stopped / "checkpoints" / ".last.pt.12345",
        stopped / "checkpoints" / ".best.safetensors.9",
        stopped / ".status.json.77",
    ]
    for draft in drafts:
        draft.parent.mkdir(exist_ok=True)
        draft.write_text("half")
    (stopped / ".mine").write_text("keep")
    mixerkit.resume(stopped)
    assert not any(draft.exists() for draft in drafts)
    assert (stopped / ".mine").exists()


# too little memory


TOO_LITTLE = [
    torch.OutOfMemoryError("CUDA out of memory"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    MemoryError(),
]


@pytest.mark.parametrize("error", TOO_LITTLE, ids=["GPU", "CPU", "Python"])
def test_too_little_memory_for_looking_is_a_clear_error(tiny, tmp_path, monkeypatch, error):
    run = mixerkit.train(tiny, set=["runner.epochs=1"], out=tmp_path / "run")

    def too_little(*_, **__):
        raise error

    monkeypatch.setattr("mixerkit.model.MixerModel.forward", too_little)
    for ask in (lambda: run.evaluate(), lambda: run.predict(torch.rand(16_000), rate=16_000)):
        with pytest.raises(OutOfMemoryError, match=r"too little memory.*\n.*\w+") as caught:
            ask()
        assert caught.value.exit_code == 5


def test_too_little_memory_for_the_data_is_a_clear_error(tiny, tmp_path, monkeypatch):
    def too_little(*_, **__):
        raise MemoryError

    monkeypatch.setattr(TRAIN, "load_data", too_little)
    with pytest.raises(OutOfMemoryError, match="too little memory"):
        mixerkit.train(tiny, out=tmp_path / "run")


# a second Ctrl-C


def test_a_second_ctrl_c_says_what_it_did(tiny, tmp_path, monkeypatch):
    def twice(self, *_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "_step", twice)
        with pytest.raises(Interrupted, match=r"at once.*\n.*mixerkit train --resume") as caught:
            mixerkit.train(tiny, out=tmp_path / "run")
    assert caught.value.exit_code == 130
    assert Run.open(tmp_path / "run").status == "interrupted"
    assert mixerkit.resume(tmp_path / "run").status == "finished"


def test_an_interruption_inside_others_code_is_written_down_as_one(tiny, tmp_path, monkeypatch):
    def wrapped(*_):
        raise OSError("could not load this library") from Interrupted(signal.SIGTERM, Problem("mixerkit train", "Stopped."))

    with monkeypatch.context() as patch:
        patch.setattr(Training, "_step", wrapped)
        with pytest.raises(Interrupted) as caught:
            mixerkit.train(tiny, out=tmp_path / "run")
    assert caught.value.exit_code == 143
    assert Run.open(tmp_path / "run").status == "interrupted"


def test_a_ctrl_c_while_the_end_is_written_down_does_not_stop_that(tiny, tmp_path, monkeypatch):
    original = TRAIN.RunDir.say

    def pressed(self, state, detail=""):
        for _ in range(2 if state == "interrupted" else 0):
            signal.raise_signal(signal.SIGINT)
        original(self, state, detail)

    monkeypatch.setattr(TRAIN.RunDir, "say", pressed)
    monkeypatch.setattr(Training, "_step", lambda *_: signal.raise_signal(signal.SIGINT) or 0.0)
    with pytest.raises(Interrupted) as caught:
        mixerkit.train(tiny, out=tmp_path / "run")
    assert caught.value.exit_code == 130
    assert Run.open(tmp_path / "run").status == "interrupted"


# data that has moved


@pytest.fixture
def on_data(tiny, tmp_path, monkeypatch):
    """A run on recordings in a folder beside it, told relative to where the command ran."""
    monkeypatch.chdir(tmp_path)
    miniatures.folder(tmp_path / "sounds")
    return mixerkit.train(tiny, set=["data={kind: folder, root: sounds}", "runner.epochs=1"], out="run")


def test_a_run_finds_its_data_from_any_folder(on_data, tmp_path, monkeypatch):
    before = on_data.evaluate().auc
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Run.open(tmp_path / "run").evaluate().auc == before


def test_a_run_finds_its_data_although_something_of_that_name_is_here(on_data, tmp_path, monkeypatch):
    before = on_data.evaluate().auc
    miniatures.folder(tmp_path / "elsewhere" / "sounds")  # other recordings
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Run.open(tmp_path / "run").evaluate().auc == before
    assert Run.open(tmp_path / "run").recipe.data.root == str(tmp_path / "sounds")


def test_data_that_has_moved_says_where_it_is_looked_for_and_what_to_do(on_data, tmp_path, call):
    """The advice is followed: evaluated, and what is recorded stays."""
    before, recipe = on_data.evaluate(), (tmp_path / "run" / "recipe.yaml").read_bytes()
    (tmp_path / "sounds").rename(tmp_path / "gone")
    for ask in (Run.open("run").evaluate, Run.open("run").clips):
        with pytest.raises(DataError, match=r"There is no folder (?s:.*)--set data\.root=FOLDER") as caught:
            ask()
        assert str(tmp_path) in str(caught.value)
    there = f"data.root={tmp_path / 'gone'}"
    code, out, _ = call("evaluate", tmp_path / "run", "--set", there)
    assert code == 0 and f"{before.auc:.4f}" in out
    assert {clip.path.parent.parent for clip in Run.open(tmp_path / "run", set=[there]).clips()} == {tmp_path / "gone"}
    assert (tmp_path / "run" / "recipe.yaml").read_bytes() == recipe


def test_a_stopped_run_whose_data_has_moved_goes_on(tiny, tmp_path, monkeypatch, call):
    miniatures.folder(tmp_path / "sounds")
    with monkeypatch.context() as patch:
        patch.setattr(fit.StopSignals, "asked", lambda self, fabric: 15)
        with pytest.raises(Interrupted):
            mixerkit.train(tiny, set=[f"data={{kind: folder, root: {tmp_path}/sounds}}", "runner.epochs=1"], out=tmp_path / "run")
    (tmp_path / "sounds").rename(tmp_path / "gone")
    assert call("train", "--resume", tmp_path / "run")[0] == 3
    assert call("train", "--resume", tmp_path / "run", "--set", f"data.root={tmp_path}/gone")[0] == 0
    assert Run.open(tmp_path / "run").status == "finished"


@pytest.mark.parametrize("setting", ["data.group='(x)'", "data.seed=3", "audio.seconds=1", "data={kind: synthetic-events}"])
def test_nothing_but_the_place_of_the_data_can_be_set_for_a_run(on_data, tmp_path, call, setting):
    for words in (["evaluate", tmp_path / "run"], ["train", "--resume", tmp_path / "run"]):
        code, _, err = call(*words, "--set", setting)
        assert code == 2
        assert "cannot be changed: a run keeps the settings" in err
        assert "data.root" in err


def test_made_data_has_no_place_to_set(stopped):
    with pytest.raises(UsageError, match="the package makes its data"):
        Run.open(stopped, set=["data.train=9"])
