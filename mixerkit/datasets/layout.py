"""What the readers of layouts share: folders that must be there, recordings in them, tables, files that tables name."""

from collections.abc import Sequence
from pathlib import Path

from mixerkit.datasets.base import Clip
from mixerkit.datasets.walk import AUDIO_SUFFIXES, Found, is_audio, left_out, visible, walk
from mixerkit.errors import DataError, Problem

AGAIN = "Unpack the archive again, whole."


def existing_folder(root: str, kind: str, contains: Sequence[str] = (), hint: str = "") -> Path:
    """The folder ``root``, relative to where the command runs, ~ expanded.

    Args:
        contains: files or folders of which one at least lies in it; empty: any folder will do.

    Raises:
        DataError: it is missing, or holds none of ``contains``.
    """
    where = f"data.root ({kind})"
    folder = user_path(root, where)
    if not folder.is_dir():
        got = f"There is no folder {folder.resolve()}."
        raise DataError(Problem(where, got, hint=f"Say where it is with --set data.root=FOLDER{hint}."))
    if contains and not _holds(folder, contains):
        wanted = " or ".join(contains)
        children = sorted(folder.iterdir())
        inside = ", ".join(path.name for path in children[:8]) or "nothing"
        below = next((path for path in children if _holds(path, contains)), None)
        hint = f"Point data.root at the folder that holds {wanted}." if below is None else f"Say --set data.root={below}."
        raise DataError(Problem(where, f"{folder} has no {wanted}; it holds {inside}.", hint=hint))
    return folder


def _holds(folder: Path, contains: Sequence[str]) -> bool:
    return any((folder / name).exists() for name in contains)


def audio_files(folder: Path) -> list[Path]:
    """The recordings that lie in ``folder`` itself, sorted; none where it is no folder."""
    return [path for path in visible(folder) if is_audio(path)] if folder.is_dir() else []


def hidden_notes(root: Path) -> list[str]:
    """How many hidden and tool-made entries lie below ``root``, in a line; none: no line."""
    return list(left_out(root, [Found(hidden=walk(root).hidden)]))


def recording(path: Path) -> Path:
    """``path`` as a table names it, or the same recording in another format: copies are often kept as FLAC."""
    if path.is_file():
        return path
    others = (path.with_suffix(suffix) for suffix in AUDIO_SUFFIXES)
    return next((other for other in others if other.is_file()), path)


def user_path(text: str, where: str) -> Path:
    """A path as a user writes it, ~ expanded. Raises DataError if it can be no path."""
    try:
        path = Path(text).expanduser()
        path.resolve().is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # too long, ~nobody, a NUL byte
        raise DataError(Problem(where, f"{text[:80]!r} is no path: {error}.")) from error
    return path


def refuse_other_counts(found: int, official: int, what: str, kind: str) -> None:
    """Raise DataError if a data set that is meant to be whole has other counts than the official ones."""
    if found == official:
        return
    hint = f"{AGAIN} For a part of it, or a corpus in the same layout, say data.allow_subset=true."
    raise DataError(Problem(f"data.root ({kind})", f"There are {found:,} {what}.", f"The official count is {official:,}.", hint))


def refuse_missing(clips: Sequence[Clip], kind: str) -> None:
    """Raise DataError if files that a table names are not there."""
    missing = [clip.path for clip in clips if not clip.path.is_file()]
    if missing:
        got = f"{len(missing)} of {len(clips)} files of its table are missing, first {missing[0]}."
        raise DataError(Problem(f"data ({kind})", got, hint=AGAIN))
