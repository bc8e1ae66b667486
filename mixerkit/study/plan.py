"""The plan: every trial of a study with its recipe, before anything is trained.

A trial's id is a hash of what decides its result: the resolved recipe and the code of its plugins. Names, the places where data
lies, and devices are left out, so a study goes on when its data or its folder has moved, and on another machine.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from mixerkit.datasets import FoldName, Folds, fold_key, natural_order
from mixerkit.errors import DataError, MixerkitError, Problem, RecipeError
from mixerkit.recipe import Recipe, find_recipe, shipped_recipe
from mixerkit.study.published import PublishedTable, load_published
from mixerkit.study.spec import RowSpec, StudySpec, load_study, refuse_unknown

NOT_IN_ID = {"runner": ("device", "devices")}


@dataclass(frozen=True)
class Trial:
    """One training: a row and a protocol of the table, a seed, a fold."""

    id: str
    row: str
    overlay: str
    seed: int
    fold: int | str | None = None

    @property
    def name(self) -> str:
        """In words."""
        fold = "" if self.fold is None else f", fold {self.fold}"
        return f"{self.row}{f', {self.overlay}' if self.overlay else ''}, seed {self.seed}{fold}"


@dataclass(frozen=True)
class Plan:
    """All trials in the order in which they are run, and what the table needs beside them."""

    name: str
    about: str
    rows: tuple[str, ...]
    overlays: tuple[str, ...]
    reference: str
    trials: tuple[Trial, ...]
    source: str = ""
    published: PublishedTable | None = None
    published_models: dict[str, str] | None = None
    """The row's name -> the published model beside it."""


def make_plan(
    path: Path, assignments: Sequence[str] = (), plugins: Sequence[str] = (), recipes: Sequence[str] = ()
) -> tuple[Plan, dict[str, Recipe]]:
    """Read a study and all its recipes; the plan, and each trial's recipe by the trial's id.

    Raises:
        RecipeError: with the mistakes of all recipes at once.
        DataError: there are none, but data that says its own folds is missing.
    """
    spec, path = load_study(path, assignments, recipes)
    folder = path.parent
    labels = _labels(spec)
    by_id: dict[str, Recipe] = {}
    trials: list[Trial] = []
    problems: list[Problem] = []
    mistakes: set[type[MixerkitError]] = set()
    for row in spec.recipes:
        for overlays, label in zip(spec.overlays, labels, strict=True):
            try:
                for trial, recipe in _trials(spec, row, overlays, label, folder, plugins):
                    trials.append(trial)
                    by_id[trial.id] = recipe
            except MixerkitError as error:
                mistakes.add(type(error))
                what = f"{path}: {row.name or row.recipe}"
                problems += [Problem(f"{what}: {p.where}", p.got, p.expected, p.hint) for p in error.problems]
    if problems:
        raise (DataError if mistakes == {DataError} else RecipeError)(*dict.fromkeys(problems))
    _refuse_same(trials, path)
    rows = tuple(dict.fromkeys(trial.row for trial in trials))
    reference = spec.reference or rows[0]
    refuse_unknown(f"{path}  reference", reference, rows, "row")
    source, table = load_published(_beside(folder, spec.published.file), spec.published.table) if spec.published else ("", None)
    return Plan(
        name=spec.name,
        about=spec.about,
        rows=rows,
        overlays=labels,
        reference=reference,
        trials=tuple(sorted(trials, key=lambda trial: (spec.seeds.index(trial.seed), natural_order(trial.fold or 0)))),
        source=source,
        published=table,
        published_models=_published_models(spec, rows, table, path),
    ), by_id


def plan_study(
    file: str | PathLike[str],
    *,
    set: Sequence[str] = (),  # noqa: A002  # the word of the command line
    plugins: Sequence[str] = (),
    recipes: Sequence[str | PathLike[str]] = (),
) -> Plan:
    """What :func:`mixerkit.run_study` would train with the same arguments. Raises RecipeError as it does."""
    return make_plan(Path(file), set, plugins, [str(recipe) for recipe in recipes])[0]


def trial_id(recipe: Recipe) -> str:
    """What decides a trial's result, in twelve characters: its settings and the code of its plugins."""
    settings = recipe.as_dict()
    for name in ("name", "plugins"):
        del settings[name]
    for group, names in {**NOT_IN_ID, "data": recipe.data.places}.items():
        settings[group] = {key: value for key, value in settings[group].items() if key not in names}
    division = recipe.data.chosen_division()
    if isinstance(division, Folds):  # however the fold is written, and where it is left out
        lines = settings["data"]["fold"]
        settings["data"]["fold"] = str(fold_key(division.names[0] if lines is None else lines))
    settings["plugin code"] = sorted({plugin.digest for plugin in recipe.loaded_plugins})
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def _trials(
    spec: StudySpec, row: RowSpec, overlays: Sequence[str], label: str, folder: Path, plugins: Sequence[str]
) -> list[tuple[Trial, Recipe]]:
    files = [_found(folder, name) for name in (row.recipe, *row.overlays, *overlays)]
    settings = (*row.set, *spec.set)
    base = Recipe.load(*files, set=settings, plugins=plugins)
    found = []
    for seed in spec.seeds:
        for fold in _folds(spec, base):
            one = [f"runner.seed={seed}", *([] if fold is None else [f"data.fold={json.dumps(fold, ensure_ascii=False)}"])]
            recipe = Recipe.load(*files, set=[*settings, *one], plugins=plugins)
            found.append((Trial(trial_id(recipe), row.name or base.name, label, seed, fold), recipe))
    return found


def _found(folder: Path, name: str) -> Path:
    """A recipe beside the study, or wherever recipes are found."""
    beside = folder / name
    return beside if beside.is_file() else find_recipe(Path(name))


def _beside(folder: Path, name: str) -> Path:
    """A file of published tables beside the study, or else the kit's own of that name."""
    beside = folder / name
    return beside if beside.is_file() else shipped_recipe(Path(name)) or beside


def _folds(spec: StudySpec, recipe: Recipe) -> Sequence[FoldName | None]:
    if spec.folds is None:
        return [None]
    division = recipe.data.chosen_division()
    if not isinstance(division, Folds):
        got = "all" if spec.folds == "all" else ", ".join(map(str, spec.folds))
        hint = "Say how many: set: [data.folds=10]; or leave folds out."
        raise RecipeError(Problem("folds", f"{got}, but {recipe.data.kind} has no folds.", hint=hint))
    if spec.folds != "all":
        return spec.folds
    return [int(name) if re.fullmatch("0|[1-9][0-9]{,8}", name) else name for name in division.names]  # as a recipe says them


def _labels(spec: StudySpec) -> tuple[str, ...]:
    """What the overlays are called in the table: nothing, where there is but one way."""
    if len(spec.overlays) == 1:
        return ("",)
    return tuple("+".join(Path(name).stem for name in overlays) or "as is" for overlays in spec.overlays)


def _refuse_same(trials: Sequence[Trial], path: Path) -> None:
    """Two trials with one id are the same training: a row too many, or two rows or overlays with one name."""
    first: dict[Any, Trial] = {}
    for trial in trials:
        for key, why in ((trial.id, "They would train the very same thing."), (trial.name, "Both have this name.")):
            other = first.setdefault(key, trial)
            if other is not trial:
                got = f"{other.name!r} and {trial.name!r}. {why}"
                raise RecipeError(Problem(str(path), got, hint="Leave one out, or tell them apart: name, set."))


def _published_models(spec: StudySpec, rows: Sequence[str], table: PublishedTable | None, path: Path) -> dict[str, str]:
    found = {}
    for row, name in zip(spec.recipes, rows, strict=True):
        if row.published is not None and table is not None:
            refuse_unknown(f"{path}  published", row.published, [line.model for line in table.rows], "published model")
            found[name] = row.published
    return found
