"""Focal loss: what is recognised already counts less (Lin et al., arXiv 1708.02002). A loss worth copying.

Binary cross-entropy of each class, times |target - score|^gamma. A plugin is one file that imports only from `mixerkit`. Switch
it on in a recipe: `plugins: [focal_loss]`, and `runner: {loss: {kind: focal, gamma: 2.0}}`.
"""

from typing import Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from mixerkit import LossSpec, Objective, loss


class Focal(Objective):
    activation = "sigmoid"

    def __init__(self, classes: int, gamma: float) -> None:
        super().__init__(classes)
        self.gamma = gamma

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        target = self.dense(logits, targets)  # [B, K]
        each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
        weight = (target - self.scores(logits)).abs() ** self.gamma
        return (weight * each).sum() / self.classes


@loss
class FocalSpec(LossSpec):
    """Binary cross-entropy that turns to what is not recognised yet."""

    kind: Literal["focal"] = "focal"
    multi_label = True
    gamma: float = Field(2.0, ge=1.0, le=10.0, description="how much less counts what is recognised")

    def build(self, classes: int) -> Objective:
        return Focal(classes, self.gamma)
