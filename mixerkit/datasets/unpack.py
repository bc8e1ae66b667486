"""One guarded way out of an archive, zip or tar: every member is checked before it is written, and none leads outside."""

import gzip
import shutil
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from lzma import LZMAError
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from mixerkit.errors import DataError, Problem

SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip")
MOST_FILES = 2_000_000
MOST_UNPACKED = 200  # times the archive's size; recordings shrink to a half at best, a bomb to a thousandth
BROKEN = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, LZMAError, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Member:
    """What tar and zip have in common. ``kind`` is "file", "folder", or what else it is."""

    name: str
    kind: str
    size: int
    open: Callable[[], IO[bytes] | None]


@dataclass
class Guard:
    """Says where each member may be written, or refuses the archive."""

    most_bytes: int
    taken: dict[str, tuple[str, bool]] = field(default_factory=dict)
    files: int = 0

    def place(self, member: Member) -> tuple[str, ...]:
        """The member's path in parts, none of which leads out. Raises DataError: it is harmful, or one too many."""
        path = PureWindowsPath(member.name)  # knows drive letters and both separators, so every system gets the same tree
        is_file = member.kind == "file"
        self.files += is_file
        self.most_bytes -= member.size
        problems = {
            "its path leads out of the folder": bool(path.anchor) or any(not part.strip(". ") for part in path.parts),
            "its name cannot be a file's": "\0" in member.name or (is_file and not path.parts),
            f"it is {member.kind}": member.kind not in ("file", "folder"),
            f"it is one of more than {MOST_FILES:,} files": self.files > MOST_FILES,
            f"it unpacks to more than {MOST_UNPACKED} times the archive": self.most_bytes < 0 or member.size < 0,
            "another member has its name, or one that differs in case only": self._clashes(path.parts, is_file),
        }
        for problem in (problem for problem, found in problems.items() if found):
            raise DataError(Problem(member.name, f"This member of the archive is refused: {problem}."))
        return path.parts

    def _clashes(self, parts: tuple[str, ...], is_file: bool) -> bool:
        """Folders may come again, spelt alike; nothing else may."""
        clash = False
        for depth in range(1, len(parts) + 1):
            here = ("/".join(parts[:depth]), is_file and depth == len(parts))
            key = unicodedata.normalize("NFC", here[0]).casefold()
            clash |= (key in self.taken and here[1]) or self.taken.setdefault(key, here) != here
        return clash


def unpack(path: Path, folder: Path, top: str, source_name: str) -> None:
    """Write what an archive holds into ``folder``, which is empty.

    Args:
        path: the archive, a zip or a tar.
        top: only what lies in this folder of the archive; "": everything.
        source_name: what messages call the archive.

    Raises:
        DataError: it is broken, or a member leads out of the folder, is a link or a device, comes twice, or is too large.
    """
    inside, written = PurePosixPath(top).parts, 0
    guard = Guard(MOST_UNPACKED * path.stat().st_size)
    try:
        for member in _zip_members(path) if zipfile.is_zipfile(path) else _tar_members(path, folder):
            parts = guard.place(member)
            target = folder.joinpath(*parts[len(inside) :])
            if parts[: len(inside)] != inside:
                continue
            (target if member.kind == "folder" else target.parent).mkdir(parents=True, exist_ok=True)
            source = member.open() if member.kind == "file" else None
            if source is not None:
                with source, target.open("xb") as file:
                    shutil.copyfileobj(source, file)
                written += 1
    except BROKEN as error:
        raise DataError(Problem(source_name, f"This archive is broken: {error}. It is deleted.")) from error
    if not written:
        held = ", ".join(sorted({name.split("/")[0] for name, _ in guard.taken.values()})[:8]) or "nothing"
        raise DataError(Problem(source_name, f"The archive has no files in {top or 'it'}; it holds {held}."))


def _tar_members(path: Path, draft: Path) -> Iterator[Member]:
    with tarfile.open(path) as archive:
        for info in archive:
            kind = "folder" if info.isdir() else "file" if info.isreg() else "a link or device"
            yield Member(info.name, kind, info.size, partial(_open_tarred, archive, info, draft))


def _open_tarred(archive: tarfile.TarFile, info: tarfile.TarInfo, draft: Path) -> IO[bytes] | None:
    if hasattr(tarfile, "data_filter"):  # since 3.11.4, a second opinion after our own
        tarfile.data_filter(info, str(draft))
    return archive.extractfile(info)


def _zip_members(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            kinds = {0: "folder" if info.is_dir() else "file", stat.S_IFREG: "file", stat.S_IFDIR: "folder"}
            kind = kinds.get(stat.S_IFMT(info.external_attr >> 16), "a link or device")
            yield Member(info.filename, kind, info.file_size, partial(archive.open, info))
