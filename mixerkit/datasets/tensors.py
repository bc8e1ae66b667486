"""Precomputed spectrograms: features that somebody computed already, or images. An .npz file, as numpy.savez writes it.

spectrograms   [n, C, M, S]   float or int     channels, bands (or rows), frames (or columns)
labels     [n]            text or int
split      [n]            text: train, val, test           may be missing
fold, group  [n]          text or int                      may be missing
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mixerkit.datasets.base import Clip, FractionSpec, dataset
from mixerkit.datasets.folds import Division, Folds, Fractions, split_named
from mixerkit.datasets.layout import user_path
from mixerkit.datasets.rows import cell_text
from mixerkit.errors import DataError, Problem


@dataset
class TensorsSpec(FractionSpec):
    """Precomputed spectrograms with labels from an .npz file; takes ``features: precomputed``."""

    output_kind: ClassVar[Literal["waveform", "spectrogram"]] = "spectrogram"

    kind: Literal["tensors"] = "tensors"
    file: str = Field(description="the .npz file, with spectrograms [n, C, M, S] and labels [n]")

    def home(self) -> Path:
        path = user_path(self.file, "data.file (tensors)")
        if not path.is_file():
            got = f"There is no file {path.resolve()}."
            raise DataError(Problem("data.file (tensors)", got, hint="Say where it is with --set data.file=FILE.npz."))
        return path.parent

    def division(self) -> Division:
        folds = set(self._texts("fold") or ()) - {""}
        splits = frozenset(split_named(name, f"{self.file}: split") for name in self._texts("split") or [""])
        return (
            Folds.found(folds, self.fold)
            if folds and splits == {None}
            else Fractions(self.val_fraction, self.test_fraction, splits)
        )

    def clips(self) -> list[Clip]:
        labels = self._texts("labels")
        if not labels:
            raise DataError(Problem(self.file, "It holds no labels.", "Arrays: spectrograms [n, C, M, S] and labels [n]."))
        nothing = [""] * len(labels)
        splits, folds, groups = (self._texts(name) or nothing for name in ("split", "fold", "group"))
        if not len(labels) == len(splits) == len(folds) == len(groups):
            got = f"{len(labels)} labels, {len(splits)} splits, {len(folds)} folds, {len(groups)} groups."
            raise DataError(Problem(self.file, got, "As many of each as there are spectrograms."))
        if "" in labels:
            raise DataError(Problem(f"{self.file}: labels", f"Number {labels.index('')} is empty, or NaN."))
        split = {name: split_named(name, f"{self.file}: split") for name in set(splits)}
        file, rows = Path(self.file).expanduser(), zip(labels, splits, folds, groups, strict=True)
        return [
            Clip(file / str(i), label, split[name], fold or None, group or None)
            for i, (label, name, fold, group) in enumerate(rows)
        ]

    def spectrograms(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        found = self._array("spectrograms")
        if found is None or found.ndim != 4 or found.dtype.kind not in "fiu":
            got = "It holds no spectrograms." if found is None else f"spectrograms are {found.dtype} {list(found.shape)}."
            raise DataError(Problem(self.file, got, "spectrograms [n, C, M, S], numbers."))
        numbers = [int(clip.path.name) for clip in clips]
        if max(numbers) >= len(found):
            raise DataError(Problem(self.file, f"It holds {len(found)} spectrograms and more labels.", "As many of each."))
        chosen = found[numbers].astype(np.float32)
        broken = np.flatnonzero(~np.isfinite(chosen).all(axis=(1, 2, 3)))
        if len(broken):
            got = f"{len(broken)} spectrograms hold NaN or infinity, first number {clips[broken[0]].path.name}."
            raise DataError(Problem(self.file, got))
        return chosen

    def _texts(self, name: str) -> list[str] | None:
        found = self._array(name)
        if found is not None and found.ndim != 1:
            raise DataError(Problem(f"{self.file}: {name}", f"It has the shape {list(found.shape)}.", "[n]."))
        return None if found is None else [cell_text(value) for value in found.tolist()]

    def _array(self, name: str) -> NDArray[Any] | None:
        self.home()
        try:
            with np.load(Path(self.file).expanduser(), allow_pickle=False) as arrays:
                return arrays.get(name)
        except (OSError, ValueError, TypeError, AttributeError, EOFError, BadZipFile) as error:
            got = f"It cannot be read: {error}."
            raise DataError(Problem(self.file, got, "An .npz file, as numpy.savez writes it, without objects.")) from error
