"""What the readers of layouts share: folders that must be there, tables, files that tables name, official counts."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from mixerkit.datasets.base import Clip
from mixerkit.errors import DataError, Problem, did_you_mean

AGAIN = "Unpack the archive again, whole."


def existing_folder(root: str, kind: str, contains: str = "", hint: str = "") -> Path:
    """The folder ``root``, relative to where the command runs, ~ expanded.

    Raises:
        DataError: it is missing, or the file or folder ``contains`` is not in it.
    """
    folder = user_path(root, f"data.root ({kind})")
    if not folder.is_dir():
        got = f"There is no folder {folder.resolve()}."
        raise DataError(Problem(f"data.root ({kind})", got, hint=f"Say where it is with --set data.root=FOLDER{hint}."))
    if contains and not (folder / contains).exists():
        inside = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        got = f"{folder} has no {contains}; it holds {inside}."
        raise DataError(Problem(f"data.root ({kind})", got, hint=f"Point data.root at the folder that holds {contains}."))
    return folder


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


def read_table(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """(line, row) of every row of a CSV file with a head line (of a .tsv file: separated by tabs), the cells as text.

    Raises:
        DataError: it cannot be read, or lacks one of ``columns``, or a row has other cells than the head.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",", strict=True)
            head = [name for name in reader.fieldnames or () if name]
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(Problem(str(path), f"This table cannot be read: {error}.", "CSV with a head line, in UTF-8.")) from error
    for column in columns:
        if column not in head:
            raise DataError(Problem(f"{path}:1", f"It has no column {column!r}.", did_you_mean(column, head, "Columns")))
    for line, row in rows:
        if None in row or None in row.values():
            raise DataError(Problem(f"{path}:{line}", f"This row has not {len(head)} cells as the head line has."))
    return rows


def by_number(name: str) -> tuple[int, str]:
    """A key to sort names of folds by: fold2 before fold10."""
    digits = re.findall(r"\d+", name)
    return (int(digits[-1]) if digits else 0, name)
