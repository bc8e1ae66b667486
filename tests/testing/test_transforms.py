"""Transforms are held to their promises, strangers' as the kit's own: what they keep passes, and the fault has its name."""

import re

import pytest
import torch

import mixerkit
from mixerkit.operators import TRANSFORMS, Law, closure
from mixerkit.testing import CHECKS, CONTRACT
from mixerkit.testing.transforms import PARTS, TRANSFORM_CONTRACT, transform_checks
from tests.conftest import REPOSITORY, TINY
from tests.examples import SCOPE

TRANSFORM_EXAMPLES = [spec for kind in TRANSFORMS.kinds(SCOPE).values() for spec in kind.examples()]
PLUGIN = """\
from typing import Literal
import torch
from mixerkit import Grid, Law, TransformPair, TransformSpec, transform
from torch import nn

class Turn(TransformPair):
    def __init__(self):
        super().__init__()
        {more}
    def forward(self, x): return {there}
    def inverse(self, y, shape): return {back}

@transform
class TurnSpec(TransformSpec):
    kind: Literal["turn"] = "turn"
    def build(self): return {build}
    def grid(self, grid): return {grid}
    @property
    def exact(self): return {exact}
    def carried(self, laws): return {carried}
    def commutes(self, laws): return {commutes}
"""
SOUND = {
    "more": "pass",
    "there": "torch.cat([x, -x], dim=-1)",
    "back": "y.chunk(2, dim=-1)[0]",
    "build": "Turn()",
    "grid": "Grid(grid.freq, grid.time, 2 * grid.dim)",
    "exact": "True",
    "carried": "laws & {Law.TOKEN_WISE, Law.ZERO_PRESERVING}",
    "commutes": "False",
}


def test_every_shipped_transform_and_every_option_is_among_the_examples():
    assert {spec.kind for spec in TRANSFORM_EXAMPLES} == {"hermit", "dct", "rfft", "transpose", "flip", "haar"}
    for kind in TRANSFORMS.kinds(SCOPE).values():
        for name in kind.model_fields.keys() - {"kind"}:
            assert len({repr(getattr(one, name)) for one in kind.examples()}) > 1, (kind, name)


@pytest.mark.parametrize("spec", TRANSFORM_EXAMPLES, ids=repr)
def test_shipped_transforms_keep_their_contract(spec):
    own = [spec_check for spec_check in transform_checks(spec) if spec_check.check in {**TRANSFORM_CONTRACT, **CONTRACT}]
    assert len(own) == len(TRANSFORM_CONTRACT) + len(CONTRACT)
    for spec_check in own:
        fault = spec_check.outcome(1 if spec_check.check == "compiles_whole" else 4).fault
        assert fault is None, fault


def test_haar_is_the_matrix_of_its_wavelets():
    """Two levels on four columns: the mean, two halves against one another, and each half's own difference."""
    root = 2**-0.5
    matrix = torch.tensor([[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, -0.5, -0.5], [root, -root, 0, 0], [0, 0, root, -root]])
    x = torch.randn(2, 3, 4, 5)
    haar = {spec.levels: spec.build() for spec in TRANSFORM_EXAMPLES if spec.kind == "haar"}[2]
    mean, halves, first, second = torch.einsum("wt,bftd->wbfd", matrix, x)
    expected = torch.cat([mean, (first + second) * root, halves, (first - second) * root], dim=-1)
    torch.testing.assert_close(haar(x)[:, :, 0], expected)


@pytest.mark.parametrize("law", CHECKS)
def test_the_operators_between_there_and_back_obey_and_break_every_law_that_can_be_carried(law):
    obeying = {Law(law) in closure(part.laws()) for part in PARTS}
    assert obeying == ({False} if law == "permutation" else {True, False})


@pytest.fixture
def tried(call, tmp_path, monkeypatch):
    """test-operator on a transform with these faults; (exit code, {check: result}, what it printed, what it complained)."""
    monkeypatch.chdir(tmp_path)

    def called(cases=2, **faults):
        (tmp_path / "turn.py").write_text(PLUGIN.format(**{**SOUND, **faults}))
        code, out, err = call("test-operator", "turn", "--plugin", "turn", "--examples", cases)
        assert "Traceback" not in out + err
        return code, dict(re.findall(r"^(\w[\w -]*?) {2,}(\w.*)$", out, flags=re.M)), out, err

    return called


def test_a_sound_transform_passes_everything(tried):
    code, results, out, err = tried()
    assert (code, err) == (0, "")
    assert results.pop("check") == "result"
    assert set(results.values()) == {"passes"}
    assert set(results) == {*TRANSFORM_CONTRACT, *CONTRACT, "law token-wise", "law zero-preserving"}
    assert "\nturn: 2 cases per check and settings\n" in out


FAULTS = {
    "another grid": ({"grid": "grid"}, "tells_its_grid", r"there is \[2, 4, 4, 32\] .*where grid\(\) says 4 x 4 x 16"),
    "no way back": ({"back": "y"}, "tells_its_grid", r"back is \[2, 4, 4, 32\]"),
    "another type": ({"there": "torch.cat([x, -x], dim=-1).float()"}, "tells_its_grid", "where grid"),
    "not exact": ({"back": "2 * y.chunk(2, dim=-1)[0]"}, "comes_back", "not the input, though it says that it is exact"),
    "false commuting": (
        {"commutes": "Law.PARAMETER_FREE in laws"},
        "commutes_as_it_says",
        "with operators of the laws of",
    ),
    "false law": ({"carried": "laws | {Law.TIME_ROLL_EQUIVARIANT}"}, "law time-roll-equivariant", "rolling the columns"),
    "leaks": (
        {"there": "torch.cat([x - x.mean(0, keepdim=True), x], dim=-1)", "exact": "False", "carried": "frozenset()"},
        "keeps_clips_independent",
        "clips leak",
    ),
    "writes to its input": (
        {"there": "torch.cat([x.mul_(2), -x], dim=-1)", "back": "y.chunk(2, dim=-1)[0] / 2"},
        "leaves_both_untouched",
        "in place",
    ),
    "writes to what went there, on its way back": (
        {
            "there": "x.transpose(1, 2)",
            "back": "y.mul_(2).transpose(1, 2)",
            "grid": "Grid(grid.time, grid.freq, grid.dim)",
            "exact": "False",
        },
        "leaves_both_untouched",
        "in place",
    ),
    "parameter": (
        {"more": "self.idle = nn.Parameter(torch.ones(3))"},
        "has_nothing_to_learn",
        "it has parameters: idle",
    ),
}


@pytest.mark.parametrize(("faults", "check", "message"), FAULTS.values(), ids=FAULTS)
def test_the_fault_has_its_name_and_its_smallest_case(tried, faults, check, message):
    code, results, out, err = tried(**faults)
    failing = [name for name, result in results.items() if result == "FAILS"]
    assert code == 2
    assert check in failing
    if not check.startswith("law"):
        assert failing[0] == check
    reported = out.split(f"\n{check} ")[1].splitlines()
    assert re.search(message, reported[1]), reported
    assert re.fullmatch(r"    conjugate transform=turn operator=.*, grid .*, block 0 of 4, seed 0", reported[2])
    assert err.startswith("transform 'turn', ")


INVALID = {
    "build": ("nn.Identity()", "A mixerkit.TransformPair."),
    "grid": ("(4, 4, 8)", "A mixerkit.Grid."),
    "commutes": ("None", "True or False."),
    "exact": ("None", "True or False."),
}


@pytest.mark.parametrize("method", INVALID)
def test_invalid_values_is_a_clear_error_where_it_is_returned(call, tmp_path, method):
    got, expected = INVALID[method]
    (tmp_path / "turn.py").write_text(PLUGIN.format(**{**SOUND, method: got}))
    (tmp_path / "r.yaml").write_text(recipe_with("turn"))
    code, _, err = call("check", tmp_path / "r.yaml")
    assert code == 2
    assert "Traceback" not in err
    assert f"transform 'turn', {tmp_path / 'turn.py'}, line" in err
    assert f"{method} returned " in err
    assert expected in err


def test_laws_that_are_none_are_clear_errors(tried):
    code, _, _, err = tried(carried="['linear']")
    assert code == 2
    assert "carried returned ['linear']." in err


def test_a_transform_that_says_it_changes_no_operator_is_a_clear_error(tried):
    code, _, _, err = tried(commutes="True")
    assert code == 2
    assert "commutes() returned True for every operator that is tried." in err


@pytest.mark.parametrize("written", ["exact: bool = False", "def exact(self): return False"])
def test_what_is_no_property_is_reported_when_it_is_registered(tried, tmp_path, written, monkeypatch):
    monkeypatch.setitem(globals(), "PLUGIN", PLUGIN.replace("@property\n    def exact(self): return {exact}", written))
    code, _, _, err = tried()
    assert code == 2
    assert "Its exact is no such method as it must be.\n    It is written as: def exact(self), a property" in err


def recipe_with(transform):
    """The tiny recipe with a transform round channel mixing in its first half, and the plugin of its name."""
    conjugate = f"{{kind: conjugate, transform: {transform}, operator: channel}}"
    return f"plugins: [{transform}]\n" + TINY.replace("[hermit-frequency, roll-time]", f"[{conjugate}, roll-time]")


def test_a_plugins_transform_is_trained_and_opened_again_without_its_file(tmp_path):
    plugin = tmp_path / "turn.py"
    plugin.write_text(PLUGIN.format(**SOUND))
    (tmp_path / "r.yaml").write_text(recipe_with("turn"))
    run = mixerkit.train(tmp_path / "r.yaml", set=["runner.epochs=1"], out=tmp_path / "run")
    plugin.unlink()
    assert mixerkit.Run.open(run.path).evaluate().accuracy == run.summary["test/accuracy"]


def test_a_plugins_transform_is_listed_and_explained_and_its_absence_too(call, monkeypatch, tmp_path):
    monkeypatch.chdir(REPOSITORY)
    assert "haar" in call("list", "transforms", "--plugin", "haar")[1]
    assert "levels" in call("info", "haar", "--plugin", "haar")[1]
    assert '"const": "haar"' in call("schema", "--plugin", "haar")[1]
    (tmp_path / "r.yaml").write_text(recipe_with("haar").replace("plugins: [haar]\n", ""))
    code, _, err = call("check", tmp_path / "r.yaml")
    assert code == 2
    assert "There is no transform of kind 'haar'" in err
