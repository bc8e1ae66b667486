"""One folder per class: ROOT/LABEL/.../recording.wav, in any depth, WAV, FLAC, OGG or MP3.

Or one folder per split with the classes below: ROOT/train/LABEL/..., ROOT/test/LABEL/....
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from mixerkit.datasets.base import Clip, FractionSpec, dataset
from mixerkit.datasets.folds import Fractions, Split, is_split_name, split_named
from mixerkit.datasets.layout import existing_folder, user_path
from mixerkit.datasets.patterns import first_group, with_group
from mixerkit.datasets.walk import AUDIO_SUFFIXES, Found, is_audio, is_hidden, left_out, some, visible, walk
from mixerkit.errors import DataError, Problem

OTHER_LAYOUTS = (
    ("validation_list.txt", "Speech Commands, whose lists say who is tested", "speech-commands"),
    ("metadata/UrbanSound8K.csv", "UrbanSound8K", "urbansound8k"),
    ("UrbanSound8K.csv", "UrbanSound8K", "urbansound8k"),
    ("fold[0-9]*", "UrbanSound8K's folds", "urbansound8k"),
    ("meta/esc50.csv", "ESC-50", "esc50"),
    ("Actor_[0-9]*", "RAVDESS's actors", "ravdess"),
    ("[lL]iu[cC]hanhg", "CASIA's speakers", "casia"),
)
"""(what lies in the root, what that is, its kind): trees whose folders are not classes."""
WHERE = "data.root (folder)"
LAYOUTS = "One folder per class, ROOT/LABEL/x.wav; or one per split with the classes below, ROOT/train/LABEL/x.wav."
BY_TABLE = "list the recordings with their labels in a table: data={kind: table, file: TABLE.csv}."


@dataset
class FolderSpec(FractionSpec):
    """Recordings of your own: the name of the folder is the class."""

    kind: Literal["folder"] = "folder"
    root: str = Field(description="folder that holds one folder per class, or train, val and test with these below")
    group: str | None = Field(
        None,
        description="regular expression searched in LABEL/.../file; its first (...) names the group, which stays in one split",
    )

    @field_validator("group")
    @classmethod
    def _has_a_group(cls, value: str | None) -> str | None:
        return None if value is None else with_group(value)

    def division(self) -> Fractions:
        root = user_path(self.root, WHERE)
        splits = {split for split, _ in _classes(root)} if root.is_dir() else {None}
        return Fractions(self.val_fraction, self.test_fraction, frozenset(splits))

    def home(self) -> Path:
        return existing_folder(self.root, "folder")

    def clips(self) -> list[Clip]:
        root = self.home()
        _refuse_other_layouts(root)
        classes = _classes(root)
        _refuse_splits_below(classes)
        files = [(folder.name, split, path) for split, folder in classes for path in walk(folder).recordings]
        if len({label for label, _, _ in files}) < 2:
            raise DataError(_too_few(root, len(files), [folder for _, folder in classes]))
        return [Clip(path, label, split, group=self._group(path, root)) for label, split, path in files]

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        root = self.home()
        classes = _classes(root)
        above = {folder.parent: f"{folder.parent.name} ({split})" for split, folder in classes if split}
        notes = [f"folders read as splits: {', '.join(above.values())}"] if above else []
        found = [walk(folder) for _, folder in classes]
        empty = [folder.name for (_, folder), inside in zip(classes, found, strict=True) if not inside.recordings]
        if empty:
            notes.append(f"left out: {len(empty):,} folders without a recording: {some(empty)}")
        for parent in (root, *above):
            entries = visible(parent)
            loose = [path.name for path in entries if is_audio(path) and not path.is_dir()]
            aside = [path.name for path in entries if path.name.startswith("_") and path.is_dir()]
            if loose:
                notes.append(f"left out: {len(loose):,} recordings in {parent} that lie in no class's folder: {some(loose)}")
            if aside:
                notes.append(f"left out: {len(aside):,} folders in {parent} whose names begin with _: {some(aside)}")
            found.append(Found(hidden=[path for path in sorted(parent.iterdir()) if is_hidden(path.name)]))
        return [*notes, *left_out(root, found)]

    def _group(self, path: Path, root: Path) -> str | None:
        if self.group is None:
            return None
        name = path.relative_to(root).as_posix()
        group = first_group(self.group, name, "data.group")
        if group is None:
            hint = "Every recording needs a group: change the pattern, or move the file out."
            raise DataError(Problem(name, f"data.group {self.group!r} does not match its path.", hint=hint))
        return group


def _classes(root: Path) -> list[tuple[Split | None, Path]]:
    """(its split, if the tree says one; the folder) of every class.

    Raises:
        DataError: some folders are splits by their names and others are not, or hold recordings of no class.
    """
    folders = _folders(root)
    splits = [folder for folder in folders if is_split_name(folder.name)]
    bare = [folder for folder in splits if any(is_audio(path) for path in visible(folder))]
    if not splits or (len(splits) == len(bare) == 1 and len(folders) > 1):  # a class may be called train, beside bus
        return [(None, folder) for folder in folders]
    if len(splits) < len(folders):
        others = [folder.name for folder in folders if folder not in splits]
        got = f"{root} holds {some([folder.name for folder in splits])}, names of splits, beside {some(others)}."
        raise DataError(Problem(WHERE, got, LAYOUTS, f"Rename or move one of the sorts, or {BY_TABLE}"))
    if bare:
        got = f"{bare[0]}, the folder of a split, holds recordings that lie in no class's folder."
        raise DataError(Problem(WHERE, got, LAYOUTS, f"Sort them into one folder per class, or {BY_TABLE}"))
    return [(split_named(split.name, str(split)), folder) for split in splits for folder in _folders(split)]


def _folders(parent: Path) -> list[Path]:
    """Folders that can be classes or splits."""
    return [path for path in visible(parent) if path.is_dir() and not path.name.startswith("_")]


def _refuse_splits_below(classes: Sequence[tuple[Split | None, Path]]) -> None:
    for _, folder in classes:
        splits = [path.name for path in visible(folder) if is_split_name(path.name) and path.is_dir()]
        if len(splits) > 1:
            got = f"{folder} holds {some(splits)}: splits below a class."
            raise DataError(Problem(WHERE, got, LAYOUTS, f"Put the splits above the classes, or {BY_TABLE}"))


def _too_few(root: Path, recordings: int, folders: Sequence[Path]) -> Problem:
    """Why there are not two classes, and what to do about it."""
    got = f"{root} holds {recordings} recordings in {len(folders)} folders ({', '.join(AUDIO_SUFFIXES)})."
    expected = "At least two folders with recordings, one per class."
    loose = [path.name for path in visible(root) if is_audio(path)]
    others = [path.suffix or path.name for folder in folders for path in walk(folder).others]
    below = next((folder for folder in folders if len(_folders(folder)) > 1), None)
    hint = ""
    if loose:
        hint = f"{len(loose):,} recordings lie in no folder: sort them into one folder per class, or {BY_TABLE}"
    elif below is not None:
        hint = f"If {below} holds the classes, say --set data.root={below}"
    elif len(folders) == 1 and recordings:
        hint = f"If {folders[0].name} is no class, {BY_TABLE}"
    elif others:
        kinds = some(sorted(set(others)))
        hint = f"There are {len(others):,} other files ({kinds}): if they are recordings, convert them to WAV or FLAC."
    return Problem(WHERE, got, expected, hint)


def _refuse_other_layouts(root: Path) -> None:
    """A tree that is known to be something else than one folder per class."""
    for pattern, what, kind in OTHER_LAYOUTS:
        found = next(iter(sorted(root.glob(pattern))), None)
        if found is not None:
            got = f"{found} looks like {what}: the folders are not classes to be split at random."
            raise DataError(Problem(WHERE, got, hint=f"Use data.kind: {kind}."))
