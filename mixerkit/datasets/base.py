"""What a data set is to the kit: a layout on disk, read into rows. One file per data set; a plugin can bring one.

Rows say where each recording lies, what it is, and (where the data set knows) its split, fold and group. How rows without a
split are divided is the data set's ``division``; the dividing itself is done once, for all, in audio/.
"""

from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny

from mixerkit.errors import DataError, Problem
from mixerkit.registry import Registry
from mixerkit.spec import KindSpec, Misfit

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, Split, Split] = ("train", "val", "test")


@dataclass(frozen=True)
class Clip:
    """One recording.

    Attributes:
        path: the audio file.
        label: the class it belongs to.
        split: where the data set itself puts it, if it does.
        fold: which of the data set's own folds it is in, if it has folds.
        group: clips of one group never stand in two splits (a speaker, a source recording).
    """

    path: Path
    label: str
    split: Split | None = None
    fold: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Shares:
    """Divide rows by share of clips, stratified by label, whole groups at a time."""

    val: float = 0.1
    test: float = 0.1


@dataclass(frozen=True)
class Folds:
    """Divide rows by fold: number ``test`` (from 1) is tested, the next one (the first after the last) validates.

    ``names`` are the data set's own folds in order. Empty: ``count`` folds are made, stratified, whole groups at a time.
    """

    test: int
    count: int
    names: tuple[str, ...] = field(default=())


Division = Shares | Folds


class DatasetSpec(KindSpec):
    """Settings of one data set. Subclass it, give it a ``kind``, decorate it with ``@dataset``."""

    seed: int = Field(0, ge=0, description="decides how rows without a split are divided; nothing in training")

    @abstractmethod
    def clips(self) -> list[Clip]:
        """Every recording.

        Raises:
            DataError: the data is missing or in another layout.
        """

    def home(self) -> Path | None:
        """The folder that paths of clips are told from in a run, made first where the package makes the data.

        A run then finds its clips again when the data has moved with it. None: paths are told whole.
        """
        return None

    def labels(self) -> tuple[str, ...] | None:
        """The classes in order, where they are known before the data is read; None: those found, sorted."""
        return None

    def division(self) -> Division:
        """How rows without a split are divided."""
        return Shares()

    def problems(self) -> list[Misfit]:
        """Settings that contradict each other, as (field, what came, what is allowed). Reads no data."""
        return []


DATASETS: Registry[DatasetSpec] = Registry("dataset", DatasetSpec)

dataset = DATASETS.add

Dataset = Annotated[SerializeAsAny[DatasetSpec], BeforeValidator(DATASETS.read)]


def existing_folder(root: str, kind: str, contains: str = "") -> Path:
    """The folder ``root``, relative to where the command runs, ~ expanded.

    Raises:
        DataError: it is missing, or the file or folder ``contains`` is not in it.
    """
    folder = Path(root).expanduser()
    if not folder.is_dir():
        came = f"There is no folder {folder.resolve()}."
        raise DataError(Problem(f"data.root ({kind})", came, advice="Say where it is with --set data.root=FOLDER."))
    if contains and not (folder / contains).exists():
        inside = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        came = f"{folder} has no {contains}; it holds {inside}."
        raise DataError(Problem(f"data.root ({kind})", came, advice=f"Point data.root at the folder that holds {contains}."))
    return folder
