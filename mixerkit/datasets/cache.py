"""The one folder for what the package makes or decodes: MIXERKIT_CACHE, else the platform's place for caches."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import platformdirs
from filelock import FileLock

from mixerkit.errors import DataError, Problem


def cache_folder() -> Path:
    """Where made data lies. It can be deleted at any time; what is needed is made again."""
    chosen = os.environ.get("MIXERKIT_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("mixerkit"))


def made_once(folder: Path, make: Callable[[Path], None], is_whole: Callable[[Path], bool] = Path.is_dir) -> Path:
    """``folder``, made by ``make`` if it is not there or not ``is_whole``. It appears whole or not at all.

    Of several processes that want it, one makes it and the others wait. What a killed one left is cleared away by the next.

    Raises:
        DataError: it cannot be written.
    """
    if folder.is_dir() and is_whole(folder):
        return folder
    draft = folder.with_name(f".{folder.name}.draft")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if folder.is_dir() and is_whole(folder):
                return folder
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            try:
                make(draft)
                if folder.is_dir():
                    shutil.rmtree(folder)
                draft.rename(folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        elsewhere = "choose another place for what is made and decoded: the environment variable MIXERKIT_CACHE"
        hint = f"Delete {folder.parent}, or {elsewhere}."
        raise DataError(Problem(str(folder), f"It cannot be made: {error.strerror or error}.", hint=hint)) from error
    return folder
