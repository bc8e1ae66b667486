"""What a file holds, as a short name: the SHA-256 of its bytes. Files are read once and remembered by path, size and time.

Decoded recordings are kept under the names of their contents, and the same content in two splits is a leak.
"""

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from mixerkit.audio.parallel import in_order
from mixerkit.datasets import Clip, Progress, cache_folder, no_file
from mixerkit.errors import DataError, Problem

MEMORY = "digests.sqlite"
TABLE = "CREATE TABLE IF NOT EXISTS contents (path BLOB PRIMARY KEY, size INTEGER, time INTEGER, digest TEXT)"
LOOKED_UP = 500
WAIT_SECONDS = 60.0

Facts = tuple[bytes, int, int]
"""(path, size, time of change): while these stay, so does the content. What is no file has the size -1."""


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex; of what cannot be read, of its name, so that it equals no other."""
    try:
        if not no_file(path):
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        pass
    return hashlib.sha256(b"unreadable " + _raw(str(path))).hexdigest()


def contents(clips: Sequence[Clip], on_progress: Progress = lambda done, total: None) -> list[str]:
    """The name of every clip's content: the digest of its file and, where it is a stretch, which. Each file is read once."""
    known = digests([clip.path for clip in clips], on_progress)
    return [content_name(one, clip) for one, clip in zip(known, clips, strict=True)]


def content_name(digest: str, clip: Clip) -> str:
    """The name of a clip's content, from the digest of its file."""
    return digest if clip.start is None and clip.end is None else f"{digest}:{clip.start}:{clip.end}"


def digests(paths: Sequence[Path], on_progress: Progress = lambda done, total: None) -> list[str]:
    """The digest of every file; those that have not changed since they were last read are not read again.

    Raises:
        DataError: the file of the cache in which digests are remembered cannot be used.
    """
    here = os.getcwd()  # noqa: PTH109
    facts = {path: _facts(here, path) for path in dict.fromkeys(paths)}
    with _memory() as memory:
        known = _known(memory, [fact[0] for fact in facts.values()])
    found = {path: known[fact] for path, fact in facts.items() if fact in known}
    unread = [path for path in facts if path not in found]
    for done, (path, value) in enumerate(zip(unread, in_order(digest, unread), strict=True), start=1):
        found[path] = value
        on_progress(done, len(unread))
    rows = [(*facts[path], found[path]) for path in unread if facts[path][1] >= 0]
    if rows:
        with _memory() as memory:
            memory.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)", rows)
    return [found[path] for path in paths]


@contextmanager
def _memory() -> Iterator[sqlite3.Connection]:
    """The table of digests; what is written into it is kept if all goes well."""
    path = cache_folder() / MEMORY
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as memory, memory:
            memory.execute(TABLE)
            yield memory
    except (sqlite3.Error, OSError) as error:
        got = f"This file of the cache cannot be used: {error}."
        hint = "Delete it, and it is made again; or choose another cache with the environment variable MIXERKIT_CACHE."
        raise DataError(Problem(str(path), got, hint=hint)) from error


def _facts(here: str, path: Path) -> Facts:
    name = _raw(os.path.join(here, path))  # noqa: PTH118  # a Path costs ten times as much, once per file
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return name, -1, 0
    return (name, status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else (name, -1, 0)


def _raw(name: str) -> bytes:
    """A name that need not be UTF-8, as SQLite takes it."""
    return name.encode("utf-8", "surrogatepass")


def _known(memory: sqlite3.Connection, names: Sequence[bytes]) -> dict[Facts, str]:
    known = {}
    for start in range(0, len(names), LOOKED_UP):
        some = names[start : start + LOOKED_UP]
        marks = ", ".join("?" * len(some))
        for path, size, time, value in memory.execute(f"SELECT * FROM contents WHERE path IN ({marks})", some):
            known[(path, size, time)] = value
    return known
