"""Write files and folders completely or not at all; report what the system refuses as a DataError.

A draft beside the final path is written, brought to the disk, and renamed. A killed process leaves the old content or the new,
and perhaps a draft, which the next process that holds the lock removes.
"""

import glob
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from mixerkit.errors import DataError, Problem

DRAFT = re.compile(r"\..+\.[0-9]+")
"""Names of drafts: .NAME.PID."""
RESUME = "Correct that; a run that has begun then continues with: mixerkit train --resume RUN"


def draft_of(path: Path) -> Path:
    """Where this process writes ``path`` before it has its name."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a draft, bring it to the disk, rename it to ``path``.

    Raises:
        DataError: the system refuses it; the old file stays and no draft is left.
    """
    draft = draft_of(path)
    with write_errors(path):
        try:
            write(draft)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            with suppress(OSError):  # why the writing failed matters more
                draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file. Raises as :func:`write_file`."""
    write_file(path, lambda draft: draft.write_text(text, encoding="utf-8"))


@contextmanager
def create_folder(path: Path) -> Iterator[Path]:
    """A draft folder to fill inside ``with``, renamed to ``path`` at its end; after an exception, none of it is left.

    Raises:
        OSError: the system refuses it, or ``path`` exists and is not an empty folder.
    """
    draft = draft_of(path)
    shutil.rmtree(draft, ignore_errors=True)  # of a killed process that had the same number
    draft.mkdir(parents=True)
    try:
        yield draft
        if path.is_dir():
            path.rmdir()
        draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def clear_drafts(folder: Path, name: str | None = None) -> None:
    """Remove the drafts that killed processes left in ``folder``, of one ``name`` or of all. Only for who holds the lock."""
    for path in folder.glob(f".{glob.escape(name) if name is not None else '*'}.*"):
        if DRAFT.fullmatch(path.name):
            with suppress(OSError):  # a draft that stays does no harm
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def write_errors(path: Path, hint: str = RESUME) -> Iterator[None]:
    """Report what the system refuses while ``path`` is written, with the system's reason and ``hint``.

    Raises:
        DataError: no space, no permission, a disk that fails.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        reason = _reason(error)
        if reason is None:  # not about the disk
            raise
        raise DataError(Problem(str(path), f"It cannot be written: {reason}.", hint=hint)) from error


def _reason(error: BaseException) -> str | None:
    """The system's words. torch raises an error of its own ("unexpected pos") while the system's is handled."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError):
            return link.strerror or str(link)
        link = link.__cause__ or link.__context__
    return str(error) if isinstance(error, SafetensorError) else None
