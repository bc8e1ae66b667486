"""From recipes to modules and tables."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import mixerkit
from mixerkit import Grid, Recipe, build_model, build_operator, describe
from mixerkit.errors import RecipeError


def test_the_table_adds_up(recipes):
    for path in sorted(recipes.glob("*.yaml")):
        recipe = Recipe.load(path)
        table, model = describe(recipe, 7), build_model(recipe, 7)
        assert table.parameters == sum(p.numel() for p in model.parameters()), path
        blocks = [row for row in table.rows if row.name.startswith("block")]
        assert sum(row.parameters for row in blocks) >= sum(row.parameters for row in table.rows if row.depth == 1)


@pytest.mark.parametrize("name", ["mlp_mixer", "asm", "asm_r", "shiftvit"])
def test_flops_are_what_torch_counts_where_it_counts_everything(recipes, name):
    recipe = Recipe.load(recipes / f"{name}.yaml")
    spectrogram = recipe.input_shape()
    with FlopCounterMode(display=False) as counter:
        build_model(recipe, 10).eval()(torch.randn(1, spectrogram.channels, spectrogram.mels, spectrogram.frames))
    assert describe(recipe, 10).flops == counter.get_total_flops()


@pytest.mark.parametrize("overlay", ["speech_commands", "urbansound8k", "casia", "ravdess"])
def test_the_papers_size(recipes, overlay):
    table = describe(Recipe.load(recipes / "asm_rh.yaml", recipes / "paper" / f"{overlay}.yaml"))
    blocks = next(row for row in table.rows if row.name == "blocks 0-11")
    assert blocks.shape == "12 x 50 x 768  (N 600)"
    assert blocks.times == 12
    assert table.classes_known
    assert table.classes == {"speech_commands": 35, "urbansound8k": 10, "casia": 6, "ravdess": 8}[overlay]


def test_classes_that_are_not_known_are_reported_to_be_assumed(tiny):
    recipe = Recipe.load(tiny, set=["data={kind: folder, root: nowhere}"])
    assert not describe(recipe).classes_known
    assert describe(recipe, 3).rows[-1].shape == "3"


def test_an_operator_without_a_recipe():
    module = build_operator({"kind": "roll-time", "axes": "grid"}, Grid(2, 3, 16))
    assert module(torch.randn(2, 2, 3, 16)).shape == (2, 2, 3, 16)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("chanel", "Did you mean 'channel'"),
        ({"kind": "token", "hidden": 3}, "operator  hidden"),
        ({"hidden_ratio": 3.0}, "does not say its kind"),
        (7, "The name of an operator"),
        ({"kind": "token", "activation": "tanh"}, "Allowed: gelu"),
    ],
)
def test_a_wrong_operator_is_a_clear_error(kind, message):
    with pytest.raises(RecipeError, match=message):
        build_operator(kind, Grid(2, 2, 16))


def test_a_wrong_block_is_a_clear_error():
    with pytest.raises(RecipeError, match=r"(?s)sublayer\.norm.*operators\.0.*Did you mean 'token'"):
        mixerkit.build_block({"operators": ["tokn"], "sublayer": {"norm": "x"}}, Grid(2, 2, 16))


def test_listing_by_pattern():
    assert mixerkit.list_operators("roll*") == ["roll", "roll-time"]
    assert set(mixerkit.list_operators()) >= {"token", "channel", "shift"}
