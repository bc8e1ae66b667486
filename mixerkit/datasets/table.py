"""A table of recordings: CSV, TSV or JSON lines, one recording a row. The way in for a spreadsheet of one's own.

Columns: path and label; split (train, val, test), fold and group where they are known. Paths are told from the table's folder.
Where the table says no split, rows are divided by share or by its folds.
"""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Division, Folds, Fractions, Split, dataset
from mixerkit.datasets.layout import by_number, read_table, user_path
from mixerkit.errors import DataError, Problem, did_you_mean
from mixerkit.spec import Issue, Spec

SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


class ColumnsSpec(Spec):
    """What the columns are called."""

    path: str = Field("path", description="the audio file, from the table's folder")
    label: str = Field("label", description="its class, or several: a list in JSON, a cell with a separator in CSV")
    split: str = Field("split", description="train, val or test; the column may be missing, a cell empty")
    fold: str = Field("fold", description="name of its fold; the column may be missing")
    group: str = Field("group", description="what stays in one split, such as a speaker; the column may be missing")


@dataset
class TableSpec(DatasetSpec):
    """Recordings that a CSV, TSV or JSONL file lists."""

    kind: Literal["table"] = "table"
    file: str = Field(description="the table: .csv, .tsv or .jsonl")
    columns: ColumnsSpec = Field(ColumnsSpec(), description="what the columns are called")
    separator: str | None = Field(None, min_length=1, description="what stands between several labels in a cell; null: one label")
    outside: bool = Field(False, description="whether paths may leave the table's folder")
    val_fraction: float = Field(
        0.1, gt=0.0, lt=1.0, description="fraction of the rows that validates, where the table does not say"
    )
    test_fraction: float = Field(
        0.1, gt=0.0, lt=1.0, description="fraction of the rows that is tested, where the table does not say"
    )

    def check(self) -> list[Issue]:
        if self.val_fraction + self.test_fraction >= 1.0:
            return [
                Issue("val", f"val + test = {self.val_fraction + self.test_fraction:g}", "less than 1: the rest is trained on")
            ]
        return []

    def home(self) -> Path:
        path = user_path(self.file, "data.file (table)")
        if path.suffix not in (".csv", ".tsv", ".jsonl"):
            raise DataError(Problem("data.file (table)", f"Got: {self.file}.", "A .csv, .tsv or .jsonl file."))
        if not path.is_file():
            got = f"There is no file {path.resolve()}."
            raise DataError(Problem("data.file (table)", got, hint="Say where it is with --set data.file=FILE."))
        return path.parent

    def division(self) -> Division:
        folds = {row[self.columns.fold] for _, row in self._rows() if row.get(self.columns.fold)}
        if not folds:
            return Fractions(self.val_fraction, self.test_fraction)
        return Folds(self.fold, len(folds), tuple(sorted(folds, key=by_number)))

    def clips(self) -> list[Clip]:
        rows = self._rows()
        if not rows:
            raise DataError(Problem(self.file, "It has no rows.", hint="One row for each recording, with path and label."))
        home = self.home()
        return [self._clip(home, f"{self.file}:{line}", row) for line, row in rows]

    def _rows(self) -> list[tuple[int, dict[str, Any]]]:
        """(line, row) of every recording, cells stripped."""
        self.home()
        path = Path(self.file).expanduser()
        needed = (self.columns.path, self.columns.label)
        if path.suffix == ".jsonl":
            return _read_lines(path, needed)
        return [(line, {key: cell.strip() for key, cell in row.items()}) for line, row in read_table(path, needed)]

    def _clip(self, home: Path, where: str, row: dict[str, Any]) -> Clip:
        names = self.columns
        path = home / str(row[names.path]).replace("\\", "/")
        if not self.outside and not path.resolve().is_relative_to(home.resolve()):
            raise DataError(Problem(where, f"{path} lies outside {home}.", hint="Say data.outside=true if that is meant."))
        reported = str(row.get(names.split) or "").lower()
        if reported and reported not in SPLIT_NAMES:
            raise DataError(Problem(where, f"The split is {reported!r}.", did_you_mean(reported, list(SPLIT_NAMES), "Splits")))
        label, *extra_labels = self._labels(where, row[names.label])
        fold, group = (str(row[name]) if row.get(name) not in (None, "") else None for name in (names.fold, names.group))
        return Clip(path, label, SPLIT_NAMES[reported] if reported else None, fold, group, tuple(extra_labels))

    def _labels(self, where: str, cell: Any) -> list[str]:
        cells = cell if isinstance(cell, list) else str(cell).split(self.separator) if self.separator else [cell]
        labels = list(dict.fromkeys(str(label).strip() for label in cells))
        if not labels or "" in labels:
            raise DataError(Problem(where, "It has no label.", hint="Every recording needs at least one class."))
        return labels


def _read_lines(path: Path, needed: tuple[str, ...]) -> list[tuple[int, dict[str, Any]]]:
    rows = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(Problem(str(path), f"It is not UTF-8 text: {error.reason} at byte {error.start}.")) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(Problem(f"{path}:{number}", f"It is not JSON: {error}.", "One object a line.")) from error
        missing = [name for name in needed if not isinstance(row, dict) or name not in row]
        if missing:
            raise DataError(Problem(f"{path}:{number}", f"It has no {missing[0]!r}.", f"Needed: {', '.join(needed)}."))
        rows.append((number, row))
    return rows
