"""Real processes: killed at any moment and begun again, or two at once, a study comes to the same table."""

import csv
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from safetensors.torch import load_file

import mixerkit
from mixerkit.study import run as running
from mixerkit.study import run_study
from tests.conftest import TINY
from tests.registry.test_faulty_plugins import PLUGIN, SOUND
from tests.study.conftest import ONE_EPOCH, Workspace, contents
from tests.study.test_table import cells_of

STUDY = [sys.executable, "-m", "mixerkit", "study"]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGKILL]
ENDS = {signal.SIGKILL: {-9}, signal.SIGTERM: {143, -15}, signal.SIGINT: {130}}
SEED = 20


def begun(workspace, **environment):
    command = [*STUDY, str(workspace.file), "--out", str(workspace.out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})


def killed(workspace, number, rng):
    """Run the study, and send it the signal at some moment of its first trials; what it printed."""
    process, printed = begun(workspace), []
    for _ in range(rng.randint(3, 22)):
        printed.append(process.stdout.readline())
    time.sleep(rng.uniform(0.0, 0.1))
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode in ENDS[number], err
    assert "Traceback" not in err
    return "".join(printed) + out


def without(rows, *heads):
    """Rows of a table, header first, but for these columns."""
    places = [i for i, head in enumerate(rows[0]) if head not in heads]
    return [[row[i] for i in places] for row in rows]


def tables(folder):
    markdown = [cells_of(line) for line in (folder / "table.md").read_text().partition("\n\n")[0].splitlines()]
    full = without(list(csv.reader((folder / "table.csv").open())), "clips_per_second", "seconds")
    return full, without([markdown[0], *markdown[2:]], "clips/s", "time")


def finished(study):
    return [trial for trial in study.plan.trials if study.state(trial) == "finished"]


@pytest.mark.slow
def test_a_study_that_is_killed_again_and_again_comes_to_the_very_same_table(tmp_path, capsys):
    whole, cut = Workspace(tmp_path / "one"), Workspace(tmp_path / "other")
    for workspace in (whole, cut):
        (workspace.path / "tiny.yaml").write_text(TINY)
        workspace.study("folds: [1, 3]\nset: [data.folds=3]\n")
    reference = run_study(whole.file, out=whole.out)
    rng, printed, kept = random.Random(SEED), "", {}
    for number in SIGNALS:
        printed += killed(cut, number, rng)
        study = mixerkit.Study.open(cut.out)
        kept |= {study.run(trial): contents(study.run(trial)) for trial in finished(study)}
        assert len([trial for trial in study.plan.trials if study.state(trial) == "stopped"]) <= 1
    assert 0 < len(kept) < 8, "the moments are well chosen"
    capsys.readouterr()
    study = run_study(cut.file, out=cut.out)
    printed += capsys.readouterr().out
    assert len(finished(study)) == 8
    assert tables(cut.out) == tables(whole.out)
    assert kept == {folder: contents(folder) for folder in kept}
    for trial in study.plan.trials:
        one, other = (load_file(s.run(trial) / "checkpoints" / "best.safetensors") for s in (reference, study))
        assert all((one[name] == other[name]).all() for name in one)
    assert 16 <= printed.count("\nepoch ") <= 16 + len(SIGNALS), "a kill costs the epoch that it interrupts"
    assert not [path.name for path in (cut.out / "trials").glob(".*")]


MEETING = """
import os, pathlib, time
if "MEET" in os.environ:
    place = pathlib.Path(os.environ["MEET"])
    (place / str(os.getpid())).touch()
    began = time.monotonic()
    while len(list(place.iterdir())) < 2 and time.monotonic() - began < 60:
        time.sleep(0.005)
"""
"""Code of a plugin that waits until two processes have loaded it: both then stand before the same trials at once."""


@pytest.mark.slow
def test_two_processes_share_the_trials_and_each_is_trained_once(tmp_path, monkeypatch):
    workspace = Workspace(tmp_path)
    (tmp_path / "meeting").mkdir()
    (tmp_path / "meet.py").write_text(PLUGIN.format(**SOUND) + MEETING)
    (tmp_path / "tiny.yaml").write_text(ONE_EPOCH.replace("[hermit-frequency, roll-time]", "[mine]") + "plugins: [meet]\n")
    workspace.study(recipes="[tiny.yaml]", seeds="[0, 1, 2, 3, 4, 5]")
    both = [begun(workspace, MEET=str(tmp_path / "meeting"), PYTHONHASHSEED=str(seed)) for seed in (1, 2)]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in both]
    assert [code for *_, code in ended] == [0, 0], ended
    assert len(list((tmp_path / "meeting").iterdir())) == 2
    for trial in mixerkit.plan_study(workspace.file).trials:
        assert sum(out.count(f"({trial.id})") for out, *_ in ended) == 1, trial
    assert all("epoch   1/1" in out for out, *_ in ended), "both had a part in it"
    monkeypatch.setattr(running, "train", None)
    monkeypatch.setattr(running, "resume", None)
    study = run_study(workspace.file, out=workspace.out)
    (row,) = csv.DictReader((workspace.out / "table.csv").open())
    assert (row["planned"], row["finished"]) == ("6", "6")
    accuracies = [result["test/accuracy"] for result in study.results().values()]
    assert float(row["test/accuracy"]) == pytest.approx(sum(accuracies) / 6, abs=1e-12)
