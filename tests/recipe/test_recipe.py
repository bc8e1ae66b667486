"""Recipes: base, overlays, plugins, and what a user reads after a mistake."""

from copy import deepcopy

import pytest
from ruamel.yaml import YAML

from mixerkit import Recipe
from mixerkit.errors import RecipeError
from mixerkit.recipe import difference, to_yaml, with_origins
from tests.conftest import TINY
from tests.registry.test_registry import plugin


def problems(path, *overlays, **more):
    with pytest.raises(RecipeError) as caught:
        Recipe.load(path, *overlays, **more)
    return {p.where.split("  ")[-1]: p for p in caught.value.problems}


def test_a_recipe_is_frozen_and_reads_back_to_itself(tiny, tmp_path):
    recipe = Recipe.load(tiny)
    with pytest.raises(ValueError, match="frozen"):
        recipe.name = "other"
    again = tmp_path / "again.yaml"
    again.write_text(to_yaml(recipe))
    assert Recipe.load(again) == recipe


def test_the_text_with_origins_is_the_same_recipe(tiny, tmp_path):
    recipe = Recipe.load(tiny, set=["model.block.operators.1.axes=grid"])
    text = with_origins(recipe)
    again = tmp_path / "again.yaml"
    again.write_text(text)
    assert Recipe.load(again) == recipe
    lines = {line.split("#")[0].strip(): line.split("#")[1].strip() for line in text.splitlines() if "#" in line}
    assert lines["axes: grid"] == "--set model.block.operators.1.axes=grid"
    assert lines["n_mels: 32"] == f"{tiny}:4"
    assert lines["window_ms: 25.0"] == "default"


STAGES = """\
model:
  depth: null
  block: null
  stages:
    - block:
        operators:
          - token
          - {operator: {kind: roll, axes: grid}, norm: none}
          - {operator: shift, norm: layer}
    - downsample: 2
      block: {operators: [token]}
runner:
  loss: bce
"""


def test_a_value_has_the_origin_of_whichever_form_it_was_written_in(tiny, tmp_path):
    overlay = tmp_path / "stages.yaml"
    overlay.write_text(STAGES)
    lines = [line.rpartition("#") for line in with_origins(Recipe.load(tiny, overlay)).splitlines()]
    origins = {text.strip(" -"): origin.strip() for text, _, origin in reversed(lines)}
    written = {
        "kind: token": 7,
        "kind: roll": 8,
        "axes: grid": 8,
        "norm: none": 8,
        "kind: shift": 9,
        "stride: [2, 2]": 10,
        "kind: bce": 13,
    }
    assert {text: origins[text] for text in written} == {text: f"{overlay}:{line}" for text, line in written.items()}
    assert origins["bias: true"] == origins["size: null"] == origins["label_smoothing: 0.0"] == "default"


def test_name_defaults_to_the_file(tmp_path):
    path = tmp_path / "my_run.yaml"
    path.write_text(TINY.replace("name: tiny\n", ""))
    assert Recipe.load(path).name == "my_run"


def test_a_base_goes_one_level(tiny, tmp_path):
    child = tmp_path / "child.yaml"
    child.write_text("base: tiny.yaml\nrunner: {seed: 5}\n")
    recipe = Recipe.load(child)
    assert (recipe.name, recipe.runner.seed, recipe.runner.batch_size) == ("child", 5, 8)
    grandchild = tmp_path / "grandchild.yaml"
    grandchild.write_text("base: child.yaml\n")
    assert "one level" in problems(grandchild)["base"].expected
    child.write_text("base: nothing.yaml\n")
    assert "no file" in problems(child)["base"].got
    child.write_text("base: [tiny.yaml]\n")
    assert "file name" in problems(child)["base"].expected


def test_a_base_is_looked_for_beside_it_and_then_in_the_kit(tiny, tmp_path):
    child = tmp_path / "child.yaml"
    child.write_text("base: asm_rh.yaml\nrunner: {seed: 5}\n")
    recipe = Recipe.load(child)
    assert (recipe.name, recipe.runner.seed, recipe.model) == ("child", 5, Recipe.load("recipes/asm_rh.yaml").model)
    tiny.rename(tmp_path / "asm_rh.yaml")
    assert Recipe.load(child).runner.batch_size == 8


def test_overlays_are_laid_over_in_order(tiny, tmp_path):
    for name, seed in (("one", 1), ("two", 2)):
        (tmp_path / f"{name}.yaml").write_text(f"runner: {{seed: {seed}}}\n")
    assert Recipe.load(tiny, tmp_path / "one.yaml", tmp_path / "two.yaml").runner.seed == 2
    assert Recipe.load(tiny, tmp_path / "two.yaml", tmp_path / "one.yaml", set=["runner.seed=7"]).runner.seed == 7


@pytest.mark.parametrize("line", ["name: x", "base: tiny.yaml"])
def test_an_overlay_has_neither_base_nor_name(tiny, tmp_path, line):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(f"{line}\n")
    assert line.split(":")[0] in problems(tiny, overlay)


def test_every_mistake_is_reported_at_once_with_file_line_and_hint(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        "name: bad\n"
        "data: {kind: synthetic-event}\n"
        "lr: 3\n"
        "features: {kind: log-mel, window_ms: 2000}\n"
        "model:\n"
        "  dim: 18\n"
        "  depth: 2\n"
        "  block:\n"
        "    sublayer: {norm: layr}\n"
        "    operators:\n"
        "      - hermit-frequncy\n"
        "      - {kind: roll-time, hidden_ration: 2.0}\n"
        "      - {operator: token, residal: false}\n"
        "runner: {epochs: 0, optimizer: {kind: adamw, lr: .nan}, precision: bf16, schedule: {kind: cosine, warmup_epochs: 99}}\n"
    )
    found = problems(path)
    assert set(found) == {
        "data",
        "lr",
        "features.window_ms",
        "model.block.sublayer.norm.kind",
        "model.block.operators.0",
        "model.block.operators.1.hidden_ration",
        "model.block.operators.2.residal",
        "runner.epochs",
        "runner.optimizer.lr",
        "runner.precision",
        "runner.schedule.warmup_epochs",
    }
    lines = [int(p.where.split("  ")[0].rsplit(":", 1)[1]) for p in found.values()]
    assert lines == sorted(lines)
    assert "Did you mean 'hermit-frequency'?" in found["model.block.operators.0"].expected
    assert "Did you mean 'hidden_ratio'?" in found["model.block.operators.1.hidden_ration"].expected
    assert "Did you mean 'layer'?" in found["model.block.sublayer.norm.kind"].expected
    assert "Did you mean runner.optimizer.lr?" in found["lr"].expected
    assert "nan" in found["runner.optimizer.lr"].got


def test_a_shape_that_does_not_fit_is_reported_beside_a_misspelt_key(tiny):
    found = problems(tiny, set=["model.patches.stride=9", "runner.epoch=3"])
    assert set(found) == {"model.block.operators.1", "runner.epoch"}
    assert "N = 15 tokens" in found["model.block.operators.1"].got
    assert "Did you mean 'epochs'?" in found["runner.epoch"].expected


@pytest.mark.parametrize(
    ("assignment", "where", "message"),
    [
        ("model.patches.size=40", "model.patches.size", "a patch of 40 mels"),
        ("model.head=ast", "model.head", "extra_tokens: [cls, dist]"),
        ("model.depth=null", "model.depth", "depth and block"),
        ("model.stages=[{block: {operators: [token]}}]", "model.stages", "either stages, or depth and block"),
        ("model.block.operators=[]", "model.block.operators", "at least one operator"),
        ("model.block.operators.0={kind: shift, divisions: 20}", "model.block.operators.0.divisions", "at most D = 16"),
        ("model.extra_tokens=[cls]", "model.block.operators.1", "N must be a multiple"),
        ("runner.precision=float16", "runner.precision", "float16 needs a GPU"),
        ("runner.devices=9", "runner.devices", "at most runner.batch_size"),
        ("features.f_max=9000", "features.f_max", "half the rate"),
        ("runner.optimizer.betas=[0.9, 1.0]", "runner.optimizer.betas.1", "less than 1"),
        ("runner.optimizer={kind: sgd, betas: [0.9, 0.9]}", "runner.optimizer.betas", "Allowed here: lr, weight_decay"),
        (
            "runner.schedule={kind: step, final_ratio: 0.1}",
            "runner.schedule.final_ratio",
            "Allowed here: warmup_epochs, decay_after",
        ),
        ("model.extra_tokens=[cls, cls]", "model.extra_tokens", "each token once"),
        ("data.train=true", "data.train", "valid integer"),
        ("name=a/b", "name", "pattern"),
        ("audio={rate: 16000", "--set audio={rate: 16000", "not YAML"),
    ],
)
def test_contradictions_are_found_before_anything_runs(tiny, assignment, where, message):
    found = problems(tiny, set=[assignment])
    assert where in found or any(where in key for key in found), found
    assert message in "\n".join(str(problem) for problem in found.values())


def test_a_missing_recipe_is_suggested(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match=r"Did you mean recipes/asm_rh\.yaml"):
        Recipe.load("recipes/asm_rhh.yaml")
    with pytest.raises(RecipeError, match=r"Did you mean recipes/paper/ravdess\.yaml"):
        Recipe.load("recipes/paper/ravdes.yaml")
    with pytest.raises(RecipeError, match="See: mixerkit list recipes"):
        Recipe.load("nosuch.yaml")
    assert Recipe.load("recipes/asm_rh.yaml").name == "asm-rh"  # the shipped one, from anywhere


def test_difference_names_what_differs(tiny):
    other = Recipe.load(tiny, set=["runner.seed=3", "model.block.operators=[token]"])
    found = {key: (a, b) for key, a, b in difference(Recipe.load(tiny), other)}
    assert found["runner.seed"] == ("0", "3")
    assert found["model.block.operators.0.kind"] == ("hermit-frequency", "token")
    assert found["model.block.operators.1.kind"] == ("roll-time", "-")


def test_difference_of_three_names_a_key_that_one_alone_has_or_lacks(tiny):
    one, two = Recipe.load(tiny), Recipe.load(tiny, set=["model.block.operators=[hermit-frequency]"])
    for recipes, kinds in [((one, two, one), ("roll-time", "-", "roll-time")), ((two, two, one), ("-", "-", "roll-time"))]:
        rows = {key: tuple(values) for key, *values in difference(*recipes)}
        assert rows["model.block.operators.1.kind"] == kinds
        assert rows.keys() == {key for key, *_ in difference(one, two)}
    assert difference(one, one, one) == []


def recipe_with(tmp_path, kind, listed):
    folder = tmp_path / "recipes"
    folder.mkdir(exist_ok=True)
    path = folder / "r.yaml"
    path.write_text(TINY.replace("[hermit-frequency, roll-time]", f"[{kind}]") + f"plugins: {listed}\n")
    return path


def test_a_plugin_is_found_beside_the_recipe_then_in_plugins_beside_its_folder(tmp_path):
    (tmp_path / "plugins").mkdir()
    plugin(tmp_path / "plugins", "mine.py", "plugin-kind", flops=1)
    path = recipe_with(tmp_path, "plugin-kind", "[mine]")
    assert Recipe.load(path).model.block.operators[0].operator.flops(None, None) == 1
    plugin(tmp_path / "recipes", "mine.py", "plugin-kind", flops=2)
    assert Recipe.load(path).model.block.operators[0].operator.flops(None, None) == 2


def test_a_kind_that_only_an_unlisted_plugin_provides_says_what_to_add(tmp_path):
    (tmp_path / "plugins").mkdir()
    plugin(tmp_path / "plugins", "mine.py", "unlisted-kind", tail="raise SystemExit('it was run')")
    found = problems(recipe_with(tmp_path, "unlisted-kind", "[]"))
    assert "add plugins: [mine] to the recipe, or --plugin mine" in found["model.block.operators.0"].hint


def test_a_plugin_named_on_the_command_line_is_used_and_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = plugin(tmp_path, "by_hand.py", "by-hand")
    recipe = Recipe.load(recipe_with(tmp_path, "by-hand", "[]"), plugins=["by_hand.py"])
    assert recipe.plugins == ("by_hand.py",)
    assert [p.source for p in recipe.loaded_plugins] == [str(file)]


def test_a_broken_plugin_is_one_problem_among_the_others(tmp_path):
    plugin(tmp_path, "broken.py", "broken-kind", tail="raise RuntimeError('boom')")
    path = recipe_with(tmp_path, "token", "[../broken.py]")
    found = problems(path, set=["runner.epoch=1"])
    text = "\n".join(map(str, found.values()))
    assert "boom" in text
    assert "Did you mean 'epochs'?" in text


def test_two_plugins_with_one_kind_are_refused(tmp_path):
    for i in (1, 2):
        plugin(tmp_path, f"p{i}.py", "same-kind", flops=i)
    found = problems(recipe_with(tmp_path, "token", "[../p1.py, ../p2.py]"))
    assert "Both" in found["plugins"].got


def edits(word):
    """All words one edit away: a letter left out, doubled, or swapped with the next."""
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]
        yield word[: i + 1] + word[i] + word[i + 1 :]
        if i + 1 < len(word) and word[i] != word[i + 1]:
            yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def all_keys(data, loc=()):
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if isinstance(key, str) and key not in ("kind", "operator"):
            yield (*loc, key)
        yield from all_keys(value, (*loc, key))


FULL = YAML(typ="safe").load(TINY.replace("[hermit-frequency, roll-time]", "[{kind: roll-time, hidden_ratio: 4.0}, token]"))


def test_a_key_with_one_wrong_error_is_refused_and_nearly_always_the_right_one_suggested(tmp_path):
    path, right, tried = tmp_path / "r.yaml", 0, 0
    for loc in all_keys(FULL):
        for typo in sorted(set(edits(loc[-1])) - set(all_words(FULL)))[::3]:
            recipe = deepcopy(FULL)
            group = recipe
            for step in loc[:-1]:
                group = group[step]
            group[typo] = group.pop(loc[-1])
            with path.open("w") as file:
                YAML().dump(recipe, file)
            reported = [p for p in problems(path).values() if f"'{typo}'" in p.got]
            tried, right = tried + 1, right + any(f"Did you mean '{loc[-1]}'" in p.expected for p in reported)
    assert tried > 150
    assert right / tried >= 0.95


def all_words(data):
    return {loc[-1] for loc in all_keys(data)}
