"""What a file holds, as a short name: the SHA-256 of its bytes. Files are read once and remembered by path, size and time.

Decoded recordings are kept under the names of their contents, and the same content in two splits is a leak.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from os import cpu_count
from pathlib import Path

from mixerkit.datasets import Progress, cache_folder

TABLE = "CREATE TABLE IF NOT EXISTS digests (path TEXT PRIMARY KEY, size INTEGER, time INTEGER, digest TEXT)"
LOOKED_UP = 500
WAIT_SECONDS = 60.0


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex; of a file that cannot be read, of its name, so that it equals no other."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return hashlib.sha256(f"unreadable {path}".encode()).hexdigest()


def digests(paths: Sequence[Path], on_progress: Progress = lambda done, total: None) -> list[str]:
    """The digest of every file; those that have not changed since they were last read are not read again."""
    facts = [_facts(path) for path in paths]
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "digests.sqlite", timeout=WAIT_SECONDS)) as memory, memory:
        memory.execute(TABLE)
        known = _known(memory, [fact[0] for fact in facts])
        found = [known.get(fact) for fact in facts]
        unread = [i for i, value in enumerate(found) if value is None]
        pool = ThreadPoolExecutor(cpu_count())
        try:
            for done, (i, value) in enumerate(zip(unread, pool.map(lambda i: digest(paths[i]), unread), strict=True), start=1):
                found[i] = value
                on_progress(done, len(unread))
        finally:
            pool.shutdown(cancel_futures=True)
        rows = [(*facts[i], found[i]) for i in unread if facts[i][1] >= 0]
        memory.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?)", rows)
    return [value for value in found if value is not None]


def _facts(path: Path) -> tuple[str, int, int]:
    """(path, size, time of change): while these stay, so does the content. A missing file has the size -1."""
    try:
        status = path.stat()
    except OSError:
        return str(path.absolute()), -1, 0
    return str(path.absolute()), status.st_size, status.st_mtime_ns


def _known(memory: sqlite3.Connection, names: Sequence[str]) -> dict[tuple[str, int, int], str]:
    known = {}
    for start in range(0, len(names), LOOKED_UP):
        some = names[start : start + LOOKED_UP]
        marks = ", ".join("?" * len(some))
        for path, size, time, value in memory.execute(f"SELECT * FROM digests WHERE path IN ({marks})", some):
            known[(path, size, time)] = value
    return known
