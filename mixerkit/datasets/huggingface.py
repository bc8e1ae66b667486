"""Any Hugging Face data set with a column of audio: from the hub, its cache, or a folder that ``save_to_disk`` wrote.

That library (the extra ``huggingface``) reads rows and nothing else: recordings are not decoded by it but written once, byte for
byte, as files in the package's cache, where leaks, damage, silence and rates are looked for as in every other data set.

Splits keep their meaning where they are called train, validation or test. A data set that has one split is divided here: by its
folds where a column names them, else by fractions.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, FractionSpec, Progress, dataset
from mixerkit.datasets.cache import cache_folder, made_once
from mixerkit.datasets.folds import Division, Folds, Fractions, split_named
from mixerkit.datasets.layout import user_path
from mixerkit.datasets.rows import cell_text
from mixerkit.datasets.walk import AUDIO_SUFFIXES
from mixerkit.errors import DataError, Problem, UsageError, did_you_mean
from mixerkit.spec import Issue, Spec

VERSION = 1
"""Part of the cache key: change it with every change to how files are named or written."""
SIGNATURES = {rb"RIFF": ".wav", rb"fLaC": ".flac", rb"OggS": ".ogg", rb"ID3|\xff[\xe0-\xff]": ".mp3"}
"""How files begin, for those whose name does not say what they are."""
COMMIT = r"^[0-9a-f]{7,40}$"

Tables = dict[str, Any]
"""{name of a split: its ``datasets.Dataset``}"""


class HubColumnsSpec(Spec):
    """What the columns are called; null: there is none, or it is not used."""

    audio: str | None = Field(None, description="the recordings; null: the one column of audio that there is")
    label: str = Field("label", description="its class (the name, where it is a ClassLabel), or several: a list")
    split: str | None = Field("split", description="train, val or test, in a data set of one split; may be missing")
    fold: str | None = Field("fold", description="name of its fold; the column may be missing")
    group: str | None = Field("group", description="what stays in one split, such as a speaker; the column may be missing")


@dataset
class HuggingFaceSpec(FractionSpec):
    """A data set of Hugging Face with a column of audio. Needs: pip install 'mixerkit[huggingface]'."""

    source: ClassVar[str] = "https://huggingface.co/datasets, or your own folder; citation and licence: the data set's card"

    kind: Literal["huggingface"] = "huggingface"
    name: str | None = Field(None, description="its name on the hub, OWNER/NAME; or say root")
    root: str | None = Field(None, description="a folder that save_to_disk wrote, or one of parquet files; or say name")
    config: str | None = Field(None, description="which of its configurations, where it has several")
    revision: str | None = Field(
        None, pattern=COMMIT, description="the commit of its repository on the hub; null: any, which is reported"
    )
    splits: tuple[str, ...] | None = Field(None, min_length=1, description="which of its own splits are read; null: all")
    columns: HubColumnsSpec = Field(HubColumnsSpec(), description="what the columns are called")
    download: bool = Field(False, description="ask the hub where the library's cache does not hold it")

    def check(self) -> list[Issue]:
        found = super().check()
        if (self.name is None) == (self.root is None):
            got = "neither" if self.name is None else "both"
            found.append(Issue("name", f"name and root: {got}", "one of them: a name on the hub, or a folder"))
        return found

    def prepare(self, on_progress: Progress = lambda done, total: None) -> None:
        if self.download and self.name is not None:
            try:
                self._tables()
            except DataError:
                self._tables(online=True)
        self.home()

    def home(self) -> Path:
        """The folder of the files in the cache."""
        tables = self._tables()
        column = self._audio_column(tables)
        prints = [(name, table._fingerprint, len(table)) for name, table in tables.items()]
        key = hashlib.sha256(f"{VERSION} {column} {prints}".encode()).hexdigest()[:16]
        return made_once(cache_folder() / "huggingface" / key, lambda draft: _write_files(draft, tables, column))

    def division(self) -> Division:
        clips = self.clips()
        folds, splits = {clip.fold for clip in clips if clip.fold}, frozenset(clip.split for clip in clips)
        return (
            Folds.found(folds, self.fold)
            if folds and splits == {None}
            else Fractions(self.val_fraction, self.test_fraction, splits)
        )

    def clips(self) -> list[Clip]:
        home, tables = self.home(), self._tables()
        return [clip for name, table in tables.items() for clip in self._clips(name, table, home / name, alone=len(tables) == 1)]

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        tables = self._tables()
        commit = _commit(tables)
        where = f"{self.name}, commit {commit or 'not known'}" if self.name else self.root
        rows = ", ".join(f"{name} {len(table):,}" for name, table in tables.items())
        used = {self._audio_column(tables), *self.columns.model_dump().values()}
        unused = [name for name in _first(tables).column_names if name not in used]
        left_out = [f"huggingface: columns that are not used: {', '.join(unused)}"] if unused else []
        return [f"huggingface: {where}; rows: {rows}", *left_out]

    def _clips(self, name: str, table: Any, folder: Path, alone: bool) -> Iterator[Clip]:
        """The rows of one split; a split that stands alone is divided."""
        columns = self.columns
        own = None if alone else split_named(name, f"data.splits (huggingface): {name}")
        rest = (_column(table, column) for column in (columns.split, columns.fold, columns.group))
        labels, feature = _column(table, columns.label), table.features[columns.label]
        for i, (path, label, split, fold, group) in enumerate(zip(sorted(folder.iterdir()), labels, *rest, strict=True)):
            where = f"huggingface: row {i} of {name}"
            first, *extra_labels = _labels(feature, label, where)
            reported = own or split_named(cell_text(split), f"{where}, column {columns.split}")
            yield Clip(path, first, reported, cell_text(fold) or None, cell_text(group) or None, tuple(extra_labels))

    def _tables(self, online: bool = False) -> Tables:
        """The chosen splits. Raises DataError or UsageError, with the library's own words."""
        where = f"data.{'root' if self.name is None else 'name'} (huggingface)"
        found = _load(where, self.name, self.root, self.config, self.revision if online else None, online)
        tables: Tables = dict(found) if isinstance(found, Mapping) else {str(found.split or "all"): found}
        for name in self.splits or ():
            if name not in tables:
                expected = did_you_mean(name, list(tables), "Splits")
                raise DataError(Problem("data.splits (huggingface)", f"It has no split {name!r}.", expected))
        commit = _commit(tables)
        if self.revision and not commit.startswith(self.revision):
            got = f"The cache holds commit {commit or 'unknown'}; data.revision asks for {self.revision}."
            raise DataError(Problem(where, got, hint="Say data.download=true."))
        tables = {name: tables[name] for name in self.splits or tables}
        self._refuse_missing_columns(_first(tables).column_names)
        return tables

    def _refuse_missing_columns(self, names: Sequence[str]) -> None:
        """The label is needed, and whatever the recipe names itself."""
        for field in HubColumnsSpec.model_fields:
            wanted = getattr(self.columns, field)
            if wanted not in (None, *names) and (field == "label" or wanted != field):
                expected = did_you_mean(wanted, names, "Columns")
                raise DataError(Problem(f"data.columns.{field} (huggingface)", f"There is no column {wanted!r}.", expected))

    def _audio_column(self, tables: Tables) -> str:
        features = _first(tables).features
        audio = [name for name, feature in features.items() if type(feature).__name__ == "Audio"]
        wanted = self.columns.audio or (audio[0] if len(audio) == 1 else "")
        if wanted in audio:
            return wanted
        got = f"The column {wanted!r} is no audio." if wanted else f"{len(audio)} columns hold audio."
        columns = ", ".join(f"{name} ({type(feature).__name__})" for name, feature in features.items())
        hint = "Name the column with data.columns.audio; a column of other values becomes one with cast_column(NAME, Audio())."
        raise DataError(Problem("data.columns.audio (huggingface)", got, f"Columns: {columns}.", hint))


def _load(where: str, name: str | None, root: str | None, config: str | None, revision: str | None, online: bool) -> Any:
    """What the library reads: a ``datasets.Dataset`` or a mapping of them."""
    try:
        import datasets
    except ImportError as error:
        hint = "pip install 'mixerkit[huggingface]'"
        raise UsageError(Problem("data.kind (huggingface)", "The package datasets is not installed.", hint=hint)) from error
    folder = None if root is None else user_path(root, where)
    if folder is not None and not folder.is_dir():
        got = f"There is no folder {folder.resolve()}."
        raise DataError(Problem(where, got, hint="Say where it is with --set data.root=FOLDER."))
    try:
        with _quiet(datasets, online):
            if folder is None:
                return datasets.load_dataset(name, config, revision=revision)
            if any((folder / mark).is_file() for mark in ("dataset_info.json", "dataset_dict.json")):
                return datasets.load_from_disk(str(folder))
            return datasets.load_dataset(str(folder), config)
    except Exception as error:  # whatever a library of many formats and a network raise
        hint = "" if online or name is None else "Where it was not fetched yet: data.download=true."
        if "torchcodec" in f"{error} {error.__cause__}":
            hint = "pip install torchcodec; a folder of audio files is also read by data.kind: folder or table."
        got = f"It cannot be read: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}."
        raise DataError(Problem(where, got, hint=hint)) from error


@contextmanager
def _quiet(datasets: Any, online: bool) -> Iterator[None]:
    """The library without a network, its bars and its remarks; online: with all three."""
    offline, verbosity = datasets.config.HF_HUB_OFFLINE, datasets.logging.get_verbosity()
    bars = datasets.are_progress_bars_disabled()
    try:
        if not online:
            datasets.config.HF_HUB_OFFLINE = True
            datasets.logging.set_verbosity_error()
            datasets.disable_progress_bars()
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE = offline
        datasets.logging.set_verbosity(verbosity)
        if not bars:
            datasets.enable_progress_bars()


def _first(tables: Tables) -> Any:
    return next(iter(tables.values()))


def _commit(tables: Tables) -> str:
    """The commit of its repository on the hub, as the addresses of its files tell it; "" if they do not."""
    addresses = _first(tables).info.download_checksums or {}
    commits = {address.partition("@")[2].partition("/")[0] for address in addresses if address.startswith("hf://")}
    return commits.pop() if len(commits) == 1 else ""


def _column(table: Any, name: str | None) -> list[Any]:
    """The values of a column; None for every row where there is none."""
    if name is None or name not in table.column_names:
        return [None] * len(table)
    return list(table.select_columns([name])[:][name])


def _labels(feature: Any, value: Any, where: str) -> list[str]:
    """The names of a row's classes; of a list without any: none, ""."""
    inner: Any = getattr(feature, "feature", feature[0] if isinstance(feature, list) else feature)
    values = value if isinstance(value, list | tuple) else [value]
    if hasattr(inner, "names"):
        values = [inner.names[number] if number is not None and 0 <= number < len(inner.names) else None for number in values]
    labels = list(dict.fromkeys(filter(None, map(cell_text, values))))
    if not labels and not isinstance(value, list | tuple):
        raise DataError(Problem(where, "It has no label.", hint="Leave such rows out, or read other splits (data.splits)."))
    return labels or [""]


def _write_files(draft: Path, tables: Tables, column: str) -> None:
    """Every recording as a file, SPLIT/NUMBER.suffix, numbers in the order of rows."""
    import datasets

    for name, table in tables.items():
        (draft / name).mkdir()
        rows = table.select_columns([column]).cast_column(column, datasets.Audio(decode=False))
        for i, row in enumerate(rows):
            sound, where = row[column] or {}, f"huggingface: row {i} of {name}, column {column}"
            raw, path = sound.get("bytes"), sound.get("path") or ""
            if raw is None:
                raw = _read(path, where)
            suffix = Path(path).suffix.lower()
            if suffix not in AUDIO_SUFFIXES:
                suffix = next((known for begin, known in SIGNATURES.items() if re.match(begin, raw)), ".wav")
            (draft / name / f"{i:08d}{suffix}").write_bytes(raw)


def _read(path: str, where: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        got = f"Its recording is a path, {path!r}, which cannot be read: {error.strerror}." if path else "It has no recording."
        raise DataError(Problem(where, got)) from error
