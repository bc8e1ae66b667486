"""The test split class by class, over all trainings of a row: counts are summed, figures averaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from mixerkit.training import SplitResult

METRICS = {"recall": "recall", "precision": "precision", "f1": "F1", "auc": "AUC", "average_precision": "average precision"}
MOST_PAIRS = 8


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
        counts: clips with a single label, ``[truth, predicted]``.
        clips: of all tests together.
        pairs: what is confused most often.
        lines: (class, clips, its figures) for every class; None where no training has the figure.
    """

    records: int
    labels: tuple[str, ...]
    counts: NDArray[np.int64]
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
    return Classes(
        records=len(tested),
        labels=labels,
        counts=counts,
        clips=sum(result.clips for result in tested),
        pairs=_pairs(labels, counts.tolist(), fraction.tolist()),
        lines=tuple(_line(tested, i) for i in range(len(labels))),
    )


def _pairs(labels: Sequence[str], counts: list[list[int]], fraction: list[list[float]]) -> tuple[Pair, ...]:
    size = range(len(labels))
    found = [Pair(labels[i], labels[j], counts[i][j], fraction[i][j]) for i in size for j in size if i != j and counts[i][j]]
    return tuple(sorted(found, key=lambda pair: (-pair.clips, -pair.fraction))[:MOST_PAIRS])


def _line(tested: Sequence[SplitResult], number: int) -> tuple[str, int, tuple[float | None, ...]]:
    rows = [result.per_class[number] for result in tested]
    columns = [[value for row in rows if (value := getattr(row, name)) is not None] for name in METRICS]
    return rows[0].label, sum(row.clips for row in rows), tuple(mean(column) if column else None for column in columns)
