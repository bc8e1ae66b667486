"""What a data set is to the kit: a layout on disk, read into rows. One file per data set; a plugin can bring one.

Rows say where each recording lies, what it is, and (where the data set knows) its split, fold and group. How rows without a
split are divided is the data set's ``division``; the dividing itself is done once, for all, in audio/. Any data set can be
divided into ``folds`` instead.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, SerializeAsAny, field_validator

from mixerkit.datasets.folds import Division, FoldName, Folds, Fractions, Split, fold_key
from mixerkit.registry import ISSUES, Interface, Registry, Returns, instance_of, list_of
from mixerkit.spec import Issue, KindSpec


@dataclass(frozen=True)
class Clip:
    """One recording.

    Attributes:
        path: the audio file.
        label: the class it belongs to; "": none, where a recording can have several.
        split: where the data set itself puts it, if it does.
        fold: which of the data set's own folds it is in, as the data set writes it, if it has folds.
        group: clips of one group never stand in two splits (a speaker, a source recording).
        also: further labels of the same recording, where it has several.
        start, end: the stretch of the file that it is, in seconds; None: from the start, to the end of the file.
    """

    path: Path
    label: str
    split: Split | None = None
    fold: str | None = None
    group: str | None = None
    extra_labels: tuple[str, ...] = ()
    start: float | None = None
    end: float | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """All classes it belongs to."""
        return (self.label, *self.extra_labels) if self.label else ()

    @property
    def name(self) -> str:
        """The path, and the stretch where it is one: for messages."""
        if self.start is None and self.end is None:
            return str(self.path)
        return f"{self.path} [{self.start or 0:g} s to {'its end' if self.end is None else f'{self.end:g} s'}]"


Progress = Callable[[int, int], None]
"""Called with (done, total) now and then."""


def _as_text(value: object) -> object:
    """YAML reads a digit as a number; as the name of a class it is text."""
    return str(value) if type(value) is int else value


ClassName = Annotated[str, BeforeValidator(_as_text)]


class DatasetSpec(KindSpec):
    """Settings of one data set. Subclass it, give it a ``kind``, decorate it with ``@dataset``."""

    noun = "dataset"

    output_kind: ClassVar[Literal["waveform", "spectrogram"]] = "waveform"
    """What its rows are: audio files, or precomputed spectrograms (then ``spectrograms`` hands them out)."""

    citation: ClassVar[str] = ""
    """Whom to cite."""

    licence: ClassVar[str] = ""
    """What its authors allow, and where they say so."""

    source: ClassVar[str] = ""
    """Where it can be had."""

    notice: ClassVar[str] = ""
    """What whoever trains on it should know before all else; printed at the start."""

    places: ClassVar[tuple[str, ...]] = ("root", "file", "download")
    """Settings that say where the data lies and how it gets there, not what it is."""

    classes: tuple[ClassName, ...] | None = Field(None, min_length=2, description="only these classes, in this order; null: all")
    seed: int = Field(0, ge=0, description="decides how rows without a split are divided; nothing in training")
    fold: FoldName | None = Field(
        None, description="where there are folds: the name of the one that is tested, the next one validates; null: the first"
    )
    folds: int | None = Field(
        None, ge=3, description="divide anew into so many folds, stratified, whole groups at a time; null: as the data set says"
    )
    on_leak: Literal["error", "warn"] = Field(
        "error", description="a group or the same file in two splits, or one file in two classes: stop, or say so and go on"
    )

    @abstractmethod
    def clips(self) -> list[Clip]:
        """Every recording.

        Raises:
            DataError: the data is missing or in another layout.
        """

    def prepare(self, on_progress: Progress = lambda done, total: None) -> None:
        """Download or make what is missing, before anything else is asked. Raises DataError if it cannot be had."""

    def home(self) -> Path | None:
        """The folder that paths of clips are relative to in a run, made first where the package makes the data.

        A run then finds its clips again when the data has moved with it. None: paths are absolute.
        """
        return None

    def labels(self) -> tuple[str, ...] | None:
        """The classes in order, where they are known before the data is read; None: those found, sorted."""
        return None

    @field_validator("classes")
    @classmethod
    def _each_once(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        twice = sorted({name for name in value or () if (value or ()).count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} more than once")
        return value

    def chosen_labels(self) -> tuple[str, ...] | None:
        """The classes in order: those that are chosen, else all, where they are known before the data is read."""
        return self.classes or self.labels()

    def division(self) -> Division:
        """How rows without a split are divided, if ``folds`` says nothing else."""
        return Fractions()

    def protocol_name(self) -> str:
        """The data set's own way of dividing, in a word, such as "official10"; "" if there is only one."""
        return ""

    def known_overlaps(self) -> frozenset[str]:
        """Groups that stand in two splits by the authors' own doing: a warning, never an error."""
        return frozenset()

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        """What a user should know about what was found, a line each."""
        return []

    def spectrograms(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Precomputed spectrograms ``[n, C, M, S]`` of these clips; only where ``gives`` is "spectrograms"."""
        raise NotImplementedError(f"{self.kind} gives recordings")

    def chosen_division(self) -> Division:
        """How rows are divided: into ``folds``, or as the data set says."""
        return self.division() if self.folds is None else Folds.numbered(self.folds, self.fold, made=True)

    def check(self) -> list[Issue]:
        """Settings that contradict each other, an :class:`Issue` each. Reads no data."""
        return []


class FractionSpec(DatasetSpec):
    """A data set of the user's own: what its rows do not say of the splits is divided by fractions."""

    val_fraction: float = Field(0.1, gt=0.0, lt=1.0, description="fraction of the rows that validates, where they do not say it")
    test_fraction: float = Field(0.1, gt=0.0, lt=1.0, description="fraction of the rows that is tested, where they do not say it")

    def check(self) -> list[Issue]:
        if self.val_fraction + self.test_fraction >= 1.0:
            return [
                Issue(
                    "val_fraction",
                    f"val_fraction + test_fraction = {self.val_fraction + self.test_fraction:g}",
                    "less than 1: the rest is trained on",
                )
            ]
        return []


def check_fold(data: DatasetSpec) -> list[Issue]:
    """A fold that the protocol does not have."""
    division = data.chosen_division()
    if not isinstance(division, Folds):
        return [] if data.fold is None else [Issue("fold", f"{data.fold}, where there are no folds", "null, or data.folds")]
    if division.tested is None:
        return [Issue("fold", f"{data.fold} of {len(division.names)} folds", str(division))]
    return []


def protocol(data: DatasetSpec) -> str:
    """How the data is divided, in a few words: it stands beside every figure."""
    division, own = data.chosen_division(), data.protocol_name()
    chosen = f", {len(data.classes)} chosen classes" if data.classes else ""
    if isinstance(division, Fractions) and not own:
        own = str(division)
    if isinstance(division, Folds):
        count = len(division.names)
        own = own if own and data.folds is None else f"{count} folds"
        numbers = not division.are_numbered and isinstance(fold_key(division.names[0]), Fraction)
        of = f"{division.names[0]} to {division.names[-1]}" if numbers else count
        own = f"{own}{chosen}, fold {division.tested} of {of} tested"
    elif chosen:
        own = f"{own}{chosen}" if own else chosen.removeprefix(", ")
    return f"{data.kind} {own}".strip()


def _are_clips(_: type, value: Any) -> bool:
    clips = value if isinstance(value, list | tuple) else [None]
    return all(isinstance(one, Clip) and isinstance(one.path, Path) and isinstance(one.label, str) for one in clips)


def _are_names(_: type, value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(name, str) for name in value)


INTERFACE: Interface = {
    "output_kind": Returns('"waveform" or "spectrogram".', lambda _, value: value in ("waveform", "spectrogram")),
    "notice": instance_of(str, "A string."),
    "places": Returns("A tuple of the names of settings.", _are_names),
    "clips": Returns("A list of mixerkit.Clip, each with a pathlib.Path and a label, a string.", _are_clips),
    "prepare": Returns("Nothing.", lambda _, value: value is None),
    "home": instance_of((Path, type(None)), "A pathlib.Path, or None."),
    "labels": Returns("A tuple of strings, or None.", lambda _, value: value is None or _are_names(_, value)),
    "division": instance_of((Fractions, Folds), "mixerkit.Fractions or mixerkit.Folds."),
    "protocol_name": instance_of(str, "A string."),
    "known_overlaps": instance_of((frozenset, set), "A frozenset of groups."),
    "notes": list_of(str, "A list of strings."),
    "spectrograms": instance_of(np.ndarray, "A numpy array [n, C, M, S]."),
    "check": ISSUES,
}

DATASETS: Registry[DatasetSpec] = Registry(DatasetSpec, INTERFACE, stand_in="synthetic-events")
dataset = DATASETS.add

Dataset = Annotated[SerializeAsAny[DatasetSpec], BeforeValidator(DATASETS.read)]
