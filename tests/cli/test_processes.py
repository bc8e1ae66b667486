"""The command line as real processes: signals, several devices, python -m."""

import json
import os
import signal
import subprocess
import sys
import time

import filelock
import pytest
from safetensors.torch import load_file

from mixerkit import Run, build_model
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
    process = stopped_after_an_epoch([*TRAIN, tmp_path / "long.yaml", "--out", tmp_path / "cut"], tmp_path / "cut", number)
    assert process.returncode == 128 + number, process.stderr
    assert "--resume" in process.stderr
    assert "Traceback" not in process.stderr
    status = json.loads((tmp_path / "cut" / "status.json").read_text())
    assert status["status"] == "interrupted"
    done = train("--resume", tmp_path / "cut")
    assert done.returncode == 0, done.stderr
    assert same_weights(tmp_path / "whole", tmp_path / "cut")


def stopped_after_an_epoch(command, folder, number):
    """Run ``command``, send it a signal when it has written its first epoch, wait for its end."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (folder / "metrics.jsonl").is_file() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def same_weights(one, other):
    a, b = (load_file(path / "checkpoints" / "best.safetensors") for path in (one, other))
    return all((a[name] == b[name]).all() for name in a)


ODD = TINY.replace("drop_path: {rate: 0.2}", "drop_path: {rate: 0.0}").replace("batch_size: 8", "batch_size: 7")
SGD = "runner.optimizer={kind: sgd, lr: 0.05, weight_decay: 0.0}"
AUGMENT = "features.augment={gain_db: 6, snr_db: [5, 20], mixup: {prob: 0.6}, delay_ms: 20, time_mask: 8, noise: 0.1, roll: 5}"
CROP = "audio={seconds: 0.42, crop: random}"


@pytest.mark.slow
@pytest.mark.parametrize("parts", [1, 3])
def test_two_devices_train_as_one(tmp_path, parts):
    """Batches of seven over two processes: unequal ranks, and still the same gradients and figures but for rounding.

    In parts: the four clips of one rank and the three of the other in three each, augmented, and what is kept is an average.
    Plain SGD, because Adam would hide a wrong factor on the gradient.
    """
    (tmp_path / "odd.yaml").write_text(ODD)
    mean = ["--set", "runner.average={kind: ema, decay: 0.5}", "--set", AUGMENT, "--set", CROP] if parts > 1 else []
    for name, devices in (("one", 1), ("two", 2)):
        more = [*mean, "--set", f"runner.micro_batches={parts}"] if devices > 1 else mean
        words = ["--set", SGD, "--set", f"runner.devices={devices}", *more]
        done = train(tmp_path / "odd.yaml", "--out", tmp_path / name, *words)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("test accuracy") == 1
    one, two = Run.open(tmp_path / "one"), Run.open(tmp_path / "two")
    for a, b in zip(one.metrics, two.metrics, strict=True):
        for name in ("train/loss", "val/loss", "val/auc", "lr"):
            assert a[name] == pytest.approx(b[name], rel=1e-5)
    start = build_model(one.recipe, 10)
    for a, b, before in zip(one.model().parameters(), two.model().parameters(), start.parameters(), strict=True):
        moved = (a - before).abs().max()
        assert (a - b).abs().max() <= 1e-3 * moved + 1e-7


@pytest.mark.slow
def test_two_devices_stop_together_and_go_on(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    two = ["--set", "runner.devices=2"]
    assert train(tmp_path / "long.yaml", "--out", tmp_path / "whole", *two).returncode == 0
    command = [*TRAIN, tmp_path / "long.yaml", "--out", tmp_path / "cut", *two]
    process = stopped_after_an_epoch(command, tmp_path / "cut", signal.SIGTERM)
    assert process.returncode == 143
    done = train("--resume", tmp_path / "cut")
    assert done.returncode == 0, done.stderr
    assert same_weights(tmp_path / "whole", tmp_path / "cut")


@pytest.mark.slow
def test_a_second_resume_is_refused_and_the_first_goes_on(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG.replace("epochs: 12", "epochs: 300"))
    run = tmp_path / "run"
    assert stopped_after_an_epoch([*TRAIN, tmp_path / "long.yaml", "--out", run], run, signal.SIGTERM).returncode == 143
    rows = (run / "metrics.jsonl").read_text().count("\n")
    first = subprocess.Popen([*TRAIN, "--resume", run], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while (run / "metrics.jsonl").read_text().count("\n") <= rows and first.poll() is None:
        time.sleep(0.02)
    second = train("--resume", run)
    assert second.returncode == 2
    assert "Another process is training in it" in second.stderr
    assert "decod" not in second.stdout
    assert first.poll() is None
    first.kill()
    first.communicate()
    first = subprocess.Popen([*TRAIN, "--resume", run], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    status = run / "status.json"
    while f'"pid": {first.pid}\n' not in status.read_text() and first.poll() is None:
        time.sleep(0.02)
    first.send_signal(signal.SIGTERM)  # the killed one's lock was free, whatever its status says
    _, err = first.communicate(timeout=120)
    assert first.returncode == 143, err


def test_ctrl_c_twice_ends_at_once_with_a_sentence(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG.replace("epochs: 12", "epochs: 300"))
    command = [*TRAIN, tmp_path / "long.yaml", "--out", tmp_path / "run"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "run" / "metrics.jsonl").is_file() and process.poll() is None:
        time.sleep(0.02)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.003)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Stopped" in err
    assert "--resume" in err
    assert "Traceback" not in err
    assert json.loads((tmp_path / "run" / "status.json").read_text())["status"] == "interrupted"


@pytest.mark.slow
def test_of_several_processes_the_first_holds_the_run_and_a_refusal_ends_them_all(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    two = ["--set", "runner.devices=2"]
    command = [*TRAIN, tmp_path / "long.yaml", "--out", tmp_path / "run", *two]
    assert stopped_after_an_epoch(command, tmp_path / "run", signal.SIGTERM).returncode == 143
    with filelock.FileLock(tmp_path / "run" / ".lock"):
        began = time.monotonic()
        refused = train("--resume", tmp_path / "run")
        assert refused.returncode == 2, refused.stderr
        assert refused.stderr.count("Another process is training in it") == 1
        assert "Traceback" not in refused.stderr
        assert time.monotonic() - began < 60
    assert train("--resume", tmp_path / "run").returncode == 0
