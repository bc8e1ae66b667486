"""The test split class by class, over all trainings of a row: counts are summed, figures averaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from mixerkit.training import SplitResult

METRICS = {"recall": "recall", "precision": "precision", "f1": "F1", "auc": "AUC", "average_precision": "average precision"}
MOST_CLASSES = 60
"""A matrix of more cannot be read: the pairs that are confused most often stand for it."""
MOST_PAIRS = 8
SHADES = 9


@dataclass(frozen=True)
class Count:
    """One field of a confusion matrix. ``shade``: 0 for none, then 1 to 9 by its share of the truth's clips."""

    clips: int
    shade: int


@dataclass(frozen=True)
class Pair:
    """Clips of one class that were taken for another, and their share of its clips."""

    truth: str
    predicted: str
    clips: int
    fraction: float


@dataclass(frozen=True)
class Classes:
    """How each class fared.

    Attributes:
        trials: over how many trainings.
        labels: the classes.
        matrix: counts [truth][predicted]; None if there are too many classes.
        single: clips with a single label, which are what the matrix counts.
        clips: of all tests together.
        pairs: what is confused most often.
        lines: (class, clips, its figures) for every class; None where no training has the figure.
    """

    records: int
    labels: tuple[str, ...]
    matrix: tuple[tuple[Count, ...], ...] | None
    single: int
    clips: int
    pairs: tuple[Pair, ...]
    lines: tuple[tuple[str, int, tuple[float | None, ...]], ...]


def sum_classes(tested: Sequence[SplitResult]) -> Classes | None:
    """All of them together; None if there is none, or if they do not have the same classes."""
    if not tested or any(result.labels != tested[0].labels for result in tested):
        return None
    labels = tuple(tested[0].labels)
    counts = np.sum([np.array(result.confusion, dtype=np.int64) for result in tested], axis=0)
    fraction = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shades = np.minimum(SHADES, 1 + (fraction * SHADES).astype(int)) * (counts > 0)
    return Classes(
        records=len(tested),
        labels=labels,
        matrix=_matrix(counts.tolist(), shades.tolist()) if len(labels) <= MOST_CLASSES else None,
        single=int(counts.sum()),
        clips=sum(result.clips for result in tested),
        pairs=_pairs(labels, counts.tolist(), fraction.tolist()),
        lines=tuple(_line(tested, i) for i in range(len(labels))),
    )


def _matrix(counts: list[list[int]], shades: list[list[int]]) -> tuple[tuple[Count, ...], ...]:
    return tuple(tuple(map(Count, row, shade)) for row, shade in zip(counts, shades, strict=True))


def _pairs(labels: Sequence[str], counts: list[list[int]], fraction: list[list[float]]) -> tuple[Pair, ...]:
    size = range(len(labels))
    found = [Pair(labels[i], labels[j], counts[i][j], fraction[i][j]) for i in size for j in size if i != j and counts[i][j]]
    return tuple(sorted(found, key=lambda pair: (-pair.clips, -pair.fraction))[:MOST_PAIRS])


def _line(tested: Sequence[SplitResult], number: int) -> tuple[str, int, tuple[float | None, ...]]:
    rows = [result.per_class[number] for result in tested]
    columns = [[value for row in rows if (value := getattr(row, name)) is not None] for name in METRICS]
    return rows[0].label, sum(row.clips for row in rows), tuple(mean(column) if column else None for column in columns)
