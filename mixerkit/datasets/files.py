"""What a path leads to, before it is opened: a FIFO or a device may be waited for without end, and a link can lead to one."""

import stat
from errno import ELOOP
from pathlib import Path

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe (FIFO)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def no_file(path: Path) -> str:
    """Why ``path`` is not to be opened for reading, in a few words; "" if it leads to a regular file.

    Raises:
        OSError: the system does not say what it is.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
        return "there is no such file"
    except OSError as error:
        if error.errno == ELOOP:
            return "there is no such file"
        raise
    if stat.S_ISREG(mode):
        return ""
    return f"it is {next((what for is_kind, what in KINDS if is_kind(mode)), 'something else')}, not a file"
