"""Losses: what is minimised, and the scores that go with it. A plugin can bring one."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny
from torch import Tensor
from torch.nn import functional

from mixerkit.registry import YES_OR_NO, Interface, Registry, instance_of
from mixerkit.spec import KindSpec

Activation = Literal["softmax", "sigmoid"]


class Objective:
    """What is minimised, for K = ``classes``. A subclass computes the loss, and says what makes scores of logits."""

    activation: Activation = "softmax"

    def __init__(self, classes: int) -> None:
        self.classes = classes

    @abstractmethod
    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The sum over clips of the loss of logits ``[B, K]``: a clip counts the same, whatever clips are beside it.

        Args:
            targets: class numbers ``[B]``. Where clips are mixed, shares of the classes ``[B, K]``, which add up to 1 if each
                clip has one label; where clips have several labels, 0 and 1 ``[B, K]``.
        """

    def scores(self, logits: Tensor) -> Tensor:
        """Scores ``[B, K]`` within 0 and 1: softmax, or a sigmoid per class."""
        return logits.softmax(dim=1) if self.activation == "softmax" else logits.sigmoid()

    def dense(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Targets as shares of the classes ``[B, K]``, in the type of the logits."""
        return (targets if targets.ndim == 2 else functional.one_hot(targets, self.classes)).to(logits.dtype)


class LossSpec(KindSpec):
    """Settings of one loss. Subclass it, give it a ``kind``, decorate it with ``@loss``."""

    noun = "loss"

    multi_label: ClassVar[bool] = False
    """Whether clips may have several labels."""

    @abstractmethod
    def build(self, classes: int) -> Objective:
        """What is minimised, for K = ``classes``."""


INTERFACE: Interface = {"multi_label": YES_OR_NO, "build": instance_of(Objective, "A mixerkit.Objective.")}

LOSSES: Registry[LossSpec] = Registry(LossSpec, INTERFACE)
loss = LOSSES.add

Loss = Annotated[SerializeAsAny[LossSpec], BeforeValidator(LOSSES.read)]


class SmoothedObjective(Objective):
    """A loss whose targets are smoothed: ``smoothing`` of each is spread over all classes. Linear in targets, so it can mix."""

    def __init__(self, classes: int, smoothing: float) -> None:
        super().__init__(classes)
        self.smoothing = smoothing


class CrossEntropy(SmoothedObjective):
    """Softmax cross-entropy."""

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        targets = targets.to(logits.dtype) if targets.ndim == 2 else targets  # class numbers are known by their shape
        return functional.cross_entropy(logits, targets, reduction="sum", label_smoothing=self.smoothing)


class BinaryCrossEntropy(SmoothedObjective):
    """Sigmoid cross-entropy of each class, the mean over classes."""

    activation = "sigmoid"

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        target = self.dense(logits, targets) * (1.0 - self.smoothing) + self.smoothing / self.classes
        return functional.binary_cross_entropy_with_logits(logits, target, reduction="sum") / self.classes


class SmoothedSpec(LossSpec):
    """Settings of a loss whose targets are smoothed."""

    label_smoothing: float = Field(0.0, ge=0.0, lt=1.0, description="fraction of the target spread over all classes")


@loss
class CrossEntropySpec(SmoothedSpec):
    """Softmax cross-entropy: one label per clip."""

    kind: Literal["cross-entropy"] = "cross-entropy"

    def build(self, classes: int) -> Objective:
        return CrossEntropy(classes, self.label_smoothing)


@loss
class BceSpec(SmoothedSpec):
    """Binary cross-entropy: a score for each class by itself, so a clip may have several labels."""

    kind: Literal["bce"] = "bce"
    multi_label = True

    def build(self, classes: int) -> Objective:
        return BinaryCrossEntropy(classes, self.label_smoothing)
