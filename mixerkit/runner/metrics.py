"""How good: accuracy and macro one-vs-rest AUC, over every clip once, by torchmetrics."""

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_auroc, multiclass_confusion_matrix


@dataclass(frozen=True)
class Metrics:
    """Figures of one split. ``accuracy`` and ``auc`` are fractions; ``confusion`` counts [truth, predicted].

    ``absent`` lists classes that have no clip, or all clips: they have no one-vs-rest AUC and are left out of its mean.
    """

    accuracy: float
    auc: float
    loss: float
    clips: int
    confusion: Tensor
    absent: tuple[int, ...] = ()

    def named(self, split: str) -> dict[str, float]:
        """As written to metrics and summary files."""
        return {f"{split}/accuracy": self.accuracy, f"{split}/auc": self.auc, f"{split}/loss": self.loss}


def compute(scores: Tensor, labels: Tensor, loss_sum: float) -> Metrics:
    """Metrics of scores ``[n, K]`` for labels ``[n]``, both on the CPU; ``loss_sum`` is the loss summed over clips."""
    classes = scores.shape[1]
    counts = torch.bincount(labels, minlength=classes)
    ranked = (counts > 0) & (counts < len(labels))
    confusion = multiclass_confusion_matrix(scores, labels, num_classes=classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of absent classes: they are named in the result
        per_class = multiclass_auroc(scores, labels, num_classes=classes, average=None, validate_args=False)
    return Metrics(
        accuracy=confusion.diagonal().sum().item() / len(labels),
        auc=per_class[ranked].mean().item() if ranked.any() else float("nan"),
        loss=loss_sum / len(labels),
        clips=len(labels),
        confusion=confusion,
        absent=tuple(torch.nonzero(~ranked).flatten().tolist()),
    )
