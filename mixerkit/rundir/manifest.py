"""manifest.json: hashes of the files that describe a run, so that none of them is changed unseen.

Weights alone say little: in which order the classes stand, what spectrograms are normalised with, which clips are tested lies in
small text files that any editor can change. They are hashed when the run begins, and looked at whenever they are used.
"""

import hashlib
import json
from pathlib import Path

from mixerkit.atomic import write_text
from mixerkit.errors import DataError, Problem
from mixerkit.rundir.schemas import MANIFEST, read, read_json

NAME = "manifest.json"
PLUGINS = "plugins"
DESCRIBING = ("recipe.yaml", "labels.json", "features.json", "splits.csv")


def write_manifest(folder: Path) -> None:
    """Hash everything that describes the run; written last."""
    names = [*DESCRIBING, *sorted(f"{PLUGINS}/{path.name}" for path in (folder / PLUGINS).glob("*"))]
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    write_text(folder / NAME, json.dumps({"sha256": digests}, indent=2, ensure_ascii=False) + "\n")


def checked(folder: Path, name: str) -> bytes:
    """The bytes of a file that describes the run, as they were when it began.

    Raises:
        DataError: the file is missing or was changed.
    """
    known = read_json(folder / NAME, MANIFEST).sha256
    raw = read(folder / name)
    if hashlib.sha256(raw).hexdigest() != known.get(name):
        hint = "Put it back as it was. For other settings, train a new run."
        raise DataError(Problem(str(folder / name), "It was changed since the run began.", hint=hint))
    return raw


def check_all(folder: Path) -> None:
    """Look at everything that describes the run. Raises DataError as :func:`checked` does."""
    for name in read_json(folder / NAME, MANIFEST).sha256:
        checked(folder, name)


def check_recipe(folder: Path) -> None:
    """Look at the recipe and its plugins, before any of that code is run. Raises DataError as :func:`checked` does."""
    checked(folder, "recipe.yaml")
    for name in read_json(folder / NAME, MANIFEST).sha256:
        if name.startswith(f"{PLUGINS}/"):
            checked(folder, name)


def identity(folder: Path) -> str:
    """What tells this run from others, and copies of it not: a hash over all that describes it."""
    return hashlib.sha256(read(folder / NAME)).hexdigest()
