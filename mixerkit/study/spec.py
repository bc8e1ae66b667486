"""What a study file may say: recipes x overlays x seeds x folds, and what stands beside them in the table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, NonNegativeInt, ValidationError

from mixerkit.datasets import FoldName
from mixerkit.errors import Problem, RecipeError, did_you_mean
from mixerkit.recipe import Origin, Tree, explain, find_recipe, issue_problems, read_file, read_text
from mixerkit.spec import Issue, Spec, under


class RowSpec(Spec):
    """One row of the table: a recipe, and what is changed in it."""

    recipe: str = Field(description="a recipe file, found from the study's folder")
    name: str | None = Field(None, description="what the row is called; null: the recipe's own name")
    overlays: tuple[str, ...] = Field((), description="overlays of this row alone, laid over the recipe before the study's")
    set: tuple[str, ...] = Field((), description="KEY=VALUE settings of this row alone, laid over all overlays")
    published: str | None = Field(None, description="the model in the published table that this row is held delta to reference")


class PublishedSpec(Spec):
    """A published table."""

    file: str = Field(description="file of published tables, found from the study's folder")
    table: str = Field(description="which of them")


def _as_row(value: object) -> object:
    return {"recipe": value} if isinstance(value, str) else value


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _all_or_names(value: object) -> object:
    """One message for whatever else was given, where a union would say one for each of its parts."""
    names = isinstance(value, tuple) and value and all(type(name) in (int, float, str) for name in value)
    if value is None or value == "all" or names:
        return value
    raise ValueError("It should be all, or a list of the folds' names")


RowField = Annotated[RowSpec, BeforeValidator(_as_row)]
Overlays = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Tested = Annotated[Literal["all"] | tuple[FoldName, ...] | None, BeforeValidator(_all_or_names)]


class StudySpec(Spec):
    """A study: every recipe with every overlay, every seed and every fold."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="name of the study's folder")
    about: str = Field("", description="what the table is and what it is not, in a sentence or two; printed above it")
    recipes: tuple[RowField, ...] = Field(
        min_length=1, description="the rows: a file, or {recipe, name, overlays, set, published}"
    )
    overlays: tuple[Overlays, ...] = Field(
        ((),), min_length=1, description="every recipe meets every one of these: an overlay, or a list laid one over the other"
    )
    set: tuple[str, ...] = Field((), description="KEY=VALUE settings for all, laid over everything else")
    seeds: tuple[NonNegativeInt, ...] = Field((0, 1, 2), min_length=1, description="values of runner.seed")
    folds: Tested = Field(
        None, description="which folds are tested, one after another: all, or their names; null: the one that data.fold says"
    )
    reference: str | None = Field(None, description="the row that others are tested against, in pairs; null: the first")
    published: PublishedSpec | None = Field(None, description="the published table whose numbers stand beside ours")

    def check(self) -> list[Issue]:
        """Settings that contradict each other."""
        found: list[Issue] = []
        for name, values in (("seeds", self.seeds), ("folds", self.folds if isinstance(self.folds, tuple) else ())):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                found.append(Issue(name, f"{', '.join(map(str, twice))} more than once", "each once"))
        found += self.lost(self.set)
        for i, row in enumerate(self.recipes):
            found += under(f"recipes.{i}", self.check_row(row))
        return found

    def check_row(self, row: RowSpec) -> list[Issue]:
        """What of a row contradicts the study, with fields of the row."""
        found = self.lost(row.set)
        if self.published is None and row.published is not None:
            found.append(Issue("published", "it, where the study has no published table", "null, or say which table"))
        return found

    def lost(self, assignments: Sequence[str]) -> list[Issue]:
        """Settings that would be lost without a word, because the study makes them for every trial."""
        own = {"runner.seed": "seeds"} if self.folds is None else {"runner.seed": "seeds", "data.fold": "folds"}
        names = [assignment.partition("=")[0].strip() for assignment in assignments]
        return [
            Issue(f"set.{i}", f"{name}, which the study says for every trial", f"{own[name]} in the study's file")
            for i, name in enumerate(names)
            if name in own
        ]


def load_study(path: Path, assignments: Sequence[str] = (), recipes: Sequence[str] = ()) -> tuple[StudySpec, Path]:
    """Read a study file; the file that was found, and what it says.

    Args:
        path: a YAML file; one that comes with the kit is found by name, such as recipes/studies/readings.yaml.
        assignments: KEY=VALUE settings for all trials, after the study's own.
        recipes: further rows: a recipe's file each, or what a study's file would say of a row, in braces.

    Raises:
        RecipeError: with every mistake at once, each with file, line and key.
    """
    path = find_recipe(path)
    tree = read_file(path)
    data: dict[str, Any] = {"name": path.stem, **tree.data}
    try:
        spec = StudySpec.model_validate(data)
    except ValidationError as error:
        raise RecipeError(*explain(error, tree, [], [])) from error
    problems = issue_problems(spec.check(), tree, spec)
    problems += issue_problems(spec.lost(assignments), Tree({}, {(): Origin("--set")}), spec)
    rows = []
    for lines in recipes:
        row, its_tree = _own_row(lines)
        rows.append(row)
        problems += issue_problems(spec.check_row(row), its_tree, row)
    if problems:
        raise RecipeError(*problems)
    return spec.model_copy(update={"set": (*spec.set, *assignments), "recipes": (*spec.recipes, *rows)}), path


def _own_row(lines: str) -> tuple[RowSpec, Tree]:
    """A row from outside the study's file: a recipe, or in braces what that file would say of it. Files are found from here."""
    tree = read_text(lines, "--recipe") if lines.startswith("{") else Tree({"recipe": lines})
    try:
        row = RowSpec.model_validate(tree.data)
    except ValidationError as error:
        raise RecipeError(*explain(error, tree, [], [])) from error
    recipe, *overlays = (str(find_recipe(Path(name)).resolve()) for name in (row.recipe, *row.overlays))
    return row.model_copy(update={"recipe": recipe, "overlays": tuple(overlays)}), tree


def refuse_unknown(where: str, word: str, known: Sequence[str], noun: str) -> None:
    """Raise RecipeError if ``word`` is none of ``known``."""
    if word not in known:
        raise RecipeError(Problem(where, f"There is no {noun} {word!r}.", did_you_mean(word, known)))
