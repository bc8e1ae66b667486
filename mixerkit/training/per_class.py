"""Figures class by class, each class against all others, by torchmetrics."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

THRESHOLD = 0.5
"""Where clips have several labels, a class whose score is above it is predicted."""


@dataclass(frozen=True)
class ClassMetrics:
    """Figures of one class against all others; None where a figure is not defined.

    Attributes:
        label: its name.
        clips: how many have it.
        recall: fraction of its clips for which it is predicted; None if it has no clip.
        precision: fraction of the clips it is predicted for that have it; None if it is predicted for none.
        f1: harmonic mean of both, 0 where no prediction is right; None if it has no clip and is predicted for none.
        auc: area under the ROC curve, one against the rest; None if no clip has it, or all have it.
        average_precision: area under the steps of its precision-recall curve; None if it has no clip.
    """

    label: str
    clips: int
    recall: float | None
    precision: float | None
    f1: float | None
    auc: float | None
    average_precision: float | None


@dataclass(frozen=True)
class Columns:
    """The figures of :class:`ClassMetrics` as columns ``[K]``, in the order of the logits; NaN where one is not defined."""

    clips: Tensor
    recall: Tensor
    precision: Tensor
    f1: Tensor
    auc: Tensor
    average_precision: Tensor

    def mean_auc(self) -> float:
        """The mean over classes that some clips have and some have not; NaN if none is."""
        return self.auc[~self.auc.isnan()].mean().item()

    def rows(self, labels: Sequence[str]) -> tuple[ClassMetrics, ...]:
        """One entry per class."""
        columns = (self.recall, self.precision, self.f1, self.auc, self.average_precision)
        rows = zip(labels, self.clips.tolist(), *(column.tolist() for column in columns), strict=True)
        return tuple(
            ClassMetrics(label, clips, *(None if math.isnan(value) else value for value in values))
            for label, clips, *values in rows
        )


def one_hot(targets: Tensor, classes: int) -> Tensor:
    """0 and 1 ``[n, K]`` of class numbers ``[n]``; of 0 and 1 they are themselves."""
    return targets.long() if targets.ndim == 2 else functional.one_hot(targets, classes)


def per_class(scores: Tensor, targets: Tensor) -> Columns:
    """Figures of every class, of scores ``[n, K]`` within 0 and 1.

    With one label per clip, the class of the best score is predicted; with several, each class whose score is above 0.5.

    Args:
        targets: class numbers ``[n]``, or 0 and 1 ``[n, K]`` where clips have several labels.
    """
    from torchmetrics.functional.classification import (  # here: only training needs it
        multilabel_auroc,
        multilabel_average_precision,
        multilabel_stat_scores,
    )

    count, classes = scores.shape
    truth = one_hot(targets, classes)
    several = targets.ndim == 2
    predicted = (scores > THRESHOLD).long() if several else functional.one_hot(scores.argmax(dim=1), classes)
    counts = multilabel_stat_scores(predicted, truth, num_labels=classes, average=None, validate_args=False)
    hits, false, _, missed, positives = counts.double().unbind(dim=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of absent classes: they are named in the result
        auc = multilabel_auroc(scores, truth, num_labels=classes, average=None, validate_args=False)
        precisions = multilabel_average_precision(scores, truth, num_labels=classes, average=None, validate_args=False)
    return Columns(
        clips=positives.long(),
        recall=hits / positives,  # 0/0 is NaN
        precision=hits / (hits + false),
        f1=2 * hits / (2 * hits + false + missed),
        auc=auc.where((positives > 0) & (positives < count), torch.nan),
        average_precision=precisions.where(positives > 0, torch.nan),
    )
