"""Where the data of a run lies: kept as absolute paths, given again by --set, or found where it was moved with the run."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mixerkit.errors import DataError, Problem, UsageError, printable
from mixerkit.recipe import Recipe, difference


def from_anywhere(recipe: Recipe) -> Recipe:
    """The recipe as a run keeps it: the locations of its data as absolute paths."""
    absolute = {key: str(path.absolute()) for key, path in _locations(recipe) if path.exists()}
    return _with_locations(recipe, {key: path for key, path in absolute.items() if path == printable(path)})  # YAML is UTF-8


def reopened(recipe_file: Path, assignments: Sequence[str]) -> Recipe:
    """The recipe of a run, its data where ``assignments`` such as data.root=FOLDER say it lies now.

    Raises:
        UsageError: they change something else: a run keeps the settings that it was trained with.
        RecipeError: they cannot be read.
    """
    recipe = Recipe.load(recipe_file)
    if not assignments:
        return recipe
    moved = Recipe.load(recipe_file, set=assignments)
    expected = [f"data.{key}" for key in recipe.data.places if key in type(recipe.data).model_fields]
    other = [key for key, *_ in difference(recipe, moved) if key not in expected]
    if other:
        got = f"{', '.join(other)} cannot be changed: a run keeps the settings that it was trained with."
        may = f"Where its data lies now: {', '.join(expected)}." if expected else "Nothing: the package makes its data."
        raise UsageError(Problem("--set", got, may))
    return moved


def located(recipe: Recipe, started_in: str) -> Recipe:
    """The recipe; data that is missing is looked for at the same place relative to the folder that the run was started in."""
    found = {}
    for key, path in _locations(recipe):
        if path.is_absolute() and path.exists():
            continue
        there = Path(started_in, path)
        if not there.exists() or not there.is_absolute():
            there = Path(os.path.relpath(path, started_in)) if path.is_absolute() and started_in else path
        if there.exists():
            found[key] = str(there)
    return _with_locations(recipe, found)


def data_home(recipe: Recipe, started_in: str) -> Path | None:
    """The folder that paths of clips are relative to.

    Raises:
        DataError: it is not there.
    """
    try:
        return recipe.data.home()
    except DataError as error:
        keys = [key for key, _ in _locations(recipe)]
        if not keys:  # data that the package makes or fetches itself
            raise
        where = f" (the run was started in {started_in})" if started_in else ""
        now = " and ".join(f"--set data.{key}={'FILE' if key == 'file' else 'FOLDER'}" for key in keys)
        hint = f"Say where it lies now, to evaluate or to train --resume: {now}{where}. In Python: Run.open(folder, set=[...])."
        raise DataError(*(Problem(one.where, one.got, one.expected, hint) for one in error.problems)) from error


def _locations(recipe: Recipe) -> Iterator[tuple[str, Path]]:
    """(setting, path) of where the data lies: a folder, or the file of a table."""
    for key in recipe.data.places:
        value = getattr(recipe.data, key, None)
        if isinstance(value, str):
            yield key, Path(value).expanduser()


def _with_locations(recipe: Recipe, locations: dict[str, str]) -> Recipe:
    return recipe.model_copy(update={"data": recipe.data.model_copy(update=locations)}) if locations else recipe
