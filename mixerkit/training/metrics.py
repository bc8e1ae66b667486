"""Metrics: one number for a whole split. Every run has five; a recipe may ask for more, and a plugin can bring one.

One of them, ``runner.select``, chooses the epoch whose weights are kept.
"""

import math
from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import BeforeValidator, Field, PositiveInt, SerializeAsAny
from torch import Tensor

from mixerkit.registry import YES_OR_NO, Interface, Registry, Returns
from mixerkit.spec import KindSpec
from mixerkit.training.per_class import one_hot, per_class


class MetricSpec(KindSpec):
    """Settings of one metric. Subclass it, give it a ``kind``, decorate it with ``@metric``."""

    noun = "metric"

    higher_is_better: ClassVar[bool] = True

    multi_label: ClassVar[bool] = True
    """Whether clips may have several labels."""

    @property
    def name(self) -> str:
        """What its value is called in a run's files, behind the split: val/NAME. By default the kind, with underscores."""
        return self.kind.replace("-", "_")

    @abstractmethod
    def compute(self, scores: Tensor, targets: Tensor) -> float:
        """The number for a split, on the CPU; NaN where it is not defined.

        Args:
            scores: within 0 and 1, ``[n, K]``: softmax, or a sigmoid per class.
            targets: class numbers ``[n]``, or 0 and 1 ``[n, K]`` where clips have several labels.
        """


def _is_name(_: type, value: object) -> bool:
    return isinstance(value, str) and value.replace("_", "").isalnum() and value.isascii() and value == value.lower()


def _is_number(_: type, value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


INTERFACE: Interface = {
    "higher_is_better": YES_OR_NO,
    "multi_label": YES_OR_NO,
    "name": Returns("Lower-case letters, digits and underscores.", _is_name),
    "compute": Returns("A number (float); of a tensor that holds one, tensor.item().", _is_number),
}

METRICS: Registry[MetricSpec] = Registry(MetricSpec, INTERFACE)
metric = METRICS.add

Metric = Annotated[SerializeAsAny[MetricSpec], BeforeValidator(METRICS.read)]
Select = Annotated[SerializeAsAny[MetricSpec] | None, BeforeValidator(METRICS.read_or_none)]


@metric
class AccuracySpec(MetricSpec):
    """Share of clips whose best score is their label, or one of them."""

    kind: Literal["accuracy"] = "accuracy"

    def compute(self, scores: Tensor, targets: Tensor) -> float:
        return _fraction_of_hits(scores, targets, 1)


@metric
class AucSpec(MetricSpec):
    """Mean of the classes' areas under the ROC curve, over classes that some clips have and some have not."""

    kind: Literal["auc"] = "auc"

    def compute(self, scores: Tensor, targets: Tensor) -> float:
        return per_class(scores, targets).mean_auc()


@metric
class BalancedAccuracySpec(MetricSpec):
    """Mean recall over classes that have clips, as scikit-learn's; with several labels, macro recall."""

    kind: Literal["balanced-accuracy"] = "balanced-accuracy"

    def compute(self, scores: Tensor, targets: Tensor) -> float:
        return per_class(scores, targets).recall.nanmean().item()


@metric
class MacroF1Spec(MetricSpec):
    """Mean F1 over classes that have a clip or are predicted for one, as scikit-learn's without ``labels``."""

    kind: Literal["macro-f1"] = "macro-f1"

    def compute(self, scores: Tensor, targets: Tensor) -> float:
        return per_class(scores, targets).f1.nanmean().item()


@metric
class MapSpec(MetricSpec):
    """Mean average precision over classes that have clips: AudioSet's."""

    kind: Literal["map"] = "map"

    def compute(self, scores: Tensor, targets: Tensor) -> float:
        return per_class(scores, targets).average_precision.nanmean().item()


REPORTED: dict[str, MetricSpec] = {
    one.name: one for one in (AccuracySpec(), AucSpec(), BalancedAccuracySpec(), MacroF1Spec(), MapSpec())
}
"""Those that every run has, by name."""


@metric
class TopKSpec(MetricSpec):
    """Share of clips with a label among the ``k`` best scores."""

    kind: Literal["top-k"] = "top-k"
    k: PositiveInt = Field(5, description="how many classes may be named")

    @property
    def name(self) -> str:
        """top_5"""
        return f"top_{self.k}"

    def compute(self, scores: Tensor, targets: Tensor) -> float:
        return _fraction_of_hits(scores, targets, self.k)


@metric
class LogLossSpec(MetricSpec):
    """Mean over clips of -log of the label's score, scores made to add up to 1; with several labels, of each class's, the mean.

    Without label smoothing it is the validation loss. Scores below 1e-7 count as 1e-7.
    """

    kind: Literal["log-loss"] = "log-loss"
    higher_is_better = False

    def compute(self, scores: Tensor, targets: Tensor) -> float:
        scores = scores.double()
        if targets.ndim == 2:
            likely = torch.where(targets > 0, scores, 1.0 - scores)
        else:
            likely = scores.gather(1, targets[:, None]) / scores.sum(dim=1, keepdim=True)
        return -likely.clamp(min=1e-7).log().mean().item()


def _fraction_of_hits(scores: Tensor, targets: Tensor, k: int) -> float:
    """The fraction of clips that have a label with one among the classes of the ``k`` best scores."""
    truth = one_hot(targets, scores.shape[1])
    best = scores.argmax(dim=1, keepdim=True) if k == 1 else scores.topk(min(k, scores.shape[1]), dim=1).indices
    return truth.gather(1, best).amax(dim=1).sum().item() / (truth.any(dim=1).sum().item() or math.nan)
