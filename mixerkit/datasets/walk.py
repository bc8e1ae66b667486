"""What lies below a folder: recordings, and all that is none. One rule for every data set, at every depth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mixerkit.errors import DataError, Problem

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
TOOL_MADE = frozenset(
    "__macosx/@eadir/@tmp/#recycle/#snapshot/$recycle.bin/system volume information/lost+found/__pycache__/"
    "desktop.ini/thumbs.db/ehthumbs.db/icon\r".split("/")
)
"""Names, in lower case, that file managers, servers and archivers leave behind. Others of theirs begin with a dot."""
SHOWN = 4


@dataclass
class Found:
    """What lies below a folder, in order.

    Attributes:
        recordings: files with the suffix of audio, also those that turn out to be none: decoding says what is wrong with them.
        others: files with another suffix.
        hidden: hidden and tool-made entries; what lies below them is not looked at.
        links: links to folders, which are not followed.
    """

    recordings: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    hidden: list[Path] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is hidden (``.ipynb_checkpoints``, ``._x.wav``) or made by a tool (``@eaDir``)."""
    return name.startswith(".") or name.casefold() in TOOL_MADE


def is_audio(path: Path) -> bool:
    """Whether its suffix is that of a recording, in any case."""
    return path.suffix.lower() in AUDIO_SUFFIXES


def visible(folder: Path) -> list[Path]:
    """The entries of ``folder`` itself, sorted, without hidden and tool-made ones. Raises DataError as ``walk``."""
    return sorted(path for path in _entries(folder) if not is_hidden(path.name))


def walk(folder: Path) -> Found:
    """All that lies below ``folder``, at any depth. Raises DataError if a folder cannot be read."""
    found, pending = Found(), [folder]
    while pending:
        for path in _entries(pending.pop()):
            if is_hidden(path.name):
                found.hidden.append(path)
            elif is_audio(path):
                found.recordings.append(path)
            elif not path.is_dir():
                found.others.append(path)
            elif path.is_symlink():
                found.links.append(path)
            else:
                pending.append(path)
    for paths in (found.recordings, found.others, found.hidden, found.links):
        paths.sort()
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise DataError(Problem(str(folder), f"This folder cannot be read: {error.strerror}.")) from error


def left_out(folder: Path, found: Sequence[Found]) -> Iterator[str]:
    """What is left out below ``folder``, a line for each kind: how many, and some of their names."""
    for name, what in (("hidden", "hidden or tool-made entries"), ("links", "links to folders, which are not followed")):
        paths = [path for one in found for path in getattr(one, name)]
        if paths:
            yield f"left out: {len(paths):,} {what}: {some([path.relative_to(folder).as_posix() for path in paths])}"
    others = [path for one in found for path in one.others]
    if others:
        kinds = some(sorted({path.suffix or path.name for path in others}))
        yield f"left out: {len(others):,} files that are not {', '.join(AUDIO_SUFFIXES)}: {kinds}"


def some(names: Sequence[str], shown: int = SHOWN) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return f"{', '.join(names[:shown])}{more}"
