"""Writing the files of a run: whole or not at all, and what the system refuses is a letter.

A file is written as a draft beside it, brought to the disk, and then put in its place. A kill leaves the old file or the new
one, and perhaps a draft, which the next process that holds the run clears away.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from mixerkit.errors import DataError, Problem

DRAFT = re.compile(r"\..+\.[0-9]+")
"""Names of drafts: .NAME.PID."""


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a draft, then put it in place of ``path``.

    Raises:
        DataError: the system refuses it; the old file stays and no draft is left.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
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
    """Write a text file whole or not at all."""
    write_whole(path, lambda draft: draft.write_text(text, encoding="utf-8"))


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Whatever the system refuses while ``path`` is written is told as a letter with the path and the system's reason.

    Raises:
        DataError: no space, no permission, a disk that fails.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        reason = _reason(error)
        if reason is None:  # not about the disk
            raise
        hint = "Mend that; a run that has begun then goes on with: mixerkit train --resume RUN"
        raise DataError(Problem(str(path), f"It cannot be written: {reason}.", hint=hint)) from error


def clear_drafts(folder: Path) -> None:
    """Remove what killed processes left half written. Only for who holds the lock: nobody else is writing then."""
    for path in folder.glob(".*"):
        if DRAFT.fullmatch(path.name) and path.is_file():
            with suppress(OSError):  # a draft that stays does no harm
                path.unlink()


def _reason(error: BaseException) -> str | None:
    """The system's words. torch raises an error of its own ("unexpected pos") while the system's is handled."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError):
            return link.strerror or str(link)
        link = link.__cause__ or link.__context__
    return str(error) if isinstance(error, SafetensorError) else None
