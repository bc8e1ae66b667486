"""Where the data of a run lies now: a recipe may tell its folder relative to where the run was started."""

from pathlib import Path

from mixerkit.errors import DataError, Problem
from mixerkit.recipe import Recipe
from mixerkit.runner.folder import RunFolder


def located(recipe: Recipe, folder: RunFolder) -> Recipe:
    """The recipe, its data looked for where the run was started if it is not found from here."""
    key, told = _place(recipe)
    if not key or Path(told).expanduser().exists():
        return recipe
    there = Path(_started_in(folder)) / told
    if not there.is_absolute() or not there.exists():
        return recipe
    return recipe.model_copy(update={"data": recipe.data.model_copy(update={key: str(there)})})


def data_home(recipe: Recipe, folder: RunFolder) -> Path | None:
    """The folder that clips are told from.

    Raises:
        DataError: it is not there. No setting can be given to a run that is there already, so the advice is another one.
    """
    try:
        return recipe.data.home()
    except DataError as error:
        if not _place(recipe)[0]:  # data that the package makes or fetches itself
            raise
        started = _started_in(folder)
        where = f" (the run was started in {started})" if started else ""
        advice = f"A run looks for its data where its recipe says: put the data back at that path, or link it there{where}."
        raise DataError(*(Problem(told.where, told.came, told.allowed, advice) for told in error.problems)) from error


def _place(recipe: Recipe) -> tuple[str, str]:
    """(setting, what it says) of where the data lies: a folder, or the file of a table; ("", "") if it says neither."""
    for key in ("root", "file"):
        told = getattr(recipe.data, key, None)
        if isinstance(told, str):
            return key, told
    return "", ""


def _started_in(folder: RunFolder) -> str:
    try:
        return folder.began().directory
    except DataError:  # that the data is not there matters more than a damaged note of where the run was started
        return ""
