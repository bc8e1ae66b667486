"""The command line as real processes: signals, several devices, python -m."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from safetensors.torch import load_file

from mixerkit import Run
from tests.conftest import TINY

TRAIN = [sys.executable, "-m", "mixerkit", "train"]
LONG = TINY.replace("train: 3", "train: 30").replace("epochs: 2", "epochs: 12")


def train(*words, **environment):
    command = [*TRAIN, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False, timeout=300)


def test_python_m_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "mixerkit", "list", "operators", "roll"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("roll ")


def test_a_closed_pipe_is_no_mistake():
    command = f"{sys.executable} -m mixerkit show recipes/asm_rh.yaml | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_real_signal_saves_and_the_run_goes_on_bit_for_bit(tmp_path, number):
    (tmp_path / "long.yaml").write_text(LONG)
    assert train(tmp_path / "long.yaml", "--out", tmp_path / "whole").returncode == 0
    command = [*TRAIN, tmp_path / "long.yaml", "--out", tmp_path / "cut"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    rows = tmp_path / "cut" / "metrics.jsonl"
    while not rows.is_file() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number, err.decode()
    assert b"--resume" in err
    assert b"Traceback" not in err
    status = json.loads((tmp_path / "cut" / "status.json").read_text())
    assert status["status"] == "interrupted"
    done = train("--resume", tmp_path / "cut")
    assert done.returncode == 0, done.stderr
    one, other = (load_file(tmp_path / name / "checkpoints" / "best.safetensors") for name in ("whole", "cut"))
    assert all((one[name] == other[name]).all() for name in one)


@pytest.mark.slow
def test_two_devices_train_as_one(tmp_path):
    """The same batches over two processes: the same figures but for rounding, every clip evaluated once."""
    (tmp_path / "tiny.yaml").write_text(TINY.replace("drop_path: {rate: 0.2}", "drop_path: {rate: 0.0}"))
    done = train(tmp_path / "tiny.yaml", "--out", tmp_path / "two", "--set", "runner.devices=2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("test accuracy") == 1
    assert train(tmp_path / "tiny.yaml", "--out", tmp_path / "one").returncode == 0
    one, two = Run.open(tmp_path / "one"), Run.open(tmp_path / "two")
    for a, b in zip(one.metrics, two.metrics, strict=True):
        for name in ("train/loss", "val/loss", "lr"):
            assert a[name] == pytest.approx(b[name], rel=1e-4)
    for a, b in zip(one.model().parameters(), two.model().parameters(), strict=True):
        assert (a - b).abs().max() < 2e-3
