"""One process at a time trains in a run directory.

The lock is the system's, on a file in the folder: it dies with its holder, however that ends, and it does not mind the folder
being renamed. With several processes to a run, the first one holds it for all.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from filelock import FileLock, Timeout

from mixerkit.errors import Problem, UsageError

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a run directory.

    Raises:
        UsageError: somebody else holds it, or the file system has no locks.
    """
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        got = "Another process is training in it."
        hint = "Wait for it, or stop it: status.json says which one it is."
        raise UsageError(Problem(str(folder), got, hint=hint)) from error
    except (OSError, NotImplementedError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(Problem(str(folder), f"It cannot be locked: {reason}.", hint="Copy the run elsewhere.")) from error
    try:
        yield
    finally:
        lock.release()


def locked_for_all(folder: Path, devices: int) -> AbstractContextManager[None]:
    """Hold the lock for all processes of a run: the first one does, before it starts the others, so a refusal is reported once.

    Raises:
        UsageError: as :func:`locked`.
    """
    ranks = (os.environ[name] for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID") if name in os.environ)
    is_first = devices == 1 or next(ranks, "0") == "0"
    return locked(folder) if is_first else nullcontext()
