"""Every shipped recipe loads, checks, says what it is, and trains; every overlay does over asm_rh."""

import pytest
import torch

import mixerkit
from mixerkit import Recipe, build_model, describe
from tests.conftest import REPOSITORY
from tests.datasets import miniatures

RECIPES = sorted((REPOSITORY / "recipes").glob("*.yaml"))
OVERLAYS = sorted((REPOSITORY / "recipes" / "paper").glob("*.yaml"))
SYNTHETIC_SPEECH = sorted((REPOSITORY / "recipes" / "synthetic_speech").glob("*.yaml"))
STUDIES = sorted((REPOSITORY / "recipes" / "studies").glob("*.yaml"))
PYRAMIDS = {"shiftvit", "poolformer", "active_mlp", "aff", "cyclemlp", "randformer", "identityformer", "s2_mlp_v2"}
"""They have stages where an overlay says depth."""
MINIATURES = {
    "speech_commands": miniatures.speech_commands,
    "urbansound8k": miniatures.urbansound8k,
    "casia": lambda root: miniatures.casia(root, texts=4),
    "ravdess": lambda root: miniatures.ravdess(root, actors=11, repetitions=1),
}
SMALL = [
    "data.train=2",
    "data.val=1",
    "data.test=1",
    "runner.epochs=1",
    "runner.schedule.warmup_epochs=0",
    "runner.device=cpu",
]
"""A real run on few clips. The model stays as it is."""


def names(paths):
    return [path.stem for path in paths]


def test_the_asked_for_recipes_are_there():
    assert {"asm_rh", "asm", "asm_h", "asm_r", "mlp_mixer", "ast"} | PYRAMIDS <= set(names(RECIPES))
    assert set(names(OVERLAYS)) == set(MINIATURES)
    assert len([*(REPOSITORY / "recipes").rglob("*.yaml")]) == len(RECIPES + OVERLAYS + SYNTHETIC_SPEECH + STUDIES)


@pytest.mark.parametrize("path", RECIPES, ids=names(RECIPES))
def test_recipe_trains(path, tmp_path):
    recipe = Recipe.load(path, set=SMALL)
    before = build_model(recipe, 10).state_dict()
    run = mixerkit.train(recipe, out=tmp_path / "run")
    assert run.status == "finished"
    after = run.model().state_dict()
    assert after.keys() == before.keys()
    assert not all(torch.equal(after[name], before[name]) for name in after)
    assert path.read_text().startswith("# ")


@pytest.mark.slow
@pytest.mark.parametrize("overlay", OVERLAYS, ids=names(OVERLAYS))
def test_overlay_trains_over_asm_rh(overlay, tmp_path):
    """One step on the paper's grid of 600 tokens, of one data set at its width too, on a miniature of the data's real layout."""
    root = MINIATURES[overlay.stem](tmp_path / "data")
    part = [] if overlay.stem == "casia" else ["data.allow_subset=true"]
    width = 768 if overlay.stem == "casia" else 48
    small = [f"model.dim={width}", "model.depth=1", "runner.epochs=1", "runner.device=cpu", "runner.batch_size=128"]
    settings = [f"data.root={root}", *part, *small]
    run = mixerkit.train(REPOSITORY / "recipes" / "asm_rh.yaml", overlay, set=settings, out=tmp_path / "run")
    assert run.status == "finished"
    assert describe(run.recipe).rows[3].shape == f"12 x 50 x {width}  (N 600)"
    assert len(run.labels) == {"speech_commands": 35, "urbansound8k": 10, "casia": 6, "ravdess": 8}[overlay.stem]


@pytest.mark.parametrize("overlay", OVERLAYS, ids=names(OVERLAYS))
@pytest.mark.parametrize("path", RECIPES, ids=names(RECIPES))
def test_every_overlay_fits_every_recipe_that_has_blocks_all_alike(path, overlay):
    if path.stem in PYRAMIDS:
        with pytest.raises(mixerkit.MixerkitError, match="either stages, or depth and block"):
            Recipe.load(path, overlay)
        return
    assert Recipe.load(path, overlay).model.dim == 768


@pytest.mark.parametrize(
    ("overlay", "lr", "epochs"),
    [("speech_commands", 2.5e-4, 30), ("urbansound8k", 2.5e-4, 25), ("casia", 2.5e-4, 25), ("ravdess", 2.5e-4, 25)],
)
def test_overlays_hold_what_the_paper_states(overlay, lr, epochs):
    recipe = Recipe.load(REPOSITORY / "recipes" / "asm_rh.yaml", REPOSITORY / "recipes" / "paper" / f"{overlay}.yaml")
    assert (recipe.runner.optimizer.lr, recipe.runner.epochs, recipe.runner.schedule.decay_after) == (lr, epochs, 5)
    assert (recipe.model.dim, recipe.model.depth) == (768, 12)
    assert recipe.model.token_grid(recipe.input_shape()).tokens == 600


def test_an_ablation_differs_from_asm_rh_in_its_operators_alone():
    from mixerkit.recipe import difference

    for name, half in (("asm_h", "1"), ("asm_r", "0")):
        one, other = (Recipe.load(REPOSITORY / "recipes" / f"{stem}.yaml") for stem in (name, "asm_rh"))
        keys = {key for key, _, _ in difference(one, other)} - {"name"}
        assert keys
        assert all(key.startswith(f"model.block.operators.{half}.") for key in keys)


def test_the_recipes_train_without_the_plugins_folder(tmp_path):
    """The core never needs a plugin: only the recipe that names one does."""
    copy = tmp_path / "recipes"
    copy.mkdir()
    for path in RECIPES:
        (copy / path.name).write_text(path.read_text())
    loaded = [path.stem for path in sorted(copy.glob("*.yaml")) if path.stem != "gated_shift" and Recipe.load(path)]
    assert len(loaded) == len(RECIPES) - 1
    with pytest.raises(mixerkit.MixerkitError, match="gated_shift"):
        Recipe.load(copy / "gated_shift.yaml")
