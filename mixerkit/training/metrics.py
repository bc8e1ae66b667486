"""How good: figures of one split, over every clip once, in all and class by class, by torchmetrics."""

import math
import warnings
from dataclasses import asdict, dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional
from torchmetrics.functional.classification import (
    multiclass_confusion_matrix,
    multilabel_auroc,
    multilabel_average_precision,
    multilabel_stat_scores,
)

from mixerkit.rundir.schemas import ClassResult, SplitResult

THRESHOLD = 0.5
"""Where clips have several labels, a class whose score is above it is predicted."""


@dataclass(frozen=True)
class ClassMetrics:
    """Figures of one class against all others; None where a figure is not defined.

    Attributes:
        label: its number, in the order of the logits.
        clips: how many have it.
        recall: share of its clips for which it is predicted; None if it has no clip.
        precision: share of the clips it is predicted for that have it; None if it is predicted for none.
        f1: harmonic mean of both, 0 where no prediction is right; None if it has no clip and is predicted for none.
        auc: area under the ROC curve, one against the rest; None if no clip has it, or all have it.
        average_precision: area under the steps of its precision-recall curve; None if it has no clip.
    """

    label: int
    clips: int
    recall: float | None
    precision: float | None
    f1: float | None
    auc: float | None
    average_precision: float | None


@dataclass(frozen=True)
class Metrics:
    """Figures of one split, all but the loss fractions within 0 and 1.

    With one label per clip, the class of the best score is predicted. Where clips of the data have several, that decides
    ``accuracy`` alone, and each class whose score is above 0.5 is predicted: what recall, precision and F1 are of.

    Attributes:
        accuracy: fraction of clips with a label whose best score is their label, or one of them.
        auc: mean of the classes' areas under the ROC curve, over classes that some clips have and some have not; NaN if none is.
        loss: mean over clips of what training minimises.
        clips: how many.
        confusion: ``[K, K]``, counts [truth, predicted] of clips with a single label, by the best score.
        balanced_accuracy: mean recall over classes that have clips, as scikit-learn's; with several labels, macro recall.
        macro_f1: mean F1 over classes that have a clip or are predicted for one, as scikit-learn's without ``labels``.
        map: mean average precision over classes that have clips.
        scores: what AUC and average precision rank clips by: softmax, or a sigmoid per class. They differ in both figures.
        per_class: one entry per class, in the order of the logits.
        absent: numbers of classes that have no clip.
    """

    accuracy: float
    auc: float
    loss: float
    clips: int
    confusion: Tensor
    balanced_accuracy: float
    macro_f1: float
    map: float
    scores: Literal["softmax", "sigmoid"]
    per_class: tuple[ClassMetrics, ...]
    absent: tuple[int, ...] = ()

    def named(self, split: str) -> dict[str, float]:
        """As written to metrics and summary files."""
        names = ("accuracy", "auc", "loss", "balanced_accuracy", "macro_f1", "map")
        return {f"{split}/{name}": getattr(self, name) for name in names}

    def result(self, labels: list[str]) -> SplitResult:
        """As written to test.json, with the names of the classes."""
        rows = [ClassResult(**{**asdict(row), "label": labels[row.label]}) for row in self.per_class]
        absent = [labels[i] for i in self.absent]
        return SplitResult(labels, self.scores, self.clips, absent, self.confusion.tolist(), rows)


def compute(scores: Tensor, labels: Tensor, loss_sum: float, kind: Literal["softmax", "sigmoid"]) -> Metrics:
    """Metrics of scores ``[n, K]`` within 0 and 1, on the CPU.

    Args:
        labels: ``[n]``, or 0 and 1 ``[n, K]`` where clips have several.
        loss_sum: the loss summed over clips.
        kind: what the scores are.
    """
    count, classes = scores.shape
    truth = labels.long() if labels.ndim == 2 else functional.one_hot(labels, classes)  # [n, K]
    best, single = scores.argmax(dim=1), truth.sum(dim=1) == 1
    predicted = (scores > THRESHOLD).long() if labels.ndim == 2 else functional.one_hot(best, classes)
    counts = multilabel_stat_scores(predicted, truth, num_labels=classes, average=None, validate_args=False)
    hits, false, _, missed, positives = counts.double().unbind(dim=1)
    ranked = (positives > 0) & (positives < count)
    confusion = multiclass_confusion_matrix(best[single], truth[single].argmax(dim=1), num_classes=classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of absent classes: they are named in the result
        auc = multilabel_auroc(scores, truth, num_labels=classes, average=None, validate_args=False)
        precisions = multilabel_average_precision(scores, truth, num_labels=classes, average=None, validate_args=False)
    precisions = precisions.where(positives > 0, torch.nan)
    recall, f1 = hits / positives, 2 * hits / (2 * hits + false + missed)  # 0/0 is NaN
    values = (recall, hits / (hits + false), f1, auc.where(ranked, torch.nan), precisions)
    return Metrics(
        accuracy=truth[torch.arange(count), best].sum().item() / (truth.any(dim=1).sum().item() or math.nan),
        auc=auc[ranked].mean().item() if ranked.any() else float("nan"),
        loss=loss_sum / count,
        clips=count,
        confusion=confusion,
        balanced_accuracy=recall.nanmean().item(),
        macro_f1=f1.nanmean().item(),
        map=precisions.nanmean().item(),
        scores=kind,
        per_class=_per_class(positives, values),
        absent=tuple(torch.nonzero(positives == 0).flatten().tolist()),
    )


def _per_class(positives: Tensor, values: tuple[Tensor, ...]) -> tuple[ClassMetrics, ...]:
    """One entry per class, from columns ``[K]`` in the order of its fields."""
    rows = zip(positives.long().tolist(), *(column.tolist() for column in values), strict=True)
    return tuple(
        ClassMetrics(label, clips, *(None if math.isnan(value) else value for value in values))
        for label, (clips, *values) in enumerate(rows)
    )
