"""Paths that somebody typed. Whatever stands in them, asking about them raises nothing: pathlib does, for a name that is too
long, and for the home of a user who does not exist."""

import os.path
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether there is such a file."""
    return os.path.isfile(path)  # noqa: PTH113  # see above


def with_home(path: str) -> Path:
    """The path, ~ filled in where it is known."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  # see above
