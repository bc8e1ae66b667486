"""Cohen's kappa: accuracy beyond that of guessing as often as the model names each class. A metric worth copying.

kappa = (p - e) / (1 - e), p the accuracy, e what it would be if labels and predictions knew nothing of each other (Cohen 1960).
A plugin is one file that imports only from `mixerkit`. Switch it on in a recipe: `plugins: [cohen_kappa]`, and
`runner: {metrics: [cohen-kappa]}`, or `runner: {select: cohen-kappa}` to keep the epoch that has the highest.
"""

from typing import Literal

import torch
from torch import Tensor

from mixerkit import MetricSpec, metric


@metric
class CohenKappaSpec(MetricSpec):
    """Agreement of predictions and labels beyond chance: 1 all, 0 none."""

    kind: Literal["cohen-kappa"] = "cohen-kappa"
    multi_label = False

    def compute(self, scores: Tensor, targets: Tensor) -> float:
        classes = scores.shape[1]
        pairs = torch.bincount(targets * classes + scores.argmax(dim=1), minlength=classes**2)
        counts = pairs.view(classes, classes).double() / len(targets)  # [truth, predicted]
        expected = (counts.sum(dim=0) * counts.sum(dim=1)).sum()
        return ((counts.trace() - expected) / (1.0 - expected)).item()
