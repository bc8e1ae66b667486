"""The one folder for what the package makes or decodes: MIXERKIT_CACHE, else the platform's place for caches."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import platformdirs
from filelock import FileLock

from mixerkit.atomic import clear_drafts, create_folder, write_errors


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
    elsewhere = "choose another folder for what is made and decoded: the environment variable MIXERKIT_CACHE"
    with write_errors(folder, f"Delete {folder.parent}, or {elsewhere}."):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if not (folder.is_dir() and is_whole(folder)):
                clear_drafts(folder.parent, folder.name)
                with create_folder(folder) as draft:
                    make(draft)
                    if folder.is_dir():  # it is there, and not whole
                        shutil.rmtree(folder)
    return folder
