"""The JSON Schema of recipes, read by a validator of its own: it takes what pydantic takes, and refuses what it refuses."""

import json
from copy import deepcopy
from functools import lru_cache

import pytest
from hypothesis import assume, given, settings, strategies
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from mixerkit.recipe import Recipe, read_file, recipe_schema
from mixerkit.registry import Scope, load_file
from tests.conftest import REPOSITORY

ROOT = REPOSITORY / "recipes"
RECIPES = sorted(ROOT.glob("*.yaml"))
OVERLAYS = sorted([*ROOT.glob("paper/*.yaml"), *ROOT.glob("synthetic_speech/*.yaml")])
PLUGINS = {"asm_rh": (), "gated_shift": ("gated_shift",)}
WHOLE = Recipe.load(ROOT / "asm_rh.yaml").as_dict()


@lru_cache
def validator(overlay=False, *plugins):
    scope = Scope(tuple(load_file(REPOSITORY / "plugins" / f"{name}.py") for name in plugins))
    schema = json.loads(json.dumps(recipe_schema(scope, overlay)))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def locs(data, loc=()):
    """Where something stands in a recipe."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list | tuple) else ()
    for key, value in items:
        yield (*loc, key)
        yield from locs(value, (*loc, key))


def changed(data, loc, value):
    data = deepcopy(data)
    inside = data
    for step in loc[:-1]:
        inside = inside[step]
    inside[loc[-1]] = value
    return data


def is_taken_by_pydantic(data):
    try:
        Recipe.model_validate(data)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("path", RECIPES, ids=[path.stem for path in RECIPES])
def test_shipped_recipes_are_valid(path):
    validator(False, *PLUGINS.get(path.stem, ())).validate(read_file(path).data)


@pytest.mark.parametrize("path", OVERLAYS, ids=[path.stem for path in OVERLAYS])
def test_shipped_overlays_are_valid_as_overlays_only(path):
    assert len(OVERLAYS) >= 5
    data = read_file(path).data
    validator(True).validate(data)
    assert not validator().is_valid(data)


def test_resolved_recipes_are_valid():
    for path in RECIPES:
        validator(False, "gated_shift").validate(Recipe.load(path).as_dict())


def test_a_plugins_kind_is_known_with_the_plugin_only():
    data = read_file(ROOT / "gated_shift.yaml").data
    assert not validator().is_valid(data)
    assert validator(False, "gated_shift").is_valid(data)


@settings(max_examples=150)
@given(
    loc=strategies.sampled_from(list(locs(WHOLE))),
    value=strategies.sampled_from(["token", "no-such", True, -1, 1.5, 3, None, [], [2, 2], ["token"], {}, {"kind": "roll"}]),
)
def test_another_value_is_taken_or_refused_as_pydantic_does(loc, value):
    assume(not (loc[-1] == "alpha_start" and value is True))  # which is 1 to a Literal of numbers
    data = changed(WHOLE, loc, value)
    assert validator().is_valid(data) == is_taken_by_pydantic(data), (loc, value)


@settings(max_examples=60)
@given(loc=strategies.sampled_from([(), *locs(WHOLE)]))
def test_an_unknown_key_is_refused_wherever_it_stands(loc):
    inside = WHOLE
    for step in loc:
        inside = inside[step]
    if isinstance(inside, dict):
        data = changed(WHOLE, (*loc, "no_such_key"), 1)
        assert not validator().is_valid(data)
        assert not is_taken_by_pydantic(data)


BLOCK = ("model", "block")


@pytest.mark.parametrize(
    ("loc", "value"),
    [
        ((*BLOCK, "operators"), ["token", {"kind": "channel", "hidden_ratio": 2.0}]),
        ((*BLOCK, "operators"), [{"operator": "shift", "norm": "none", "residual": False}]),
        ((*BLOCK, "operators"), [{"kind": "chain", "operators": ["roll", {"kind": "chain", "operators": ["token"]}]}]),
        ((*BLOCK, "operators"), [{"kind": "token", "norm": "none"}]),
        ((*BLOCK, "operators"), [{"operator": "shift", "nrom": "none"}]),
        ((*BLOCK, "operators"), ["chain"]),
        ((*BLOCK, "operators"), "token"),
        ((*BLOCK, "operators"), [{"hidden_ratio": 2.0}]),
        ((*BLOCK, "operators"), [{"kind": "chain", "operators": ["tokn"]}]),
        ((*BLOCK, "operators"), [{"kind": "channel", "hidden_ratio": "2.0"}]),
        (("data",), "synthetic-events"),
        (("data",), "folder"),
        (("data",), {"kind": "folder"}),
        (("model", "patches"), {"size": 8, "stride": [8, 4]}),
        (("model", "patches"), {"size": [8, 8, 8]}),
        (("model", "stages"), [{"repeat": 2, "block": {"operators": ["token"]}, "downsample": 2}]),
        (("model", "stages"), [{"repeat": 2, "block": {"operators": ["token"]}, "downsample": {"stride": [2, 1], "size": 3}}]),
        (("model", "stages"), [{"repeat": 2, "block": {"operators": ["token"]}, "downsample": "2"}]),
        (("runner", "optimizer"), "lion"),
        (("runner", "optimizer"), "lino"),
        (("runner", "loss"), "bce"),
        (("runner", "average"), "ema"),
        (("runner", "average"), {"kind": "epochs", "first": 0}),
        (("runner", "schedule"), "constant"),
        (("runner", "schedule", "kind"), "step"),
    ],
    ids=str,
)
def test_the_grammars_corners_are_taken_or_refused_as_pydantic_does(loc, value):
    data = changed(WHOLE, loc, value)
    assert validator().is_valid(data) == is_taken_by_pydantic(data)


@pytest.mark.parametrize(
    ("data", "valid"),
    [
        ({"model": {"depth": 4}}, True),
        ({"data": {"root": "sounds"}}, True),  # of whatever kind stands below
        ({"data": "folder"}, True),  # its root may stand below
        ({"data": {"rooot": "sounds"}}, False),
        ({"data": {"kind": "folder", "train": 3}}, False),
        ({"model": {"block": {"operators": [{"hidden_ratio": 2.0}]}}}, False),  # a list replaces: its items are whole
        ({"runner": {"optimizer": {"lr": 0.1}}}, True),
        ({"runner": {"optimizer": {"lr": "fast"}}}, False),
        ({"name": "mine"}, False),
        ({"base": "asm.yaml"}, False),
    ],
    ids=str,
)
def test_an_overlay_says_any_part(data, valid):
    assert validator(True).is_valid(data) == valid
    if "name" not in data:
        assert validator().is_valid({"base": "asm_rh.yaml", **data}) == (valid or "base" in data)


def test_every_group_and_field_is_described_and_every_kind_is_one_of_those_known():
    for name, definition in recipe_schema()["$defs"].items():
        assert definition.get("description"), name
        for key, field in definition.get("properties", {}).items():
            if key == "kind":
                assert {"const", "enum"} & set(field), name
            else:
                assert field.get("description"), (name, key)


def test_what_json_cannot_tell_is_anything(tmp_path):
    text = (REPOSITORY / "plugins" / "gated_shift.py").read_text()
    odd = "    odd: Callable[[int], int] = Field(abs, description='odd')\n    lag: int"
    text = text.replace("    lag: int", odd, 1).replace("from typing", "from collections.abc import Callable\nfrom typing", 1)
    path = tmp_path / "odd.py"
    path.write_text(text.replace("gated-shift", "odd-shift"))
    branch = recipe_schema(Scope((load_file(path),)))["$defs"]["GatedShiftSpec"]
    assert branch["properties"]["odd"] == {"description": "odd", "title": "Odd"}
