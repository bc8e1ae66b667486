"""From recipes to modules and tables."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import mixerkit
from mixerkit import Grid, Recipe, build_model, build_operator, describe
from mixerkit.errors import PluginError, RecipeError


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


@pytest.mark.parametrize("name", ["asm_rh", "active_mlp", "aff", "ast", "poolformer", "s2_mlp_v2"])
def test_the_table_is_the_same_without_numbers(recipes, name, monkeypatch):
    """Large parts are counted on the meta device, small ones on numbers."""
    recipe = Recipe.load(recipes / f"{name}.yaml")
    table = describe(recipe, 10)
    monkeypatch.setattr("mixerkit.assembly.measure.FEW", 0)
    assert describe(recipe, 10) == table


PLUGIN = """\
from functools import cache
from typing import Literal
import torch
from torch import nn
from mixerkit import OperatorSpec, operator

@cache
def ramp(size, end):
    return torch.linspace(0.0, end, size)

class Mine(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.register_buffer("scale", ramp(dim, hidden) + 1.0)
        self.fc1, self.fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)
    def forward(self, x):
        return self.fc2(self.fc1(x * self.scale + ramp(x.shape[2], len(self.fc1.weight))[:, None]))

@operator
class MineSpec(OperatorSpec):
    kind: Literal["mine"] = "mine"
    def build(self, grid, index): return Mine(grid.dim, 1 + index.index)
    {flops}
"""


@pytest.fixture
def mine(tiny):
    """The tiny recipe, four blocks deep, with a plugin's operator."""

    def recipe(flops="", operators="[mine, token]"):
        (tiny.parent / "mine.py").write_text(PLUGIN.format(flops=flops))
        return Recipe.load(tiny, set=["model.depth=4", f"model.block.operators={operators}", "runner.epochs=1"], plugins=["mine"])

    return recipe


def test_a_plugins_operator_is_counted_in_every_block_and_with_all_in_it(mine):
    """It grows with the depth: 1 to 4 hidden channels, on 24 tokens of 16 channels."""
    for operators in ("[mine, token]", "[{kind: chain, operators: [mine]}, token]"):
        row = next(row for row in describe(mine(operators=operators)).rows if row.depth == 1)
        assert row.flops == sum(2 * 2 * 24 * 16 * hidden for hidden in (1, 2, 3, 4))
        assert row.parameters == 4 * 32 + sum(16 * hidden + hidden + hidden * 16 + 16 for hidden in (1, 2, 3, 4))


def test_a_plugin_that_says_its_flops_is_believed(mine):
    rows = describe(mine("def flops(self, grid, index): return 1000 + index.index")).rows
    assert next(row for row in rows if row.depth == 1).flops == 4006
    with pytest.raises(
        RecipeError, match=r"operators.0\n    Does not fit: 1.00e\+18 FLOPs per clip.\n    Allowed: at most 1e\+17"
    ):
        describe(mine("def flops(self, grid, index): return 10**18"))


def test_a_plugin_that_cannot_be_counted_is_asked_for_its_flops(mine, monkeypatch):
    """As torch's flex_attention, it runs, but not while operations are counted."""
    refusing = "(x if not torch.utils._python_dispatch.is_in_torch_dispatch_mode() else 1 / 0)"
    monkeypatch.setitem(globals(), "PLUGIN", PLUGIN.replace("self.fc2(self.fc1(x", f"self.fc2(self.fc1({refusing}"))
    with pytest.raises(
        PluginError, match=r"(?s)operator 'mine'.*Its FLOPs cannot be counted: .*\n    Write flops\(self, grid, index\)"
    ):
        describe(mine())
    assert describe(mine("def flops(self, grid, index): return 5")).rows


def test_a_plugin_that_keeps_what_it_computed_keeps_no_tensor_without_numbers(mine):
    """Its table is made while the model is described, and used in training."""
    recipe = mine()
    describe(recipe)
    model = build_model(recipe, 10)
    assert model(torch.rand(2, 1, 32, 48)).isfinite().all()


def test_describing_draws_no_random_numbers(mine):
    before = torch.random.get_rng_state()
    describe(mine())
    assert torch.equal(torch.random.get_rng_state(), before)
