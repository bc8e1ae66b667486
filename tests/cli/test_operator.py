"""test-operator: what an operator keeps is a line, what it breaks is told with the smallest case, and the fault has its name."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mixerkit
from tests.conftest import REPOSITORY

PLUGIN = """\
from typing import Literal
import torch
from mixerkit import Law, OperatorSpec, operator
from torch import nn

class Mine(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        {more}
    def forward(self, x):
        return {forward}

@operator
class MineSpec(OperatorSpec):
    kind: Literal["mine"] = "mine"
    twice: bool = False
    def build(self, grid, index): return Mine(grid.dim)
    def flops(self, grid, index): return {flops}
    def check(self, grid, index): return {check}
    def laws(self): return {laws}
    def without_gradient(self, grid, index): return {excused}
    @classmethod
    def examples(cls): return {examples}
"""
SOUND = {
    "more": "pass",
    "forward": "self.weight * x",
    "check": "()",
    "excused": "{}",
    "flops": "None",
    "examples": "(cls(),)",
    "laws": "{Law.LINEAR, Law.TOKEN_WISE, Law.CHANNEL_WISE, Law.TOKEN_EQUIVARIANT, Law.ANY_LENGTH}",
}


@pytest.fixture
def tried(call, tmp_path, monkeypatch):
    """test-operator on a plugin with these faults; (exit code, {check: result}, what it printed, what it complained)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mixerkit.testing.report.CASES_FOR_A_HINT", 30)  # each is tried on 13 laws

    def called(cases=2, **faults):
        (tmp_path / "mine.py").write_text(PLUGIN.format(**{**SOUND, **faults}))
        code, out, err = call("test-operator", "mine", "--plugin", "mine", "--examples", cases)
        assert "Traceback" not in out + err
        assert "ypothesis" not in out + err
        return code, dict(re.findall(r"^([\w-][\w -]*?(?:\(\d\))?) {2,}(\w.*)$", out, flags=re.M)), out, err

    return called


def failing(results):
    return [check for check, result in results.items() if result == "FAILS"]


def test_a_sound_operator_passes_everything(tried):
    code, results, out, err = tried()
    assert (code, err) == (0, "")
    assert results.pop("check") == "result"
    assert set(results.values()) == {"passes"}
    assert len(results) == 12 + 5
    assert "hint" not in out
    assert "\nmine: 2 cases per check and settings\n" in out


FAULTS = {
    "wrong shape": ({"forward": "x[:, :, :-1]"}, "keeps_shape_and_type", r"\[2, 4, 4, 16\] .*became \[2, 4, 3, 16\]"),
    "writes to its input": ({"forward": "self.weight * x.mul_(2)"}, "leaves_input_untouched", "changed in place"),
    "leaks": ({"forward": "self.weight * (x - x.mean(0))"}, "keeps_clips_independent", "clips leak into each other"),
    "unused parameter": (
        {"more": "self.idle = nn.Parameter(torch.ones(3))"},
        "gives_every_parameter_a_gradient",
        "parameter idle gets no gradient",
    ),
    "false law": ({"forward": "self.weight * x.relu()"}, "law linear", r"f\(a x \+ b y\).*off by \d"),
    "no tensor": ({"forward": "None"}, "keeps_shape_and_type", "it returned no tensor, but NoneType"),
    "another type in training": (
        {"forward": "(self.weight * x).double() if self.training else self.weight * x"},
        "keeps_shape_and_type",
        r"changes in training: .*float32 became .*float64",
    ),
    "writes to its input where a cast copies nothing": (
        {"forward": "self.weight * x.float().neg_().to(x.dtype)", "laws": "set()"},
        "leaves_input_untouched",
        r"changed in place \(torch.float32\)",
    ),
    "keeps something of what it saw": (
        {
            "more": "self.first = None",
            "forward": "[setattr(self, 'first', x.detach().mean() if self.first is None else self.first), "
            "self.weight * x * self.first][1]",
            "laws": "set()",
        },
        "is_deterministic",
        "hangs on the inputs before",
    ),
    "state that is not saved": (
        {"more": "self.order = torch.randperm(dim)", "forward": "self.weight * x[..., self.order]", "laws": "set()"},
        "survives_saving",
        "something is not in the state",
    ),
    "no gradient of silence": (
        {"forward": "self.weight * x * x.pow(2).sum(-1, keepdim=True).sqrt()", "laws": "set()"},
        "stays_finite",
        "scale 0 gives a gradient of NaN",
    ),
    "an excuse for nothing": ({"excused": "{'wieght': 'idle'}"}, "gives_every_parameter_a_gradient", "no such parameter"),
    "an excuse for what learns": (
        {"excused": "{'weight': 'idle'}"},
        "gives_every_parameter_a_gradient",
        r"weight gets a gradient, though without_gradient\(\) names it",
    ),
}


@pytest.mark.parametrize(("faults", "check", "message"), FAULTS.values(), ids=FAULTS)
def test_the_fault_has_its_name_and_its_smallest_case(tried, faults, check, message):
    code, results, out, err = tried(**faults)
    assert code == 2
    assert failing(results) == [check]
    reported = out.split(f"\n{check} ")[1].splitlines()
    assert re.search(message, reported[1])
    assert re.fullmatch(r"    mine, grid 4 x 4 x 16, block 0 of 4, seed 0", reported[2])
    assert not reported[3].startswith(" ")
    assert re.fullmatch(rf"operator 'mine', .*\(.*mine\.py, line \d+\)\n    1 of \d+ checks fail: {check}\.\n", err)


def test_a_relu_that_is_off_on_one_draw_is_no_unused_parameter(tried):
    _, results, _, _ = tried(30, forward="self.weight * x * x.mean((1, 2, 3), keepdim=True).relu()", laws="set()")
    assert results["gives_every_parameter_a_gradient"] == "passes"


def test_what_a_fault_makes_meaningless_is_not_tried(tried):
    _, results, out, _ = tried(forward="torch.rand_like(x) * self.weight")
    assert failing(results) == ["is_deterministic"]
    assert results["stays_finite"] == results["law linear"] == "not tried"
    assert "hint" not in out


def test_the_smallest_case_is_the_one_that_shows_it(tried):
    code, results, out, _ = tried(30, forward="x[:, :, :-1] if x.shape[1] > 2 and x.shape[3] != 16 else x")
    assert (code, failing(results)) == (2, ["keeps_shape_and_type"])
    assert "mine, grid 4 x 4 x 2, block 0 of 4, seed 0" in out


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ({"forward": "x / (1 // 0)"}, "ZeroDivisionError: .*, at .*mine.py, line 12"),
        ({"forward": "self.weight * x if x.sum() > 1e9 else exit(3)"}, "SystemExit: 3, at .*mine.py, line 12"),
        ({"check": "1 // 0"}, "ZeroDivisionError: .*, at .*mine.py, line 20"),
        ({"check": "'none'"}, r"check returned 'none'\. .*mine\.py, line 20"),
        ({"check": "[('', 'any', 'none')]"}, "fits none of the 470 small grids"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_operator_that_raises_is_reported_with_its_own_line(tried, faults, message):
    code, results, out, _ = tried(**faults)
    assert (code, failing(results)) == (2, ["keeps_shape_and_type"])
    assert re.search(message, out)


def test_laws_that_it_does_not_declare_are_hints_without_those_that_follow(tried, monkeypatch):
    monkeypatch.setattr("mixerkit.testing.report.CASES_FOR_A_HINT", 10)
    code, _, out, _ = tried(
        laws="{Law.TOKEN_WISE} if self.twice else {Law.TOKEN_WISE, Law.LINEAR}", examples="(cls(), cls(twice=True))"
    )
    assert code == 0
    hints = re.findall(r"^hint: the law (\S+) seems to hold( for .*)? \(", out, flags=re.M)
    everywhere = ["any-length", "channel-wise", "token-equivariant"]
    assert hints == [*((law, "") for law in everywhere[:2]), ("linear", " for mine twice=True"), (everywhere[2], "")]


def test_locality_is_reported_at_its_smallest_radius(tried):
    shifted = "self.weight * nn.functional.pad(x[:, :, :-2], (0, 0, 2, 0)) if x.shape[2] > 2 else 0 * self.weight * x"
    code, _, out, _ = tried(forward=shifted, laws="set()", check="[('', 'T', '3')] if grid.time < 3 else ()")
    assert code == 0
    assert "hint: the law local(2) seems to hold (" in out


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("2 * grid.tokens * grid.dim**2", "hint: flops() says what is counted without it: leave it out\n"),
        (
            "9 * 2 * grid.tokens * grid.dim**2",
            "hint: flops() says 9 times as many FLOPs as are counted while it runs: leave it out, u",
        ),
        ("3 * 2 * grid.tokens * grid.dim**2", ""),
        ("None", ""),
    ],
)
def test_flops_of_its_own_that_seem_wrong_are_a_hint(tried, message, hint):
    code, _, out, err = tried(forward="x @ torch.outer(self.weight, self.weight)", laws="set()", flops=message)
    assert (code, err) == (0, "")
    assert hint in out
    assert ("flops()" in out) == bool(hint)


def test_fewer_flops_than_are_counted_are_a_fault(tried):
    forward = "x @ torch.outer(self.weight, self.weight)"
    code, results, out, _ = tried(forward=forward, laws="set()", flops="grid.tokens * grid.dim**2")
    assert (code, failing(results)) == (2, ["counts_its_flops"])
    assert "flops() says 4,096 per clip, and 8,192 are counted while it runs\n    mine, grid 4 x 4 x 16, " in out
    assert "hint: flops()" not in out


def test_a_roll_of_rows_in_a_circle_is_not_taken_for_local(tried):
    code, _, out, _ = tried(
        forward="self.weight * x.roll(2, dims=1)", laws="set()", check="[('', 'F', '3')] if grid.freq < 3 else ()"
    )
    assert code == 0
    assert "hint" in out
    assert "local" not in out


def test_an_unknown_operator_is_reported_as_info_does(call, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    code, _, err = call("test-operator", "gated-shift")
    assert code == 2
    assert "--plugin gated_shift" in err
    code, _, err = call("test-operator", "tokn")
    assert code == 2
    assert "Did you mean 'token'?" in err


def test_the_kits_own_operators_can_be_tried_and_nothing_is_left_behind(tmp_path):
    command = [sys.executable, "-m", "mixerkit", "test-operator", "identity", "--examples", "30"]
    environment = {**os.environ, "PYTHONPATH": str(Path(mixerkit.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^law permutation +passes$", done.stdout, flags=re.M)
    assert "hint" not in done.stdout
    assert not list(tmp_path.iterdir())
