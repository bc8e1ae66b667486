"""The test split class by class, over all trainings of a row: counts are summed, figures averaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from mixerkit.training import ClassMetrics, SplitResult

METRICS = {"recall": "recall", "precision": "precision", "f1": "F1", "auc": "AUC", "average_precision": "average precision"}
MOST_PAIRS = 8


@dataclass(frozen=True)
class Classes:
    """How each class fared.

    Attributes:
        trials: over how many trainings.
        labels: the classes.
        counts: clips with a single label, ``[truth, predicted]``.
        clips: of all tests together.
        pairs: what is confused most often: (truth, predicted, clips, their share of the truth's).
        lines: (class, clips, its figures) for every class; None where no training has the figure.
    """

    records: int
    labels: Sequence[str]
    counts: NDArray[np.int64]
    clips: int
    pairs: Sequence[tuple[str, str, int, float]]
    lines: Sequence[tuple[str, int, Sequence[float | None]]]


def sum_classes(tested: Sequence[SplitResult]) -> Classes | None:
    """All of them together; None if there is none, or if they do not have the same classes."""
    if not tested or any(result.labels != tested[0].labels for result in tested):
        return None
    labels = tested[0].labels
    counts = np.sum([np.array(result.confusion, dtype=np.int64) for result in tested], axis=0)
    fraction = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    wrong = counts - np.diag(np.diag(counts))
    pairs = [(labels[i], labels[j], int(counts[i, j]), float(fraction[i, j])) for i, j in np.argwhere(wrong)]
    return Classes(
        records=len(tested),
        labels=labels,
        counts=counts,
        clips=sum(result.clips for result in tested),
        pairs=sorted(pairs, key=lambda pair: (-pair[2], -pair[3]))[:MOST_PAIRS],
        lines=[_line([result.per_class[i] for result in tested]) for i in range(len(labels))],
    )


def _line(rows: Sequence[ClassMetrics]) -> tuple[str, int, Sequence[float | None]]:
    columns = [[value for row in rows if (value := getattr(row, name)) is not None] for name in METRICS]
    return rows[0].label, sum(row.clips for row in rows), [mean(column) if column else None for column in columns]
