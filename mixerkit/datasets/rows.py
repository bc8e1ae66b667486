"""Tables as rows of cells: CSV (separated by commas, semicolons, tabs or bars), TSV, JSON lines.

A cell is text, stripped, whatever wrote it: a JSON 1.0 is "1", true is "true", null and NaN are "". A JSON list is a tuple.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mixerkit.datasets.files import no_file
from mixerkit.errors import DataError, Problem, did_you_mean

Row = dict[str, Any]
DELIMITERS = ",;\t|"
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_rows(path: Path, needed: Sequence[str], hint: str = "") -> list[tuple[int, Row]]:
    """(line, row) of every row, rows without any cell left out.

    Args:
        needed: columns that must be there.
        hint: what to do where one is called otherwise.

    Raises:
        DataError: it cannot be read, lacks a column, or a row has other cells than the head.
    """
    text = _text_of(path)
    return _json_rows(path, text, needed) if path.suffix.lower() == ".jsonl" else _csv_rows(path, text, needed, hint)


def cell_text(value: Any) -> str:
    """What a cell holds, as text."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace").strip()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _text_of(path: Path) -> str:
    try:
        if why := no_file(path):
            raise DataError(Problem(str(path), f"This table cannot be read: {why}."))
        raw = path.read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise DataError(Problem(str(path), f"This table cannot be read: {error.strerror}.")) from error
    except UnicodeDecodeError as error:
        got = "It is UTF-16 text." if raw[:2] in UTF16 else f"It is not UTF-8 text: {error.reason} at byte {error.start}."
        raise DataError(Problem(str(path), got, "A table in UTF-8.", "Save it again as UTF-8 (Excel: CSV UTF-8).")) from error


def _csv_rows(path: Path, text: str, needed: Sequence[str], hint: str) -> list[tuple[int, Row]]:
    delimiter = _delimiter(path, text, needed)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        head = [name.strip() for name in next(reader, [])]
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise DataError(Problem(str(path), f"This table cannot be read: {error}.", "CSV with a head line, in UTF-8.")) from error
    for column in needed:
        if column not in head:
            names = [name for name in head if name]
            expected = did_you_mean(column, names, "Columns")
            raise DataError(Problem(f"{path}:1", f"It has no column {column!r}.", expected, hint))
    twice = sorted({name for name in head if name and head.count(name) > 1})
    if twice:
        raise DataError(Problem(f"{path}:1", f"Two columns are called {twice[0]!r}.", hint="Rename or remove one of them."))
    rows = [(line, cells) for line, cells in rows if any(cells)]
    for line, cells in rows:
        if len(cells) != len(head):
            hint = f"A cell that holds {delimiter!r} stands in double quotes." if len(cells) > len(head) else ""
            got = f"This row has {len(cells)} cells, not {len(head)} cells as the head line has."
            raise DataError(Problem(f"{path}:{line}", got, hint=hint))
    return [(line, dict(zip(head, cells, strict=True))) for line, cells in rows]


def _delimiter(path: Path, text: str, needed: Sequence[str]) -> str:
    """What stands between the cells: that by which the head line has the columns that are needed."""
    usual = "\t" if path.suffix.lower() == ".tsv" else ","
    head = text[: text.find("\n")] if "\n" in text else text
    for delimiter in (usual, *DELIMITERS):
        try:
            names = {name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])}
        except csv.Error:
            return usual
        if names >= set(needed):
            return delimiter
    return usual


def _json_rows(path: Path, text: str, needed: Sequence[str]) -> list[tuple[int, Row]]:
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_constant, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            why = "it is nested too deeply" if isinstance(error, RecursionError) else error
            raise DataError(Problem(where, f"It is not JSON: {why}.", "One object a line.")) from error
        missing = [name for name in needed if not isinstance(row, dict) or name not in row]
        if missing:
            raise DataError(Problem(where, f"It has no {missing[0]!r}.", f"Needed: {', '.join(needed)}."))
        rows.append((number, {name.strip(): _cell(value) for name, value in row.items()}))
    return rows


def _cell(value: Any) -> Any:
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return tuple(filter(None, map(cell_text, value)))
    return value if isinstance(value, list | dict) else cell_text(value)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in it")
    return found


def _constant(name: str) -> None:
    if name != "NaN":
        raise ValueError(f"{name} is no value")
