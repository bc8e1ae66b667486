"""How good: accuracy and macro one-vs-rest AUC, over every clip once, by torchmetrics."""

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from torchmetrics.functional.classification import multiclass_confusion_matrix, multilabel_auroc


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
    """Metrics of scores ``[n, K]``, on the CPU.

    Args:
        labels: ``[n]``, or 0 and 1 ``[n, K]`` where clips have several. A clip is then hit if its best score is one of its
            labels, and the confusion counts clips with a single label.
        loss_sum: the loss summed over clips.
    """
    count, classes = scores.shape
    truth = labels.long() if labels.ndim == 2 else functional.one_hot(labels, classes)  # [n, K]
    best, single = scores.argmax(dim=1), truth.sum(dim=1) == 1
    positives = truth.sum(dim=0)
    ranked = (positives > 0) & (positives < count)
    confusion = multiclass_confusion_matrix(best[single], truth[single].argmax(dim=1), num_classes=classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of absent classes: they are named in the result
        per_class = multilabel_auroc(scores, truth, num_labels=classes, average=None, validate_args=False)
    return Metrics(
        accuracy=truth[torch.arange(count), best].sum().item() / count,
        auc=per_class[ranked].mean().item() if ranked.any() else float("nan"),
        loss=loss_sum / count,
        clips=count,
        confusion=confusion,
        absent=tuple(torch.nonzero(~ranked).flatten().tolist()),
    )
