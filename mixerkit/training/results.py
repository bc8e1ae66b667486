"""How good a model is on one split, over every clip once: in all, and class by class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from mixerkit.training.losses import Activation
from mixerkit.training.metrics import REPORTED, AccuracySpec, MetricSpec
from mixerkit.training.per_class import ClassMetrics, one_hot, per_class


@dataclass(frozen=True)
class SplitResult:
    """test.json: one split, class by class.

    Attributes:
        labels: the classes in the order of the model's logits.
        scores: what AUC and average precision rank clips by.
        clips: how many.
        absent: classes that have none of them.
        confusion: counts [truth][predicted] of clips with a single label.
        per_class: one entry per class, in the order of ``labels``.
        further: metrics that the recipe asks for, by name; None where one is not defined.
    """

    labels: list[str]
    scores: Activation
    clips: int
    absent: list[str]
    confusion: list[list[int]]
    per_class: list[ClassMetrics]
    further: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Metrics:
    """Figures of one split, all but the loss fractions within 0 and 1.

    With one label per clip, the class of the best score is predicted. Where clips of the data have several, that decides
    ``accuracy`` alone, and each class whose score is above 0.5 is predicted: what recall, precision and F1 are of.

    Attributes:
        accuracy, auc, balanced_accuracy, macro_f1, map: the metrics of these names; NaN where one is not defined.
        loss: mean over clips of what training minimises.
        clips: how many.
        confusion: ``[K, K]``, counts [truth, predicted] of clips with a single label, by the best score.
        scores: what AUC and average precision rank clips by: softmax, or a sigmoid per class. They differ in both figures.
        per_class: one entry per class, in the order of the logits.
        further: metrics that the recipe asks for, by name.
    """

    accuracy: float
    auc: float
    loss: float
    clips: int
    confusion: Tensor
    balanced_accuracy: float
    macro_f1: float
    map: float
    scores: Activation
    per_class: tuple[ClassMetrics, ...]
    further: dict[str, float] = field(default_factory=dict)

    @property
    def absent(self) -> list[str]:
        """Classes that have no clip."""
        return [row.label for row in self.per_class if row.clips == 0]

    def named(self, split: str) -> dict[str, float]:
        """As written to metrics and summary files."""
        names = ("accuracy", "auc", "loss", "balanced_accuracy", "macro_f1", "map")
        values = {name: getattr(self, name) for name in names} | self.further
        return {f"{split}/{name}": value for name, value in values.items()}

    def result(self) -> SplitResult:
        """As written to test.json."""
        labels, rows = [row.label for row in self.per_class], list(self.per_class)
        confusion, further = self.confusion.tolist(), {name: _finite(value) for name, value in self.further.items()}
        return SplitResult(labels, self.scores, self.clips, self.absent, confusion, rows, further)


def compute_metrics(
    scores: Tensor,
    targets: Tensor,
    loss_sum: float,
    kind: Activation,
    labels: Sequence[str],
    further: Sequence[MetricSpec] = (),
) -> Metrics:
    """Metrics of scores ``[n, K]`` within 0 and 1, on the CPU.

    Args:
        targets: class numbers ``[n]``, or 0 and 1 ``[n, K]`` where clips have several labels.
        loss_sum: the loss summed over clips.
        kind: what the scores are.
        labels: names of the classes.
        further: metrics beside those that every run has.
    """
    from torchmetrics.functional.classification import multiclass_confusion_matrix  # here: only training needs it

    count, classes = scores.shape
    truth, best = one_hot(targets, classes), scores.argmax(dim=1)
    single = truth.sum(dim=1) == 1
    columns = per_class(scores, targets)
    return Metrics(
        accuracy=AccuracySpec().compute(scores, targets),
        auc=columns.mean_auc(),
        loss=loss_sum / count,
        clips=count,
        confusion=multiclass_confusion_matrix(best[single], truth[single].argmax(dim=1), num_classes=classes),
        balanced_accuracy=columns.recall.nanmean().item(),
        macro_f1=columns.f1.nanmean().item(),
        map=columns.average_precision.nanmean().item(),
        scores=kind,
        per_class=columns.rows(labels),
        further={one.name: float(one.compute(scores, targets)) for one in further if one.name not in REPORTED},
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
