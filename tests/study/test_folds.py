"""UrbanSound8K's protocol in miniature: every fold is tested once, the next validates, no tested fold chooses an epoch."""

import csv
import shutil
from collections import Counter

import numpy as np
import pytest
import soundfile
from safetensors.torch import load_file

import mixerkit
from mixerkit import Run
from mixerkit.datasets.urbansound8k import TABLES
from mixerkit.rundir.folder import RunDir
from mixerkit.runner import fit
from mixerkit.study import run_study
from tests.datasets.miniatures import urbansound8k
from tests.study.conftest import Workspace

EPOCHS = 5
TINY = """\
name: tiny
data: {kind: urbansound8k, root: ROOT, allow_subset: true}
audio: {rate: 8000, seconds: 0.25}
features: {kind: log-mel, n_mels: 32}
model:
  dim: 16
  depth: 1
  patches: {size: 8, stride: 8}
  block: {operators: [hermit-frequency, roll-time]}
runner: {epochs: 5, batch_size: 20, device: cpu, schedule: constant, optimizer: {kind: adamw, lr: 1e-2}}
"""
RNG = np.random.default_rng(7)


def hum(path, label, rate=8_000):
    """A tone whose pitch hints at the class, in much noise: it can be learnt a little, so that epochs differ."""
    samples = np.arange(round(0.25 * rate)) / rate
    tone = np.sin(2 * np.pi * (300 + 330 * label) * samples + RNG.uniform(0, 6))
    soundfile.write(path, 0.2 * tone + RNG.uniform(-0.3, 0.3, len(samples)), rate)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """All ten folds, trained once; its bench too."""
    workspace = Workspace(tmp_path_factory.mktemp("us8k"))
    urbansound8k(workspace.path / "data")
    for path in (workspace.path / "data" / "audio").rglob("*.wav"):
        hum(path, int(path.name.split("-")[1]))
    (workspace.path / "tiny.yaml").write_text(TINY.replace("ROOT", str(workspace.path / "data")))
    return run_study(workspace.study("folds: all\n", recipes="[tiny.yaml]", seeds="[0]"), out=workspace.out)


def splits(study, trial):
    """{split: [clips]} of a trial, as its run says."""
    found = {}
    for clip in RunDir(study.run(trial)).read_splits(None):
        found.setdefault(clip.split, []).append(clip)
    return found


@pytest.mark.slow
def test_every_fold_is_tested_once_and_the_next_one_validates(study):
    assert [trial.fold for trial in study.plan.trials] == list(range(1, 11))
    tested = Counter()
    for trial in study.plan.trials:
        parts = splits(study, trial)
        assert {clip.fold for clip in parts["test"]} == {str(trial.fold)}
        assert {clip.fold for clip in parts["val"]} == {str(trial.fold % 10 + 1)}
        assert {clip.fold for clip in parts["train"]} == {str(n) for n in range(1, 11)} - {
            str(trial.fold),
            str(trial.fold % 10 + 1),
        }
        places = {name: {clip.path for clip in clips} for name, clips in parts.items()}
        assert not places["test"] & places["train"]
        assert not places["val"] & places["train"]
        assert not places["test"] & places["val"]
        assert all(path.parts[1] == f"fold{clip.fold}" for clips in parts.values() for clip in clips for path in [clip.path])
        tested.update(places["test"])
    assert set(tested.values()) == {1}
    assert len(tested) == 100
    (line,) = study.table().lines
    protocol = "urbansound8k official10, subset: 10 classes, 100 clips, fold by fold"
    assert (line.finished, study.table().protocols) == (10, (protocol,))


def best_epoch(rows):
    """By validation alone: higher accuracy, then higher AUC, then the earlier epoch."""
    return max(rows, key=lambda row: (row["val/accuracy"], row["val/auc"], -row["epoch"]))["epoch"]


@pytest.mark.slow
def test_the_best_epoch_is_that_of_validation_and_there_was_a_choice(study):
    chosen = []
    for trial in study.plan.trials:
        run = Run.open(study.run(trial))
        assert run.summary["best_epoch"] == best_epoch(run.metrics)
        assert len(run.metrics) == EPOCHS
        chosen.append(run.summary["best_epoch"])
    assert len(set(chosen)) > 1
    assert min(chosen) < EPOCHS


def otherwise(root, fold):
    """Other sounds in the files of a fold, their classes moved on by three: nothing of its test stays as it was."""
    for path in (root / "audio" / f"fold{fold}").iterdir():
        hum(path, int(RNG.integers(10)))
    with (root / TABLES[0]).open(newline="") as file:
        head, *rows = csv.reader(file)
    place, name = head.index("fold"), head.index("class")
    mine = [row for row in rows if row[place] == str(fold)]
    names = [row[name] for row in mine]
    for row, other in zip(mine, names[3:] + names[:3], strict=True):
        row[name] = other
    with (root / TABLES[0]).open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])


@pytest.mark.slow
def test_whatever_the_tested_fold_holds_the_same_epoch_and_the_same_weights_are_chosen(study, tmp_path):
    early = [c for c in study.plan.trials if Run.open(study.run(c)).summary["best_epoch"] < EPOCHS][:3]
    assert early, "a choice that is not the last epoch"
    differ = 0
    for trial in early:
        root = tmp_path / f"data{trial.fold}"
        before = Run.open(study.run(trial))
        shutil.copytree(before.recipe.data.root, root)
        otherwise(root, trial.fold)
        set_ = [f"data.root={root}", f"data.fold={trial.fold}", f"runner.seed={trial.seed}"]
        after = mixerkit.train(study.path.parent / "tiny.yaml", set=set_, out=tmp_path / f"run{trial.fold}")
        assert after.summary["best_epoch"] == before.summary["best_epoch"]
        for one, other in zip(before.metrics, after.metrics, strict=True):
            assert {k: v for k, v in one.items() if "second" not in k} == {k: v for k, v in other.items() if "second" not in k}
        val = {name: value for name, value in before.summary.items() if name.startswith("val/")}
        assert val
        assert val == {name: value for name, value in after.summary.items() if name.startswith("val/")}
        one, other = (load_file(run.path / "checkpoints" / "best.safetensors") for run in (before, after))
        assert one.keys() == other.keys()
        assert all((one[name] == other[name]).all() for name in one)
        assert (before.path / "features.json").read_bytes() == (after.path / "features.json").read_bytes()
        differ += before.summary["test/accuracy"] != after.summary["test/accuracy"]
        assert before.summary["test/auc"] != after.summary["test/auc"]
    assert differ, "another test, other figures"


@pytest.mark.slow
def test_the_test_split_is_looked_at_once_and_after_the_last_epoch(study, tmp_path, monkeypatch):
    seen, root = [], Run.open(study.run(study.plan.trials[0])).recipe.data.root
    original, stepped = fit.evaluate_split, fit.Training._step

    def looked(fabric, model, front_end, data, split, *arguments):
        seen.append({clip.split for clip in data.waves[split].clips})
        return original(fabric, model, front_end, data, split, *arguments)

    def step(self, index, *arguments):
        seen.append({self.data.waves["train"].clips[i].split for i in index.tolist()})
        return stepped(self, index, *arguments)

    monkeypatch.setattr(fit, "evaluate_split", looked)
    monkeypatch.setattr(fit.Training, "_step", step)
    mixerkit.train(study.path.parent / "tiny.yaml", set=[f"data.root={root}", "data.fold=4"], out=tmp_path / "run")
    steps = 80 // 20
    assert seen[: EPOCHS * (steps + 1)] == [*[{"train"}] * steps, {"val"}] * EPOCHS
    assert seen[EPOCHS * (steps + 1) :].count({"test"}) == 1
    assert all(part in ({"test"}, {"val"}) for part in seen[EPOCHS * (steps + 1) :])
