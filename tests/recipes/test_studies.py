"""Every shipped study can be planned; the six tables of the paper are there, every row, and stand beside the right recipes."""

import re

import pytest

import mixerkit
from mixerkit.study.plan import make_plan
from mixerkit.study.published import load_published
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "recipes" / "studies"
PUBLISHED = FOLDER / "published.yaml"
TRIALS = {
    "speech_commands": ("I", 3 * 3),
    "urbansound8k": ("II", 3 * 3),
    "urbansound8k_folds": ("III", 3 * 10),
    "casia": ("IV", 3 * 3),
    "ravdess_folds": ("V", 3 * 10),
    "ablation": ("VI", 5 * 3),
    "made_sounds": (None, 5 * 3),
    "spoken_square": (None, 7 * 3),
    "readings": (None, 11 * 3),
    "field": (None, 26 * 3),
}
PAPER = {
    "I": "ASM 92.92 99.77 91.89 99.73 ASM-I 94.70 99.87 94.01 99.83 ASM-RH 96.62 99.84 96.51 99.89",
    "II": "ASM 88.52 99.06 89.51 99.03 ASM-I 92.30 99.44 91.76 99.44 ASM-RH 96.49 99.80 95.80 99.83",
    "III": "EAT-M 90 ASM-RH-I 97.96 98.63",
    "IV": "ASM 90.25 99.48 89.97 99.43 ASM-I 92.47 99.62 91.76 99.45 ASM-RH 93.15 99.60 92.19 99.45",
    "V": "ERANN-1-3 73.1 ERANN-0-4 74.8 ERANN-1-4 74.1 ASM-RH-A 75.4 94.98",
    "VI": "ASM-RH 96.49 99.80 95.80 99.83 ASM-H 95.61 99.76 95.19 99.75 ASM-R 96.19 99.77 95.04 99.79",
}
"""Model, then its figures in the order of the paper's rows."""


def test_all_studies_are_known_here():
    assert {path.stem for path in FOLDER.glob("*.yaml")} - {"published"} == set(TRIALS)


@pytest.mark.parametrize("name", TRIALS)
def test_a_shipped_study_is_planned(name):
    plan = mixerkit.plan_study(FOLDER / f"{name}.yaml")
    table, trials = TRIALS[name]
    assert len(plan.trials) == trials
    assert (plan.published.name if plan.published else None) == table
    assert (FOLDER / f"{name}.yaml").read_text().startswith("# ")


def test_the_field_holds_every_recipe_at_the_same_size():
    plan, recipes = make_plan(FOLDER / "field.yaml")
    shipped = {mixerkit.Recipe.load(path).name for path in (REPOSITORY / "recipes").glob("*.yaml")}
    assert set(plan.rows) == {*shipped, "asm-rh, xavier-uniform", "mlp-mixer, xavier-uniform"}
    first = {trial.row: recipes[trial.id] for trial in plan.trials if trial.seed == 0}
    sizes = {row: mixerkit.describe(recipe, classes=35).parameters for row, recipe in first.items()}
    assert all(abs(size / sizes["mlp-mixer"] - 1) < 0.05 for size in sizes.values()), sizes
    assert all(sum(stage.repeat for stage in recipe.model.all_stages()) in (4, 5) for recipe in first.values())
    assert len({str(recipe.runner.model_copy(update={"seed": 0})) for recipe in first.values()}) == 1


@pytest.mark.parametrize("name", PAPER)
def test_published_tables_are_the_papers(name):
    _, table = load_published(PUBLISHED, name)
    printed = [text for row in table.rows for text in (row.model, *(f"{value:g}" for value in row.metrics.values()))]
    assert printed == [word if re.search("[A-Z]", word) else f"{float(word):g}" for word in PAPER[name].split()]
    assert all(1.0 < value <= 100.0 for row in table.rows for value in row.metrics.values())


@pytest.mark.parametrize("name", [name for name, (table, _) in TRIALS.items() if table])
def test_a_published_row_stands_beside_its_model_or_says_why_not(name):
    plan = mixerkit.plan_study(FOLDER / f"{name}.yaml")
    for row in plan.published.rows:
        beside = [ours for ours, model in plan.published_models.items() if model == row.model]
        assert bool(beside) != bool(row.not_run), row.model
        assert [ours.upper() for ours in beside] in ([], [row.model])
