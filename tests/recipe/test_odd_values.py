"""Numbers that nobody means, paths that cannot be, calls that make no sense: each is a letter, none a traceback or a wait."""

from math import nan

import numpy as np
import pytest

from mixerkit import Grid, Recipe, build_model, build_operator, describe
from mixerkit.cli.app import run
from mixerkit.errors import RecipeError, UsageError
from mixerkit.operators import OperatorSpec
from tests.conftest import TINY
from tests.registry.test_registry import plugin

HUGE = 10**20
LARGEST = ("features.frames=1000000", "features.n_mels=4096")


def message(path, *assignments):
    with pytest.raises(RecipeError) as caught:
        describe(Recipe.load(path, set=assignments))
    return {problem.where.split("  ")[-1]: str(problem) for problem in caught.value.problems}


@pytest.mark.parametrize("value", [HUGE, -HUGE, 2**31, "1e20"])
@pytest.mark.parametrize(
    "key",
    "runner.batch_size runner.epochs runner.seed features.frames features.n_mels features.augment.time_mask model.dim "
    "model.depth model.patches.stride.1 model.patches.size data.train model.block.operators.0.step".split(),
)
def test_an_integer_that_nobody_means(tmp_path, key, value):
    path = tmp_path / "odd.yaml"
    text = TINY.replace("size: 8, stride: 8", "size: [8, 8], stride: [8, 8]")
    path.write_text(text.replace("[hermit-frequency, roll-time]", "[shift]"))
    found = message(path, f"{key}={value}")
    assert list(found) in ([key], [f"{key}.0", f"{key}.1"])
    assert "It should be" in found[next(iter(found))]


@pytest.mark.parametrize("value", ["1e308", "1e20", "1e-308", "-1e20"])
@pytest.mark.parametrize(
    "key",
    "features.hop_ms features.window_ms features.f_max features.augment.delay_ms features.normalise.mean "
    "features.normalise.std features.normalise.divisor model.block.sublayer.layer_scale runner.optimizer.lr "
    "model.block.operators.1.hidden_ratio model.init.std runner.optimizer.weight_decay runner.clip_grad".split(),
)
def test_a_float_that_nobody_means(tiny, key, value):
    found = message(tiny, f"{key}={value}")
    assert list(found) == [key]
    assert "It should be" in found[key]


def test_each_mistake_is_reported_once_and_beside_the_others(tiny):
    found = message(tiny, "runner.batch_size=100000000000000000000", "runner.epoch=3", "features.hop_ms=1e30")
    assert set(found) == {"runner.batch_size", "runner.epoch", "features.hop_ms"}
    assert "from -2147483647 to 2147483647" in found["runner.batch_size"]
    assert "from 1e-18 to 1e+15 in size" in found["features.hop_ms"]


@pytest.mark.parametrize(
    "assignment", ["features.normalise={mean: 1.0e+15, std: 1.0e-18, divisor: 1.0e-18}", "runner.clip_grad=1e-18"]
)
def test_what_is_just_within_range_is_fine(tiny, assignment):
    from mixerkit.assembly import build_front_end

    recipe = Recipe.load(tiny, set=[assignment, "model.block.sublayer.layer_scale=-1e15", "runner.batch_size=2147483647"])
    describe(recipe)
    build_model(recipe, 3)
    statistics = recipe.features.normalise.given()
    if statistics is not None:
        build_front_end(recipe).set_statistics(statistics)


@pytest.mark.parametrize(
    ("assignments", "key"),
    [
        (["features.hop_ms=1e15"], "features.hop_ms"),
        (["features.hop_ms=600"], "features.hop_ms"),
        (["features.window_ms=1e15"], "features.window_ms"),
        (["model.block.operators.1.hidden_ratio=1e15"], "model.block.operators.1"),
        (["model.block.operators.0.hidden_ratio=1e15", "model.dim=65536"], "model.block.operators.0"),
        (["model.dim=65536", "model.depth=1000"], "model.depth"),
        (["model.position=learned", "model.dim=65536", "model.block.operators=[identity]", *LARGEST], "model.position"),
        (["model.block.operators=[{kind: attention, heads: 4}]", *LARGEST], "model.block.operators.0"),
        (["model.depth=1001"], "model.depth"),
        (["model.dim=65537"], "model.dim"),
        (["features.frames=1000001"], "features.frames"),
        (["features.n_mels=4097"], "features.n_mels"),
    ],
)
def test_a_size_that_no_machine_holds(tiny, assignments, key):
    assert list(message(tiny, *assignments)) == [key]


def test_the_largest_strides_and_sizes_that_are_allowed_build(tiny):
    assert describe(
        Recipe.load(tiny, set=["model.patches.stride=[2147483647, 2147483647]", *LARGEST, "model.block.operators=[channel]"])
    ).rows
    assert describe(Recipe.load(tiny, set=["model.dim=65536", "model.block.operators=[{kind: channel, hidden_ratio: 5.0}]"])).rows


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["model.dim=65536", "model.depth=1000"], r"=1000  model.depth\n    Does not fit: 3.44e\+13 weights in 1000 blocks"),
        (["model.block.operators.0.hidden_ratio=1e15", "model.dim=65536"], "more weights than torch can count"),
    ],
)
def test_a_size_that_no_machine_holds_is_refused_before_it_is_built(tiny, assignments, message):
    recipe = Recipe.load(tiny, set=assignments)
    with pytest.raises(RecipeError, match=message):
        build_model(recipe, 3)
    with pytest.raises(RecipeError, match=r"^recipe  model\..*\n    Does not fit: .*\n    Allowed: at most 1e\+11: "):
        build_model(Recipe.model_validate(recipe.as_dict()), 3)  # not read from a file


def test_a_plugins_size_is_estimated_from_the_channels(tiny, tmp_path):
    """It is not built to be measured: what it builds at such a size is what must be prevented."""
    plugin(tmp_path, "mine.py", "large-kind", tail="MineSpec.build = lambda *_: exit('it was built')")
    recipe = Recipe.load(
        tiny, plugins=["mine"], set=["model.dim=65536", "model.depth=1000", "model.block.operators=[large-kind]"]
    )
    with pytest.raises(RecipeError, match=r"model.depth\n    Does not fit: 4.29e\+12 weights in 1000 blocks"):
        build_model(recipe, 3)


def test_a_window_that_does_not_fit_a_stage_is_still_a_issue(tiny):
    block = "block: {operators: [channel]}"
    stages = f"model={{depth: null, block: null, stages: [{{{block}}}, {{{block}, downsample: 9}}, {{{block}, downsample: 2}}]}}"
    assert "at most the grid of 4 x 6" in message(tiny, stages)["model.stages.1.downsample"]


def test_a_default_out_of_range_is_refused_where_it_is_written():
    with pytest.raises(TypeError, match=r"OddSpec.floor is 1e-30 by default. A setting is 0, or from 1e-18"):

        class OddSpec(OperatorSpec):
            floor: float = 1e-30


@pytest.mark.parametrize("classes", [0, -3, HUGE, 1_000_001, True, 2.0, "3", nan])
def test_a_number_of_classes_that_cannot_be(tiny, classes):
    recipe = Recipe.load(tiny)
    for call in (describe, build_model):
        with pytest.raises(UsageError, match=r"(?s)classes.*from 1 to 1,000,000"):
            call(recipe, classes)
    if isinstance(classes, int):
        assert run(["check", str(tiny), "--classes", str(int(classes) if classes is not True else HUGE)]) == 2


@pytest.mark.parametrize("sizes", [(0, 6, 16), (-1, 6, 16), (4, 0, 16), (4, 6, 0), (4, 6, 16, -1)])
def test_a_grid_has_at_least_one_of_each(sizes):
    with pytest.raises(ValueError, match="it is at least"):
        Grid(*sizes)


@pytest.mark.parametrize("odd", ["a", nan, 4.0, None, True, [4]])
def test_a_grid_is_whole_numbers(odd):
    for sizes in ((odd, 6, 16), (4, odd, 16), (4, 6, odd), (4, 6, 16, odd)):
        with pytest.raises(TypeError, match="it is a whole number"):
            Grid(*sizes)
    assert build_operator("token", Grid(np.int64(2), 3, 16))


@pytest.mark.parametrize("path", [None, 3, b"recipes/asm.yaml", ["recipes/asm.yaml"]])
def test_a_path_that_is_none_says_what_came(path, tiny):
    for call in (lambda: Recipe.load(path), lambda: Recipe.load(tiny, path)):
        with pytest.raises(UsageError, match="Got: "):
            call()


def test_a_word_where_a_list_belongs(tiny):
    for more in ({"set": "runner.seed=1"}, {"plugins": "gated_shift"}):
        with pytest.raises(UsageError, match=r"A list: \w+=\['"):
            Recipe.load(tiny, **more)


ODD_NAMES = [
    "x" * 300,
    "x/" * 3000,
    "~nosuchuser/a.yaml",
    "~nosuchuser/a.py",
    "/",
    "",
    ".",
    "..",
    "a\0b",
    "a\0b.py",
    "a/\0/b.py",
]


@pytest.mark.parametrize("name", ODD_NAMES, ids=[name[:9].encode("unicode_escape").decode() for name in ODD_NAMES])
def test_a_name_that_cannot_be_is_a_clear_error(name, tiny, capsys):
    for words in (
        ["check", name],
        ["check", str(tiny), name],
        ["check", str(tiny), "--plugin", name],
        ["check", str(tiny), "--set", name],
        ["check", str(tiny), "--set", f"name={name}x x"],
        ["check", str(tiny), "--set", f"base={name}"],
        ["show", str(tiny), "--diff", name],
        ["info", "token", "--plugin", name],
        ["info", name],
        ["train", name],
    ):
        assert run(words) == 2, words
        assert "bug of mixerkit" not in capsys.readouterr().err


def test_odd_names_in_a_recipe_are_clear_errors(tmp_path):
    for line in (
        "base: " + "x" * 300,
        "plugins: [" + "x" * 300 + "]",
        'base: "a\\0b"',
        "plugins: [~nosuchuser/x.py]",
        'plugins: ["\\0.py"]',
    ):
        path = tmp_path / "odd.yaml"
        path.write_text(TINY + line + "\n")
        with pytest.raises(RecipeError):
            Recipe.load(path)
