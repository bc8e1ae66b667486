"""A table of recordings: CSV, TSV or JSON lines, a recording or a stretch of one a row. The way in for a user's spreadsheet.

Columns: path and label; split (train, val, test), fold and group where they are known; start and end, in seconds, where a row is
a stretch. Paths are read from the table's folder. What the table does not say of splits is divided by its folds or by fraction.
"""

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, FractionSpec, dataset
from mixerkit.datasets.folds import Division, Folds, Fractions, Split, split_named
from mixerkit.datasets.labels import combined_labels
from mixerkit.datasets.layout import user_path
from mixerkit.datasets.rows import Row, read_rows
from mixerkit.datasets.walk import some
from mixerkit.errors import DataError, Problem
from mixerkit.spec import Spec

SUFFIXES = (".csv", ".tsv", ".jsonl")
ALIASES = {"start": "onset", "end": "offset"}
"""Other names of columns that are found by their default name only."""
SURROGATE = re.compile("[\ud800-\udfff]")
"""Halves of characters, which JSON can hold and no text file can."""
SHOWN = 5


class ColumnsSpec(Spec):
    """What the columns are called; null: there is none, or it is not used."""

    path: str = Field("path", description="the audio file, from the table's folder")
    label: str = Field("label", description="its class, or several: a list in JSON, a cell with a separator in CSV")
    split: str | None = Field("split", description="train, val or test; the column may be missing, a cell empty")
    fold: str | None = Field("fold", description="name of its fold; the column may be missing")
    group: str | None = Field("group", description="what stays in one split, such as a speaker; the column may be missing")
    start: str | None = Field("start", description="where its stretch begins, in seconds; empty: with the file; or onset")
    end: str | None = Field("end", description="where its stretch ends, in seconds; empty: with the file; or offset")
    duration: str | None = Field("duration", description="length of its stretch in seconds, beside start; in place of end")


@dataset
class TableSpec(FractionSpec):
    """Recordings, or stretches of them, that a CSV, TSV or JSONL file lists."""

    kind: Literal["table"] = "table"
    file: str = Field(description="the table: .csv, .tsv or .jsonl")
    columns: ColumnsSpec = Field(ColumnsSpec(), description="what the columns are called")
    separator: str | None = Field(None, min_length=1, description="what stands between several labels in a cell; null: one label")
    merge_rows: bool = Field(False, description="rows of the same recording or stretch are one, with the labels of all")
    outside: bool = Field(False, description="whether paths may leave the table's folder")

    def home(self) -> Path:
        path = user_path(self.file, "data.file (table)")
        if path.suffix.lower() not in SUFFIXES:
            raise DataError(Problem("data.file (table)", f"Got: {self.file}.", f"A {', '.join(SUFFIXES[:-1])} or .jsonl file."))
        if not path.is_file():
            got = f"There is no file {path.resolve()}."
            raise DataError(Problem("data.file (table)", got, hint="Say where it is with --set data.file=FILE."))
        return path.parent

    def division(self) -> Division:
        splits, folds = _splits_and_folds(Path(self.file).expanduser(), self._version(), self.columns)
        if folds and splits != {None} and None in splits:
            got = "Some of its rows say a split, and others a fold."
            hint = "Leave one of the columns out: data.columns.split=null or data.columns.fold=null."
            raise DataError(Problem(self.file, got, "All rows say their split, or none where there are folds.", hint))
        return (
            Folds.found(folds, self.fold)
            if folds and splits == {None}
            else Fractions(self.val_fraction, self.test_fraction, splits)
        )

    def clips(self) -> list[Clip]:
        return list(_read(self, self._version())[0])

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        return list(_read(self, self._version())[1])

    def _version(self) -> tuple[int, int]:
        """Size and time of change of the file: while they stay, it need not be read again."""
        self.home()
        status = Path(self.file).expanduser().stat()
        return status.st_size, status.st_mtime_ns

    def read(self) -> tuple[list[Clip], list[str]]:
        """Every clip, and what a user should know about them. Raises DataError as ``clips``."""
        home = self.home()
        rows = _rows(Path(self.file).expanduser(), self.columns)
        if not rows:
            raise DataError(Problem(self.file, "It has no rows.", hint="One row for each recording, with path and label."))
        reader = _Reader(self, home)
        clips, notes = self._one_each([(line, reader.clip(line, row)) for line, row in rows])
        unlabelled = [line for line, clip in clips if not clip.labels]
        if unlabelled and not any(clip.extra_labels for _, clip in clips):
            raise DataError(Problem(f"{self.file}:{unlabelled[0]}", "It has no label.", hint="Every recording needs a class."))
        if unlabelled:
            notes.append(f"{len(unlabelled):,} rows have no label: trained on as none of the classes")
        between = "" if self.separator else combined_labels(label for _, clip in clips for label in clip.labels)
        if between:
            notes.append(f"some labels are others joined by {between!r}: if cells list labels, say data.separator={between!r}")
        found = _grouped([clip for _, clip in clips], home)
        stretches = sum(_is_stretch(clip) for clip in found)
        if stretches:
            own = (self.columns.start, self.columns.end, self.columns.duration, *ALIASES.values())
            names = " and ".join(name for name in own if name in reader.used)
            notes.append(f"{stretches:,} rows are stretches of files, by {names} (null in data.columns: whole files)")
        unused = sorted({name for _, row in rows for name in row if name} - reader.used)
        return found, notes + ([f"columns that are not used: {some(unused, 12)}"] if unused else [])

    def _one_each(self, numbered: Sequence[tuple[int, Clip]]) -> tuple[list[tuple[int, Clip]], list[str]]:
        """One clip for all rows of the same recording or stretch, if they agree or are to be merged."""
        rows: dict[tuple[str, float | None, float | None], list[tuple[int, Clip]]] = defaultdict(list)
        for line, clip in numbered:
            rows[os.path.normpath(clip.path), clip.start, clip.end].append((line, clip))
        several = [found for found in rows.values() if len(found) > 1]
        torn = [found for found in several if len({(clip.split, clip.fold, clip.group) for _, clip in found}) > 1]
        unlike = [found for found in several if len({frozenset(clip.labels) for _, clip in found}) > 1]
        if torn:
            hint = "Keep one of them, or give each its start and end."
            raise DataError(*self._complaints(torn, "that differ in split, fold or group", "", hint))
        if unlike and not self.merge_rows:
            hint = "Keep one of them; or, if it has all these labels, say data.merge_rows=true (with runner.loss=bce); "
            hint += "or give each row its start and end, in seconds."
            raise DataError(*self._complaints(unlike, "with different labels", "One class for each recording or stretch.", hint))
        clips = []
        for found in rows.values():
            line, clip = found[0]
            if len(found) > 1:
                labels = list(dict.fromkeys(label for _, clip in found for label in clip.labels)) or [""]
                clip = replace(clip, label=labels[0], extra_labels=tuple(labels[1:]))
            clips.append((line, clip))
        what = "merged with another row of the same recording" if self.merge_rows else "left out: the same as another row"
        return clips, [f"{len(numbered) - len(clips):,} rows are {what}"] if several else []

    def _complaints(self, groups: Sequence[list[tuple[int, Clip]]], how: str, expected: str, hint: str) -> list[Problem]:
        problems = []
        for found in groups[:SHOWN]:
            lines = some([f"{'; '.join(clip.labels) or 'none'} (line {line})" for line, clip in found])
            got = f"{found[0][1].name} stands in {len(found)} rows {how}: {lines}."
            problems.append(Problem(f"{self.file}:{found[1][0]}", got))
        more = f"{len(groups):,} recordings or stretches stand in several rows {how}."
        return [*problems, Problem(self.file, more, expected, hint)]


@dataclass
class _Reader:
    """Reads rows into clips, and remembers which columns it used."""

    data: TableSpec
    home: Path

    def __post_init__(self) -> None:
        self.root = self.home.resolve()
        self.inside: dict[str, bool] = {}  # folder -> whether it lies in the table's, links followed
        self.used: set[str] = set()

    def clip(self, line: int, row: Row) -> Clip:
        where, columns = f"{self.data.file}:{line}", self.data.columns
        label, *extra_labels = self._labels(where, row) or [""]
        start, end = self._stretch(where, row)
        name = self._cell(where, row, columns.path)
        group = self._cell(where, row, columns.group) or None
        split = split_named(self._cell(where, row, columns.split), where)
        fold = self._cell(where, row, columns.fold) or None
        return Clip(self._path(where, name), label, split, fold, group, tuple(extra_labels), start, end)

    def _path(self, where: str, name: str) -> Path:
        if not name or "\0" in name:
            raise DataError(Problem(where, f"{name!r} is no path.", hint="Every row needs the path of a recording."))
        path = self.home / name.replace("\\", "/")
        if not self.data.outside and not self._is_inside(path):
            got = f"{path} lies outside {self.home}."
            raise DataError(Problem(where, got, hint="Say data.outside=true if that is meant."))
        return path

    def _is_inside(self, path: Path) -> bool:
        if path.name == ".." or path.is_symlink():
            return path.resolve().is_relative_to(self.root)
        folder = os.path.dirname(path)  # noqa: PTH120  # tables are long, and a Path costs more
        if folder not in self.inside:
            self.inside[folder] = Path(folder).resolve().is_relative_to(self.root)
        return self.inside[folder]

    def _labels(self, where: str, row: Row) -> list[str]:
        cell = row[self.data.columns.label]
        self.used.add(self.data.columns.label)
        cells = cell if isinstance(cell, tuple) else [self._cell(where, row, self.data.columns.label)]
        if self.data.separator and not isinstance(cell, tuple):
            cells = cells[0].split(self.data.separator)
        return list(dict.fromkeys(filter(None, (label.strip() for label in cells))))

    def _stretch(self, where: str, row: Row) -> tuple[float | None, float | None]:
        """Start and end in seconds; None: those of the file."""
        columns = self.data.columns
        start, end = self._seconds(where, row, columns.start), self._seconds(where, row, columns.end)
        if start is not None and end is None:
            duration = self._seconds(where, row, columns.duration)
            end = None if duration is None else start + duration
        if end is not None and end <= (start or 0.0):
            raise DataError(Problem(where, f"Its stretch ends at {end:g} s and begins at {start or 0.0:g} s."))
        return start or None, end

    def _seconds(self, where: str, row: Row, column: str | None) -> float | None:
        text = self._cell(where, row, column)
        try:
            seconds = float(text) if text else None
        except ValueError:
            seconds = -1.0
        if seconds is not None and not (isfinite(seconds) and seconds >= 0.0):
            raise DataError(Problem(where, f"{column} is {text!r}.", "Seconds from the start of the file, such as 1.25."))
        return seconds

    def _cell(self, where: str, row: Row, column: str | None) -> str:
        """The text of a cell; "" where it is empty or there is no such column."""
        if column is None:
            return ""
        name = ALIASES[column] if column in ALIASES and column not in row else column
        cell = row.get(name, "")
        self.used |= {name} & row.keys()
        if not isinstance(cell, str) or not (cell.isascii() or SURROGATE.search(cell) is None):
            raise DataError(Problem(where, f"{name} is {str(cell)[:60]!a}.", "Text or a number."))
        return cell


def _is_stretch(clip: Clip) -> bool:
    return clip.start is not None or clip.end is not None


def _grouped(clips: Sequence[Clip], home: Path) -> list[Clip]:
    """The same, where rows without a group that are of one file, in parts, get it as their group: they stay in one split."""
    in_parts = {clip.path for clip in clips if _is_stretch(clip)}
    return [
        replace(clip, group=os.path.relpath(clip.path, home)) if clip.group is None and clip.path in in_parts else clip
        for clip in clips
    ]


@lru_cache(maxsize=1)
def _read(data: TableSpec, version: tuple[int, int]) -> tuple[list[Clip], list[str]]:
    return data.read()


@lru_cache(maxsize=8)
def _splits_and_folds(
    path: Path, version: tuple[int, int], columns: ColumnsSpec
) -> tuple[frozenset[Split | None], frozenset[str]]:
    """The splits and the folds that rows name, of a file of this size and time of change."""
    rows = _rows(path, columns)
    splits = {split_named(str(row.get(columns.split or "", "")), f"{path}:{line}") for line, row in rows}
    return frozenset(splits), frozenset(filter(None, (str(row.get(columns.fold or "", "")) for _, row in rows)))


def _rows(path: Path, columns: ColumnsSpec) -> list[tuple[int, Row]]:
    hint = "If a column is called otherwise, say so, for example data.columns.path=filename."
    return read_rows(path, (columns.path, columns.label), hint)
