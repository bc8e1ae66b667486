"""Whether the files of a folder in the cache are as they were written: by their sizes, times and checksums.

A kill while writing leaves no folder, but disks fill up, machines lose power, and files are copied in part or edited. Sizes and
times are looked at every time, which costs nothing; where the times are not those of the writing, every block is read.
"""

import json
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mixerkit.audio.parallel import in_order

SEAL = "seal.json"
BLOCK = 1 << 22
"""Bytes that one checksum is of. CRC-32 finds accidents, at about 2 GB a second and core."""


def seal(folder: Path, names: Sequence[str]) -> None:
    """Bring these files to the disk, and write down what they are."""
    for name in names:
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())
    files = {name: {"size": (folder / name).stat().st_size, "crc32": _checksums(folder / name)} for name in names}
    _write(folder, {"files": files, "times": {name: _times(folder / name) for name in names}})


def damage(folder: Path) -> str:
    """What is wrong with the files of a sealed folder, in a few words; "" if nothing is."""
    try:
        sealed = json.loads((folder / SEAL).read_bytes())
        files, times = dict(sealed["files"]), {name: _times(folder / name) for name in sealed["files"]}
        for name, was in files.items():
            size = (folder / name).stat().st_size
            if size != was["size"]:
                return f"{name} has {size:,} bytes instead of {was['size']:,}"
            if times[name] != sealed["times"][name] and _checksums(folder / name) != was["crc32"]:
                return f"{name} was changed"
        if times != sealed["times"]:  # copied or touched: whole all the same
            with suppress(OSError):
                _write(folder, {"files": files, "times": times})
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{error.filename or SEAL}: {error.strerror}" if isinstance(error, OSError) else f"{SEAL} is damaged"
    return ""


def _write(folder: Path, sealed: dict[str, Any]) -> None:
    draft = folder / f".{SEAL}.{os.getpid()}"
    draft.write_text(json.dumps(sealed), encoding="utf-8")
    draft.replace(folder / SEAL)


def _times(path: Path) -> list[int]:
    """Of the last change to content, and to anything; the latter cannot be set back."""
    status = path.stat()
    return [status.st_mtime_ns, status.st_ctime_ns]


def _checksums(path: Path) -> list[int]:
    def one(position: int) -> int:
        with path.open("rb") as file:
            file.seek(position)
            return zlib.crc32(file.read(BLOCK))

    return list(in_order(one, range(0, path.stat().st_size, BLOCK)))
