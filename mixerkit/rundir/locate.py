"""Where the data of a run lies now: a recipe may tell its folder relative to where the run was started."""

from pathlib import Path

from mixerkit.errors import DataError, Problem
from mixerkit.recipe import Recipe


def located(recipe: Recipe, started_in: str) -> Recipe:
    """The recipe, its data looked for where the run was started if it is not found from here."""
    key, value = _location_key(recipe)
    if not key or Path(value).expanduser().exists():
        return recipe
    there = Path(started_in) / value
    if not there.is_absolute() or not there.exists():
        return recipe
    return recipe.model_copy(update={"data": recipe.data.model_copy(update={key: str(there)})})


def data_home(recipe: Recipe, started_in: str) -> Path | None:
    """The folder that paths of clips are relative to.

    Raises:
        DataError: it is not there. No setting can be given to a run that is there already, so the advice is another one.
    """
    try:
        return recipe.data.home()
    except DataError as error:
        if not _location_key(recipe)[0]:  # data that the package makes or fetches itself
            raise
        where = f" (the run was started in {started_in})" if started_in else ""
        hint = f"A run looks for its data where its recipe says: put the data back at that path, or link it there{where}."
        raise DataError(*(Problem(value.where, value.got, value.expected, hint) for value in error.problems)) from error


def _location_key(recipe: Recipe) -> tuple[str, str]:
    """(setting, what it says) of where the data lies: a folder, or the file of a table; ("", "") if it says neither."""
    for key in ("root", "file"):
        value = getattr(recipe.data, key, None)
        if isinstance(value, str):
            return key, value
    return "", ""
