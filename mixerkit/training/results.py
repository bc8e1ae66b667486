"""The metrics of a split as they are written to a file."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ClassResult:
    """Figures of one class, as :class:`mixerkit.training.metrics.ClassMetrics` has them; None where one is not defined."""

    label: str
    clips: int
    recall: float | None
    precision: float | None
    f1: float | None
    auc: float | None
    average_precision: float | None


@dataclass(frozen=True)
class SplitResult:
    """test.json: figures of one split, class by class.

    Attributes:
        labels: the classes in the order of the model's logits.
        scores: what AUC and average precision rank clips by.
        clips: how many.
        absent: classes that have none of them.
        confusion: counts [truth][predicted] of clips with a single label.
        per_class: one entry per class, in the order of ``labels``.
    """

    labels: list[str]
    scores: Literal["softmax", "sigmoid"]
    clips: int
    absent: list[str]
    confusion: list[list[int]]
    per_class: list[ClassResult]
