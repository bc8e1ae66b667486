"""A third-party kind that is no operator: what it returns wrongly is named with its file and line, before any data is touched."""

import re
from textwrap import dedent

import pytest

from tests.conftest import TINY

KINDS = {
    "loss": """
        from mixerkit import LossSpec, Objective, loss
        class Made(Objective):
            def loss(self, logits, targets):
                return {loss}
            def scores(self, logits):
                return {scores}
        @loss
        class MineSpec(LossSpec):
            kind: Literal["mine"] = "mine"
            multi_label = {multi_label}
            def build(self, classes): return {build}
        """,
    "head": """
        from mixerkit import HeadSpec, head
        class Made(nn.Module):
            def __init__(self, dim, classes):
                super().__init__()
                self.linear = nn.Linear(dim, classes)
            def forward(self, x, valid):
                return {forward}
        @head
        class MineSpec(HeadSpec):
            kind: Literal["mine"] = "mine"
            def build(self, grid, classes): return {build}
            def check(self, grid): return {check}
        """,
    "schedule": """
        from mixerkit import FactorScheduler, ScheduleSpec, schedule
        @schedule
        class MineSpec(ScheduleSpec):
            kind: Literal["mine"] = "mine"
            def build(self, optimizer, epochs, steps): return {build}
        """,
    "optimizer": """
        from mixerkit import OptimizerSpec, optimizer
        @optimizer
        class MineSpec(OptimizerSpec):
            kind: Literal["mine"] = "mine"
            def build(self, model): return {build}
        """,
    "average": """
        from mixerkit import AverageSpec, WeightAverage, average
        class Made(WeightAverage):
            def mean(self): return {mean}
        @average
        class MineSpec(AverageSpec):
            kind: Literal["mine"] = "mine"
            def build(self, model): return {build}
        """,
    "metric": """
        from mixerkit import MetricSpec, metric
        @metric
        class MineSpec(MetricSpec):
            kind: Literal["mine"] = "mine"
            higher_is_better = {higher_is_better}
            @property
            def name(self): return {name}
            def compute(self, scores, targets): return {compute}
        """,
    "feature": """
        from mixerkit import FeatureSpec, InputShape, WaveformFrontEnd, feature
        class Made(WaveformFrontEnd):
            def values(self, waves, lengths):
                return {values}
        @feature
        class MineSpec(FeatureSpec):
            kind: Literal["mine"] = "mine"
            def input_shape(self, rate, samples): return {input_shape}
            def shortest(self, rate): return {shortest}
            def build(self, rate, samples, pad): return {build}
        """,
    "dataset": """
        from pathlib import Path
        from mixerkit import Clip, DatasetSpec, dataset
        @dataset
        class MineSpec(DatasetSpec):
            kind: Literal["mine"] = "mine"
            output_kind = {output_kind}
            def clips(self): return {clips}
            def labels(self): return {labels}
        """,
}
CROSS_ENTROPY = "nn.functional.cross_entropy(logits, targets, reduction='sum')"
SOUND = {
    "loss": {"loss": CROSS_ENTROPY, "scores": "logits.softmax(1)", "multi_label": "False", "build": "Made(classes)"},
    "head": {"forward": "self.linear(x.mean((1, 2)))", "build": "Made(grid.dim, classes)", "check": "[]"},
    "schedule": {"build": "FactorScheduler(optimizer, lambda update: 0.5)"},
    "optimizer": {"build": "torch.optim.Adagrad(self.parameter_groups(model), lr=self.lr)"},
    "average": {"mean": "dict(self.model.state_dict())", "build": "Made(model)"},
    "metric": {"compute": "0.5", "name": "'mine'", "higher_is_better": "True"},
    "feature": {
        "values": "(waves.unfold(1, 400, 160).abs().transpose(1, 2)[:, None, :32], (lengths - 400) // 160 + 1)",
        "input_shape": "InputShape(32, 48)",
        "shortest": "400",
        "build": "Made(self, rate, samples, pad)",
    },
    "dataset": {"output_kind": "'waveform'", "clips": "[Clip(Path('a.wav'), 'a')]", "labels": "None"},
}
USED = {
    "loss": "runner.loss=my-loss",
    "head": "model.head=my-head",
    "schedule": "runner.schedule=my-schedule",
    "optimizer": "runner.optimizer=my-optimizer",
    "average": "runner.average=my-average",
    "metric": "runner.metrics=[my-metric]",
    "feature": "features=my-feature",
    "dataset": "data=my-dataset",
}


def written(folder, what, **faults):
    """Write a plugin of one kind with these faults; its name."""
    text = "from typing import Literal\nimport torch\nfrom torch import nn\n" + dedent(KINDS[what])
    text = text.format(**{**SOUND[what], **faults}).replace('"mine"', f'"my-{what}"')
    (folder / f"my_{what}.py").write_text(text)
    return f"my_{what}"


@pytest.fixture
def run(call, tmp_path):
    """Write a plugin with faults, and run a command on the tiny recipe with it: its exit code, output and error message."""

    def ran(command, what, **faults):
        name = written(tmp_path, what, **faults)
        (tmp_path / "tiny.yaml").write_text(TINY + f"plugins: [{name}]\n")
        more = ["--set", USED[what], *(["--out", tmp_path / "run"] if command == "train" else [])]
        return call(command, tmp_path / "tiny.yaml", *more)

    return ran


@pytest.mark.parametrize("what", KINDS)
def test_a_sound_one_is_left_alone(run, what):
    assert run("check", what)[0] == 0


def test_sound_ones_train_together_and_the_run_opens_without_their_files(call, tmp_path):
    kinds = [what for what in KINDS if what != "dataset"]
    names = [written(tmp_path, what) for what in kinds]
    (tmp_path / "tiny.yaml").write_text(TINY + f"plugins: [{', '.join(names)}]\n")
    more = [word for what in kinds for word in ("--set", USED[what])]
    code, _, err = call("train", tmp_path / "tiny.yaml", *more, "--out", tmp_path / "run")
    assert code == 0, err
    for name in names:
        (tmp_path / f"{name}.py").unlink()
    code, out, _ = call("evaluate", tmp_path / "run")
    assert code == 0
    assert re.search(r"^test/mine +0\.5000$", out, flags=re.M)


FAULTS = [
    ("loss", {"build": "None"}, "build returned None"),
    ("loss", {"build": "nn.CrossEntropyLoss()"}, "build returned CrossEntropyLoss()"),
    ("loss", {"multi_label": "'no'"}, "Its multi_label is 'no'"),
    ("loss", {"loss": "nn.functional.cross_entropy(logits, targets, reduction='none')"}, "Its loss returned [8] float32"),
    ("loss", {"loss": "nn.functional.cross_entropy(logits, targets)"}, "The sum over clips, which is twice as much"),
    ("loss", {"loss": f"{CROSS_ENTROPY}.item()"}, "Its loss returned "),
    ("loss", {"loss": f"{CROSS_ENTROPY}.detach()"}, "Its loss returned [] float32, without a gradient"),
    ("loss", {"loss": "logits.sum() / 0 * float('nan')"}, "Its loss of 8 clips is nan"),
    ("loss", {"loss": "targets.no_such()"}, "AttributeError in Made.loss"),
    ("loss", {"scores": "logits"}, "Its scores returned [8, 10] float32, not all within 0 and 1"),
    ("loss", {"scores": "logits.softmax(1).amax(1)"}, "Its scores returned [8] float32"),
    ("head", {"build": "None"}, "build returned None"),
    ("head", {"check": "'flat'"}, "check returned 'flat'"),
    ("head", {"forward": "self.linear(x)"}, "Its module returned [2, 4, 6, 10] float32"),
    ("head", {"forward": "self.linear(x.mean((1, 2))).argmax(1)"}, "Its module returned [2] int64"),
    ("head", {"build": "nn.Linear(grid.dim, classes)"}, "TypeError when what it builds was tried on a small batch"),
    ("schedule", {"build": "None"}, "build returned None"),
    ("schedule", {"build": "torch.optim.lr_scheduler.ConstantLR(optimizer)"}, "An object with a method step_update(update)"),
    ("schedule", {"build": "FactorScheduler"}, "build returned <class"),
    (
        "schedule",
        {"build": "FactorScheduler(optimizer, lambda update: -1.0)"},
        "It set a learning rate of -0.001 at update 0 of 20",
    ),
    ("schedule", {"build": "FactorScheduler(optimizer, lambda update: float('nan'))"}, "It set a learning rate of nan"),
    ("optimizer", {"build": "model"}, "build returned Sequential"),
    ("optimizer", {"build": "torch.optim.Adagrad(self.parameter_groups(model), lr=self.rate)"}, "no attribute 'rate'"),
    ("average", {"build": "model"}, "build returned Sequential"),
    ("average", {"mean": "{}"}, "Its mean returned a state of 0 tensors"),
    ("average", {"mean": "list(self.model.parameters())"}, "Its mean returned [Parameter"),
    ("metric", {"compute": "'high'"}, "compute returned 'high'"),
    ("metric", {"compute": "scores.mean()"}, "compute returned tensor("),
    ("metric", {"name": "'My metric'"}, "name returned 'My metric'"),
    ("metric", {"higher_is_better": "1"}, "Its higher_is_better is 1"),
    ("metric", {"compute": "scores.gather(1, targets).mean().item()"}, "in MineSpec.compute"),
    ("feature", {"input_shape": "(32, 48)"}, "input_shape returned (32, 48)"),
    ("feature", {"shortest": "0.025"}, "shortest returned 0.025"),
    ("feature", {"build": "nn.Identity()"}, "build returned Identity()"),
    ("feature", {"values": "waves"}, "Its values returned [2, 8000] float32"),
    ("feature", {"values": "(waves[:, None, None], lengths)"}, "Its values returned [2, 1, 1, 8000] float32 and [2] int64"),
    ("feature", {"values": "(waves.no_such(), lengths)"}, "AttributeError in Made.values"),
    ("dataset", {"clips": "['a.wav', 'b.wav']"}, "clips returned ['a.wav', 'b.wav']"),
    ("dataset", {"clips": "None"}, "clips returned None"),
    ("dataset", {"clips": "[Clip('a.wav', 'a')]"}, "clips returned [Clip(path='a.wav'"),
    ("dataset", {"labels": "['a', 'b']"}, "labels returned ['a', 'b']"),
    ("dataset", {"output_kind": "'sounds'"}, "Its output_kind is 'sounds'"),
]


@pytest.mark.parametrize(("what", "faults", "message"), FAULTS, ids=[f"{what} {next(iter(f.items()))}" for what, f, _ in FAULTS])
def test_a_fault_is_named_with_file_and_line(run, what, faults, message, tmp_path):
    code, _, err = run("train", what, **faults)
    assert code == 2, err
    assert "Traceback" not in err
    assert "bug of mixerkit" not in err
    assert f"my_{what}.py, line " in err
    assert message in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("what", "line", "instead", "message"),
    [
        ("loss", "def build(self, classes)", "def build(self)", "It is written as: def build(self, classes)"),
        ("loss", "multi_label = False", "multi_label: bool = False", "Its multi_label is a setting"),
        ("schedule", "def build(self, optimizer, epochs, steps)", "def made(self, *_)", "It has no build."),
        ("metric", "    @property\n", "", "It is written as: def name(self), a property"),
        ("dataset", "def clips(self)", "def clips(self, root)", "clips(self, root) cannot be called as the kit calls it"),
    ],
)
def test_a_class_that_is_written_wrongly_is_refused_when_it_is_loaded(call, tmp_path, what, line, instead, message):
    path = tmp_path / f"{written(tmp_path, what)}.py"
    assert line in path.read_text()
    path.write_text(path.read_text().replace(line, instead))
    code, _, err = call("info", f"my-{what}", "--plugin", path)
    assert code == 2
    assert message in err
    assert f"my_{what}.py, line " in err


def test_a_kind_of_each_sort_is_found_by_its_text(call, tmp_path, monkeypatch):
    """In a text that nobody has run, and in lists and explanations once it is named."""
    monkeypatch.chdir(tmp_path)
    for what in KINDS:
        written(tmp_path, what)
        listed = {"loss": "losses"}.get(what, f"{what}s")
        assert f"my-{what}" in call("list", listed, "--plugin", f"my_{what}")[1]
        assert f"my_{what}" in call("info", f"my-{what}")[2]  # says which plugin provides it
        assert call("info", f"my-{what}", "--plugin", f"my_{what}")[0] == 0
    assert len(call("list", "plugins", "my_*")[1].splitlines()) == len(KINDS)
