"""One folder per class: ROOT/LABEL/.../recording.wav, in any depth, WAV, FLAC, OGG or MP3."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from mixerkit.datasets.base import Clip, DatasetSpec, Fractions, dataset
from mixerkit.datasets.layout import existing_folder
from mixerkit.errors import DataError, Problem
from mixerkit.spec import Issue

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")

OTHER_LAYOUTS = (
    ("validation_list.txt", "Speech Commands, whose lists say who is tested", "speech-commands"),
    ("metadata/UrbanSound8K.csv", "UrbanSound8K", "urbansound8k"),
    ("fold[0-9]*", "UrbanSound8K's folds", "urbansound8k"),
    ("meta/esc50.csv", "ESC-50", "esc50"),
    ("Actor_[0-9]*", "RAVDESS's actors", "ravdess"),
    ("[lL]iu[cC]hanhg", "CASIA's speakers", "casia"),
)
"""(what lies in the root, what that is, its kind): trees whose folders are not classes."""


@dataset
class FolderSpec(DatasetSpec):
    """Recordings of your own: the name of the folder is the class."""

    kind: Literal["folder"] = "folder"
    root: str = Field(description="folder that holds one folder per class")
    val_fraction: float = Field(0.1, gt=0.0, lt=1.0, description="fraction of the clips that validates")
    test_fraction: float = Field(0.1, gt=0.0, lt=1.0, description="fraction of the clips that is tested")
    group: str | None = Field(
        None,
        description="regular expression searched in LABEL/.../file; its first (...) names the group, which stays in one split",
    )

    @field_validator("group")
    @classmethod
    def _has_a_group(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        if pattern.groups < 1:
            raise ValueError('needs a pair of parentheses around what names the group, such as "_(speaker[0-9]+)_"')
        return value

    def check(self) -> list[Issue]:
        if self.val_fraction + self.test_fraction >= 1.0:
            return [
                Issue("val", f"val + test = {self.val_fraction + self.test_fraction:g}", "less than 1: the rest is trained on")
            ]
        return []

    def division(self) -> Fractions:
        return Fractions(self.val_fraction, self.test_fraction)

    def home(self) -> Path:
        return existing_folder(self.root, "folder")

    def clips(self) -> list[Clip]:
        root = self.home()
        _refuse_other_layouts(root)
        folders = sorted(path for path in root.iterdir() if _is_class(path))
        files = [(folder.name, path) for folder in folders for path in _audio_files(folder)]
        if len({label for label, _ in files}) < 2:
            got = f"{root} holds {len(files)} recordings in {len(folders)} folders ({', '.join(AUDIO_SUFFIXES)})."
            raise DataError(Problem("data.root (folder)", got, "At least two folders with recordings, one per class."))
        return [Clip(path, label, group=self._group(path, root)) for label, path in files]

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        root, used = self.home(), {clip.path for clip in clips}
        notes = [f"left out: {path} lies in no class's folder" for path in _audio_in(root)]
        hidden = [path for path in sorted(root.iterdir()) if path.is_dir() and not _is_class(path)]
        notes += [f"left out: {path}, because its name begins with {path.name[0]}" for path in hidden]
        for folder in sorted(path for path in root.iterdir() if _is_class(path)):
            inside = [path for path in sorted(folder.rglob("*")) if path not in used]
            notes += [f"left out: {path} is a link to a folder" for path in inside if path.is_symlink() and path.is_dir()]
            others = [path for path in inside if path.is_file()]
            if others:
                kinds = ", ".join(sorted({path.suffix or path.name for path in others}))
                notes.append(f"left out: {len(others):,} files in {folder} that are not {', '.join(AUDIO_SUFFIXES)}: {kinds}")
        return notes

    def _group(self, path: Path, root: Path) -> str | None:
        if self.group is None:
            return None
        name = path.relative_to(root).as_posix()
        found = re.search(self.group, name)
        if found is None or found.group(1) is None:
            hint = "Every recording needs a group: change the pattern, or move the file out."
            raise DataError(Problem(name, f"data.group {self.group!r} does not match its path.", hint=hint))
        return found.group(1)


def _audio_files(folder: Path) -> list[Path]:
    """Recordings by their suffix; also those that turn out to be no file, so that decoding names them."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)


def _audio_in(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.suffix.lower() in AUDIO_SUFFIXES and not path.is_dir())


def _is_class(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith((".", "_"))


def _refuse_other_layouts(root: Path) -> None:
    """A tree that is known to be something else than one folder per class."""
    for pattern, what, kind in OTHER_LAYOUTS:
        found = next(iter(sorted(root.glob(pattern))), None)
        if found is not None:
            got = f"{found} looks like {what}: the folders are not classes to be split at random."
            raise DataError(Problem("data.root (folder)", got, hint=f"Use data.kind: {kind}."))
