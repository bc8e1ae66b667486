"""A plugin that misbehaves, in whatever way, is told as the plugin's fault: kind, file, line, exit code 2, no traceback."""

import json
import sys
from textwrap import dedent

import pytest
import torch

import mixerkit
from mixerkit import Grid, Recipe, build_block, build_model
from mixerkit.errors import PluginError
from tests.conftest import TINY

PLUGIN = """\
from typing import Literal
import sys
import torch
from mixerkit import Law, OperatorSpec, operator
from torch import nn

class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(16))
    def forward(self, x):
        return {forward}

@operator
class MineSpec(OperatorSpec):
    kind: Literal["mine"] = "mine"
    def build(self, grid, index): return {build}
    def flops(self, grid, index): return {flops}
    def check(self, grid, index): return {check}
    def laws(self): return {laws}
    def without_gradient(self, grid, index): return {without_gradient}
    @classmethod
    def examples(cls): return {examples}
"""
SOUND = {
    "forward": "self.weight * x",
    "build": "Mine()",
    "flops": "None",
    "check": "()",
    "laws": "frozenset()",
    "without_gradient": "{}",
    "examples": "(cls(),)",
}


def faulty(tmp_path, operators="[mine]", **faults):
    """A recipe with a plugin that has these faults; the recipe's file."""
    (tmp_path / "mine.py").write_text(PLUGIN.format(**{**SOUND, **faults}))
    path = tmp_path / "recipe.yaml"
    path.write_text(TINY.replace("[hermit-frequency, roll-time]", operators) + "plugins: [mine]\n")
    return path


def is_error(result, *message):
    code, _, err = result
    assert code == 2, err
    assert "Traceback" not in err
    assert "bug of mixerkit" not in err
    assert "mine" in err
    assert "mine.py" in err
    for words in message:
        assert words in err, err


def test_a_sound_plugin_is_left_alone(tmp_path, call):
    path = faulty(tmp_path)
    assert call("check", path)[0] == 0
    assert call("info", "mine", "--plugin", "mine")[0] == 0
    assert call("train", path, "--out", tmp_path / "run", "--set", "runner.epochs=1")[0] == 0
    assert json.loads((tmp_path / "run" / "status.json").read_text())["status"] == "finished"


# what forward returns


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        ("x.mean(2, keepdim=True)", "returned [2, 4, 1, 16] float32"),
        ("x[:, :, :-1]", "returned [2, 4, 5, 16] float32"),
        ("x.sum(0)", "returned [4, 6, 16] float32"),
        ("x.round().long()", "returned [2, 4, 6, 16] int64"),
        ("x.double()", "returned [2, 4, 6, 16] float64"),
        ("torch.complex(x, x)", "returned [2, 4, 6, 16] complex64"),
        ("None", "returned None"),
        ("(x, x)", "returned (tensor"),
    ],
)
@pytest.mark.parametrize("operators", ["[mine]", "[{kind: chain, operators: [identity, mine]}]"])
def test_a_wrong_result_is_reported_before_training(tmp_path, call, forward, message, operators):
    path = faulty(tmp_path, forward=forward, operators=operators)
    for command in (["check", path], ["train", path, "--out", tmp_path / "run"]):
        is_error(call(*command), message, "[2, 4, 6, 16] float32")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("forward", ["x.mean(2, keepdim=True)", "x.long()", "x.double()", "None", "(x, x)"])
def test_a_wrong_result_never_reaches_the_sum(tmp_path, forward):
    """Also where nobody has described the model: each sublayer compares what goes in with what comes out."""
    path = faulty(tmp_path, forward=forward)
    model = build_model(Recipe.load(path), 3)
    with pytest.raises(PluginError, match=r"(?s)operator 'mine'.*returned.*\[2, 4, 6, 16\] float32"):
        model(torch.randn(2, 1, 32, 48))


def test_an_operator_that_reads_numbers_is_no_fault(tmp_path, call):
    """.item() and .numpy() have no answer on the meta device, where models are counted."""
    reading = "nn.Identity() if torch.linspace(0, 1, 4).tolist()[0] < 2 else None"
    assert call("check", faulty(tmp_path, build=reading))[0] == 0
    assert call("check", faulty(tmp_path, forward="x * float(x.detach().numpy().max()) * self.weight"))[0] == 0


def test_a_block_still_compiles_whole():
    block = build_block({"operators": ["token", "channel"]}, Grid(2, 4, 16))
    x = torch.randn(2, 2, 4, 16)
    torch._dynamo.reset()
    found = torch.compile(block, backend="aot_eager", fullgraph=True)(x)
    torch.testing.assert_close(found, block(x))
    exported = torch.export.export(block.eval(), (x,), dynamic_shapes=({0: torch.export.Dim("batch", min=2, max=64)},))
    assert exported.module()(torch.randn(5, 2, 4, 16)).shape == (5, 2, 4, 16)


def test_half_precision_is_no_wrong_type():
    block = build_block({"operators": ["token", "channel"]}, Grid(2, 4, 16))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert block(torch.randn(2, 2, 4, 16)).dtype == torch.float32


# what methods return


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ({"build": "None"}, "build returned None"),
        ({"build": "'Mine'"}, "build returned 'Mine'"),
        ({"build": "Mine"}, "build returned <class"),
        ({"flops": "'many'"}, "flops returned 'many'"),
        ({"flops": "-1"}, "flops returned -1"),
        ({"flops": "float('nan')"}, "flops returned nan"),
        ({"flops": "10**400"}, "flops returned 1000"),
        ({"flops": "True"}, "flops returned True"),
        ({"check": "None"}, "check returned None"),
        ({"check": "['too wide']"}, "check returned ['too wide']"),
        ({"check": "'too wide'"}, "check returned 'too wide'"),
        ({"check": "[('a', 'b')]"}, "check returned [('a', 'b')]"),
        ({"check": "[('a', 'b', 3)]"}, "check returned [('a', 'b', 3)]"),
        ({"check": "(x for x in ())"}, "check returned <generator"),
    ],
    ids=str,
)
@pytest.mark.parametrize("operators", ["[mine]", "[{kind: chain, operators: [mine]}]"])
def test_a_invalid_values_answer_is_reported_as_the_plugins(tmp_path, call, faults, message, operators):
    path = faulty(tmp_path, operators=operators, **faults)
    for command in (["check", path], ["check", "--each", path], ["train", path]):
        is_error(call(*command), message, "line ")


@pytest.mark.parametrize("answer", ["None", "3", "['a']", "{'weight'}", "{'weight': 3}"])
def test_invalid_values_exceptions_to_the_gradient_are_reported(tmp_path, call, answer):
    is_error(call("train", faulty(tmp_path, without_gradient=answer)), "without_gradient returned")


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ({"laws": "None"}, "laws returned None"),
        ({"laws": "{'linear'}"}, "laws returned {'linear'}"),
        ({"laws": "[Law.LINEAR]"}, "laws returned ["),
        ({"laws": "1 / 0"}, "ZeroDivisionError in MineSpec.laws"),
        ({"examples": "None"}, "examples returned None"),
        ({"examples": "()"}, "examples returned ()"),
        ({"examples": "cls()"}, "examples returned MineSpec"),
        ({"examples": "['mine']"}, "examples returned ['mine']"),
        ({"examples": "(cls(widht=3),)"}, "ValidationError in MineSpec.examples"),
    ],
    ids=str,
)
def test_invalid_values_in_info_is_reported(tmp_path, call, faults, message):
    faulty(tmp_path, **faults)
    is_error(call("info", "mine", "--plugin", "mine"), message)
    assert call("list", "operators", "--plugin", "mine")[0] == 0


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        (
            "    def build(self, grid, index): return Mine()\n",
            "",
            "It has no build.\n    Write it: def build(self, grid, index).",
        ),
        ("def build(self, grid, index)", "def build(self, grid)", "build(self, grid)"),
        ("    @classmethod\n", "", "examples(cls)"),
        ("    def flops(self, grid, index): return None\n", "    flops: int = 3\n", "flops"),
        ("    @classmethod\n    def examples(cls): return (cls(),)\n", "    width: int\n", "examples"),
    ],
)
def test_a_spec_that_lacks_something_is_reported(tmp_path, call, line, instead, message):
    faulty(tmp_path)
    text = (tmp_path / "mine.py").read_text()
    assert line in text
    (tmp_path / "mine.py").write_text(text.replace(line, instead))
    is_error(call("info", "mine", "--plugin", "mine"), message)


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("def mix(x): return x", "It is registered as an operator, but it is <function mix"),
        ("class Mix(nn.Module): pass", "It is registered as an operator, but it is <class"),
    ],
)
def test_a_decorator_before_something_else_is_reported(tmp_path, call, before, message):
    faulty(tmp_path)
    path = tmp_path / "mine.py"
    path.write_text(path.read_text() + f"\n@operator\n{before}\n")
    is_error(call("info", "mine", "--plugin", "mine"), message, "A class derived from mixerkit.OperatorSpec.")


@pytest.mark.parametrize("law", ["Law('shiny')", "Law('local')", "Law('linear', 1)", "Law.local(-1)"])
def test_a_law_that_is_none_is_reported(tmp_path, call, law):
    faulty(tmp_path, laws=f"{{{law}}}")
    is_error(call("test-operator", "mine", "--plugin", "mine"), "laws returned {Law(", "A set or frozenset of mixerkit.Law")


# what raises

RAISES = [
    ("1 / 0", "ZeroDivisionError"),
    ("sys.exit(7)", "SystemExit"),
    ("sys.exit(0)", "SystemExit"),
    ("getattr(grid, 'width')", "AttributeError"),
]


@pytest.mark.parametrize("method", ["build", "flops", "check"])
@pytest.mark.parametrize(("body", "message"), RAISES)
def test_what_a_method_raises_is_reported_with_its_line(tmp_path, call, method, body, message):
    path = faulty(tmp_path, **{method: body})
    line = next(i for i, text in enumerate((tmp_path / "mine.py").read_text().splitlines(), 1) if f"def {method}" in text)
    for command in (["check", path], ["check", "--each", path], ["train", path]):
        is_error(call(*command), f"{message} in MineSpec.{method}", f"line {line}", "operator 'mine'")


@pytest.mark.parametrize("body", ["1 / 0", "sys.exit(7)", "sys.exit(0)", "x.reshape(3, 5)", "x + 'a'"])
def test_what_forward_raises_is_reported(tmp_path, call, body):
    path = faulty(tmp_path, forward=body)
    for command in (["check", path], ["train", path]):
        is_error(call(*command), "Mine.forward", "line 12")


@pytest.mark.parametrize("build", ["nn.Linear(5, 5)", "nn.Bilinear(16, 16, 16)"])
def test_a_module_of_torch_that_does_not_fit_is_the_plugins_fault(tmp_path, call, build):
    is_error(call("check", faulty(tmp_path, build=build)))


@pytest.mark.parametrize(("body", "message"), [("1 / 0", "ZeroDivisionError"), ("sys.exit(0)", "SystemExit")])
def test_what_forward_raises_late_is_reported(tmp_path, call, body, message):
    late = f"self.weight * x if len(x) <= 2 else {body}"
    is_error(call("train", faulty(tmp_path, forward=late), "--out", tmp_path / "run"), f"{message} in Mine.forward")
    assert json.loads((tmp_path / "run" / "status.json").read_text())["status"] == "failed"


def test_a_broken_data_set_is_reported(tmp_path, call):
    path = faulty(tmp_path)
    path.write_text("data: mine\n" + "".join(line for line in path.open() if not line.startswith("data:")))
    text = """\
        from typing import Literal
        from mixerkit import DatasetSpec, dataset
        @dataset
        class MineSpec(DatasetSpec):
            kind: Literal["mine"] = "mine"
            def clips(self): return 1 / 0
            def labels(self): return None
        """
    with (tmp_path / "mine.py").open("a") as file:
        file.write(dedent(text))
    is_error(call("train", path), "dataset 'mine'", "ZeroDivisionError in MineSpec.clips")


def test_an_error_of_ours_is_still_a_bug(tmp_path, call, monkeypatch):
    path = faulty(tmp_path)
    monkeypatch.setattr(sys.modules["mixerkit.assembly.describe"], "_shape", None)
    code, _, err = call("check", path)
    assert code == 1
    assert "bug of mixerkit" in err


@pytest.mark.parametrize("error", [KeyboardInterrupt, torch.OutOfMemoryError])
def test_some_errors_are_nobodys_fault(tmp_path, error):
    path = faulty(tmp_path, flops=f"(_ for _ in ()).throw({'torch.' if error is torch.OutOfMemoryError else ''}{error.__name__})")
    with pytest.raises(error):
        mixerkit.describe(Recipe.load(path))
