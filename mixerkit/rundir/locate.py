"""Where the data of a run lies: kept so that it opens from anywhere, told anew by --set, or found where it went with the run."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mixerkit.errors import DataError, Problem, UsageError, printable
from mixerkit.recipe import Recipe, difference
from mixerkit.rundir.folder import RunFolder


def from_anywhere(recipe: Recipe) -> Recipe:
    """The recipe as a run keeps it: the places of its data as whole paths."""
    whole = {key: str(path.absolute()) for key, path in _places(recipe) if path.exists()}
    return _with_places(recipe, {key: path for key, path in whole.items() if path == printable(path)})  # a recipe is UTF-8


def reopened(recipe_file: Path, assignments: Sequence[str]) -> Recipe:
    """The recipe of a run, its data where ``assignments`` such as data.root=FOLDER say it lies now.

    Raises:
        UsageError: they change something else: what was trained stays.
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


def located(recipe: Recipe, folder: RunFolder) -> Recipe:
    """The recipe, data that is not where it was looked for where it went with the run: at the same place as seen from here."""
    started = _started_in(folder)
    found = {}
    for key, path in _places(recipe):
        if path.is_absolute() and path.exists():
            continue
        there = Path(started, path)
        if not there.exists() or not there.is_absolute():
            there = Path(os.path.relpath(path, started)) if path.is_absolute() and started else path
        if there.exists():
            found[key] = str(there)
    return _with_places(recipe, found)


def data_home(recipe: Recipe, folder: RunFolder) -> Path | None:
    """The folder that paths of clips are relative to.

    Raises:
        DataError: it is not there.
    """
    try:
        return recipe.data.home()
    except DataError as error:
        keys = [key for key, _ in _places(recipe)]
        if not keys:  # data that the package makes or fetches itself
            raise
        started = _started_in(folder)
        where = f" (the run was started in {started})" if started else ""
        now = " and ".join(f"--set data.{key}={'FILE' if key == 'file' else 'FOLDER'}" for key in keys)
        hint = f"Say where it lies now, to evaluate or to train --resume: {now}{where}. In Python: Run.open(folder, set=[...])."
        raise DataError(*(Problem(one.where, one.got, one.expected, hint) for one in error.problems)) from error


def _places(recipe: Recipe) -> Iterator[tuple[str, Path]]:
    """(setting, path) of where the data lies: a folder, or the file of a table."""
    for key in recipe.data.places:
        value = getattr(recipe.data, key, None)
        if isinstance(value, str):
            yield key, Path(value).expanduser()


def _with_places(recipe: Recipe, places: dict[str, str]) -> Recipe:
    return recipe.model_copy(update={"data": recipe.data.model_copy(update=places)}) if places else recipe


def _started_in(folder: RunFolder) -> str:
    try:
        return folder.began().directory
    except DataError:  # that the data is not there matters more than a damaged note of where the run was started
        return ""
