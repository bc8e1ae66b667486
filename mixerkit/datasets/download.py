"""Archives from the network become folders: each appears with its whole, checked content, or not at all.

Nothing that comes is trusted: a published digest decides whether an archive is opened, and each member is checked before it is
written. What a cut or a kill leaves (a part, a draft, a lock) lies beside the folder with a leading dot; the next call uses it.
"""

import hashlib
import re
import shutil
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from filelock import FileLock

from mixerkit.atomic import clear_drafts, create_folder, write_errors
from mixerkit.datasets.base import Progress
from mixerkit.datasets.cache import cache_folder
from mixerkit.datasets.unpack import SUFFIXES, unpack
from mixerkit.errors import DataError, Problem

TIMEOUT = 60.0  # seconds without a byte
DIGESTS = {"md5": 32, "sha256": 64}


@dataclass(frozen=True)
class Archive:
    """A file on the network that holds a data set.

    Attributes:
        url: http or https; its path ends in one of SUFFIXES.
        digest: of the whole file, "md5:..." or "sha256:..." in hexadecimal; "": none is published, so none is compared.
        size: exact bytes of the file, if known: room is looked for first, and another file is refused before it comes.
        top: the folder in the archive whose content is wanted, such as "UrbanSound8K"; "": everything.
    """

    url: str
    digest: str = ""
    size: int | None = None
    top: str = ""

    @property
    def name(self) -> str:
        """The file's name, without what may follow it in the address (RAVDESS.zip?download=1)."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name


def fetch(archive: Archive, folder: Path, on_progress: Progress = lambda done, total: None) -> Path:
    """``folder`` with the archive's content; a folder that holds something is returned untouched, without the network.

    Args:
        archive: what to fetch.
        folder: where to; beside it must be room for the archive and what it holds.
        on_progress: called with the bytes that are there and those of the whole file (0: unknown).

    Raises:
        DataError: no room, no network, another file, or a harmful or broken archive. ``folder`` is then not there;
            bytes that arrived stay for the next call, unless the archive was refused.
    """
    if _is_there(folder):
        return folder
    _refuse_what_cannot_work(archive, folder)
    with write_errors(folder, "Make room or choose another folder; the same command then goes on from what is there."):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock_of(folder):  # of several processes one fetches, the others wait
            if not _is_there(folder):
                _make(archive, folder, on_progress)
    return folder


def _lock_of(folder: Path) -> FileLock:
    """A lock in the cache, so that none stays beside the user's data. It is free again when its holder dies."""
    locks = cache_folder() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    return FileLock(locks / f"{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.lock")


def _is_there(folder: Path) -> bool:
    """An empty folder that a user made for the data is not the data."""
    return folder.is_dir() and any(folder.iterdir())


def _refuse_what_cannot_work(archive: Archive, folder: Path) -> None:
    kind, _, value = archive.digest.partition(":")
    if urlsplit(archive.url).scheme not in ("http", "https") or not archive.name.endswith(SUFFIXES):
        expected = f"Addresses begin with http: or https: and end in {', '.join(SUFFIXES)}."
        raise DataError(Problem(archive.url, "This address is not used.", expected))
    if archive.digest and (len(value) != DIGESTS.get(kind) or not re.fullmatch("[0-9a-fA-F]+", value)):
        raise DataError(Problem(archive.url, f"Its digest is given as {archive.digest!r}.", "md5:... or sha256:..."))
    if folder.exists() and not folder.is_dir():
        raise DataError(Problem(str(folder), "A file of this name is in the way.", hint="Move it, or choose another folder."))


def _make(archive: Archive, folder: Path, on_progress: Progress) -> None:
    part = folder.with_name(f".{archive.name}.part")
    clear_drafts(folder.parent, folder.name)  # an earlier process may have been killed while unpacking
    there = part.stat().st_size if part.exists() else 0
    needed, free = 3 * (archive.size or 0) - there, shutil.disk_usage(folder.parent).free
    if needed > free:
        got = f"It needs about {needed:,} bytes, the archive and twice as much to unpack it; {free:,} are free."
        raise DataError(Problem(str(folder), got, hint="Make room, or choose a folder on another disk."))
    _download(archive, part, there, on_progress)
    _verify(archive, part)
    with create_folder(folder) as draft:
        try:
            unpack(part, draft, archive.top, archive.url)
        except DataError:
            part.unlink()
            raise
        part.unlink()  # before the folder appears: afterwards no call would look for it


def _download(archive: Archive, part: Path, there: int, on_progress: Progress) -> None:
    response, done, total = _ask(archive, there)
    on_progress(done, total)
    if response is None:
        return
    broke = ""
    with response, part.open("ab" if done else "wb") as file:
        while done < total or not total:
            try:
                chunk = response.read1(1 << 20)  # read() would lose what it has gathered when the connection breaks
            except (OSError, HTTPException) as error:
                chunk, broke = b"", str(error) or type(error).__name__
            if not chunk:
                break
            file.write(chunk)
            done += len(chunk)
            on_progress(done, total)
    if broke or done < total:
        got = f"It broke off ({broke or 'connection closed'}); {done:,} bytes are there{f' of {total:,}' if total else ''}."
        raise DataError(Problem(archive.url, got, hint="Run the same command again: it goes on from there."))


def _ask(archive: Archive, start: int) -> tuple[HTTPResponse | None, int, int]:
    """The answer (None: no byte is missing), the byte it begins at, and the bytes of the whole file (0: unknown)."""
    if start and start == archive.size:
        return None, start, start
    headers = {"User-Agent": "mixerkit", **({"Range": f"bytes={start}-"} if start else {})}
    try:
        response: HTTPResponse = urlopen(Request(archive.url, headers=headers), timeout=TIMEOUT)
    except (OSError, HTTPException, ValueError) as error:
        got = f"It cannot be reached: {getattr(error, 'reason', error)}."
        hint = f"{start:,} bytes are there. Check network and proxy (https_proxy); the same command goes on from there."
        if isinstance(error, HTTPError):
            error.close()
            if error.code == 416 and start:
                whole = error.headers.get("Content-Range") == f"bytes */{start}"
                return (None, start, start) if whole else _ask(archive, 0)
            got = f"The server answered {error.code} {error.reason}."
            hint = f"{start:,} bytes are there. Try later, or download it elsewhere and unpack it where data.root says."
        raise DataError(Problem(archive.url, got, hint=hint)) from error
    reported = re.fullmatch(rf"bytes {start}-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status == 200:
        start, total = 0, response.length or archive.size or 0
    elif start and response.status == 206 and reported:
        total = int(reported[1])
    else:
        response.close()
        if start:
            return _ask(archive, 0)
        raise DataError(Problem(archive.url, f"The server answered {response.status}.", "200."))
    if archive.size and total != archive.size:
        got, expected = f"The server has {total:,} bytes for it.", f"It has {archive.size:,} bytes."
        raise DataError(Problem(archive.url, got, expected, "Does a proxy or a login page answer instead?"))
    return response, start, total


def _verify(archive: Archive, part: Path) -> None:
    if not archive.digest:
        return
    kind, _, expected = archive.digest.partition(":")
    with part.open("rb") as file:
        actual = hashlib.file_digest(file, partial(hashlib.new, kind, usedforsecurity=False)).hexdigest()
    if actual != expected.lower():
        got = f"{part.stat().st_size:,} bytes arrived with the digest {kind}:{actual}. They are refused and deleted."
        part.unlink()
        hint = "Run the same command again. If this comes again, the source has changed: do not use it unseen."
        raise DataError(Problem(archive.url, got, f"Expected: {kind}:{expected}.", hint))
