"""What the system refuses to write is a letter, and the run goes on."""

import errno
import json
import os
import subprocess
import sys

import pytest
import torch

import mixerkit
from mixerkit import Run
from mixerkit.atomic import write_errors
from mixerkit.errors import DataError, MixerkitError
from mixerkit.rundir import checkpoint
from mixerkit.runner import finish, fit
from mixerkit.runner.fit import Training
from tests.runner.test_life import left_in

FULL = OSError(errno.ENOSPC, "No space left on device")


def full(*_, **__):
    raise FULL


def full_after(patch, owner, name, calls):
    """From the call of that number on, ``owner.name`` finds no space."""
    original, count = getattr(owner, name), []

    def limited(*arguments, **named):
        count.append(1)
        return full() if len(count) > calls else original(*arguments, **named)

    patch.setattr(owner, name, limited)


WRITES = [
    (torch, "save", "last.pt"),
    (checkpoint, "save_file", "best.safetensors"),
    (finish, "draw_curves", "curves.png"),
    (finish, "draw_confusion", "confusion.png"),
]


@pytest.mark.parametrize(("module", "writes", "name"), WRITES, ids=[name for *_, name in WRITES])
def test_a_full_disk_is_a_clear_error(tiny, tmp_path, monkeypatch, module, writes, name):
    with monkeypatch.context() as patch:
        patch.setattr(module, writes, full)
        with pytest.raises(DataError, match=rf"{name}\n.*No space left on device") as caught:
            mixerkit.train(tiny, out=tmp_path / "run")
    assert caught.value.exit_code == 3
    assert Run.open(tmp_path / "run").status == "failed"
    assert not [path for path in (tmp_path / "run").rglob(".*") if path.name != ".lock"]
    assert mixerkit.resume(tmp_path / "run").status == "finished"


@pytest.mark.parametrize("calls", range(0, 30, 2))
def test_a_disk_that_fills_up_at_any_time_is_a_clear_error_and_the_run_goes_on(tiny, tmp_path, monkeypatch, calls):
    """Every file is synced before it is put in place: the disk is full from one such moment on, for status.json too."""
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        full_after(patch, os, "fsync", calls)
        try:
            mixerkit.train(tiny, out=out)
        except MixerkitError as message:
            assert "No space left on device" in str(message)
            assert str(message).startswith(str(tmp_path))
        else:
            assert calls > 12
    assert not [path for path in tmp_path.rglob(".*") if path.name != ".lock"]
    again = mixerkit.resume(out) if out.is_dir() and Run.open(out).status != "finished" else None
    assert again is None or again.status == "finished"


def test_a_half_written_row_of_metrics_is_a_clear_error(tiny, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(fit.RunDir, "append_metrics", half)
        with pytest.raises(DataError, match=r"metrics\.jsonl\n.*No space left"):
            mixerkit.train(tiny, out=tmp_path / "run")
    assert [row["epoch"] for row in mixerkit.resume(tmp_path / "run").metrics] == [1, 2]


def half(folder, row):
    path = folder.path / "metrics.jsonl"
    with write_errors(path), path.open("a") as file:
        file.write(json.dumps(row)[:9])
        full()


def test_a_full_status_does_not_hide_why_a_run_ended(tiny, tmp_path, monkeypatch):
    """The loss diverges on a full disk: the letter is about the loss."""

    def diverging(self, *_):
        monkeypatch.setattr(os, "fsync", full)
        self._refuse_non_finite(float("inf"), "loss")

    with monkeypatch.context() as patch:
        patch.setattr(
            Training, "_step", lambda self, *_: patch.setattr(os, "fsync", full) or self._refuse_non_finite(1e999, "loss")
        )
        with pytest.raises(mixerkit.errors.DivergedError, match="The loss is inf"):
            mixerkit.train(tiny, out=tmp_path / "run")


def test_a_state_as_torch_fails_on_a_full_disk(tmp_path):
    """torch says "unexpected pos" where the disk is full; the system's own reason is what a user needs."""
    program = (
        "import resource, torch, sys\n"
        "from pathlib import Path\n"
        "from mixerkit.rundir.checkpoint import save_state, save_weights\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, -1))\n"
        "for save, more in ((save_state, []), (save_weights, [{}])):\n"
        "    try: save(Path(sys.argv[1]) / 'file', {'x': torch.zeros(99_999)}, *more)\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.count("DataError") == 2
    assert done.stdout.count("File too large") == 2
    assert left_in(tmp_path) == set()
