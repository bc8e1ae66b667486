"""Optimizer, schedule and loss of a recipe. Optimizers and schedules are timm's, but for one cycle."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler, MultiStepLRScheduler
from timm.scheduler.scheduler import Scheduler
from torch import Tensor, nn
from torch.nn import functional

from mixerkit.training.one_cycle import OneCycle
from mixerkit.training.settings import CosineSpec, LossSpec, OneCycleSpec, OptimizerSpec, ScheduleSpec, StepSpec


def build_optimizer(model: nn.Module, spec: OptimizerSpec) -> torch.optim.Optimizer:
    """timm's optimizer of that name. Vectors and scalars (biases, norms, scales, Acon-C) are left out of weight decay."""
    extra: dict[str, Any] = {} if spec.betas is None else {"betas": spec.betas}
    optimizer: torch.optim.Optimizer = create_optimizer_v2(
        model, opt=spec.kind, lr=spec.lr, weight_decay=spec.weight_decay, filter_bias_and_bn=True, **extra
    )
    return optimizer


def build_schedule(optimizer: torch.optim.Optimizer, spec: ScheduleSpec, lr: float, epochs: int, steps: int) -> Scheduler:
    """A schedule that says the rate of every update, counted from 0: ``schedule.step_update(update)`` before it.

    Args:
        epochs: of the whole run.
        steps: updates per epoch.
    """
    if isinstance(spec, OneCycleSpec):
        return OneCycle(optimizer, spec, epochs * steps)
    warmup = round(spec.warmup_epochs * steps)
    warmup_settings: dict[str, Any] = {"warmup_t": warmup, "warmup_lr_init": lr / max(1, warmup), "t_in_epochs": False}
    if isinstance(spec, StepSpec):
        # timm counts an update as one further than it is: the first update of the epoch after decay_after is at its + 1
        falls = [epoch * steps + 1 for epoch in range(spec.decay_after, epochs)]
        return MultiStepLRScheduler(optimizer, decay_t=falls, decay_rate=spec.decay_rate, **warmup_settings)
    floor = lr * spec.final_ratio if isinstance(spec, CosineSpec) else lr
    fall = max(1, epochs * steps - warmup)
    return CosineLRScheduler(optimizer, t_initial=fall, lr_min=floor, warmup_prefix=True, **warmup_settings)


@dataclass(frozen=True)
class Objective:
    """What is minimised, and the scores that go with it, for K = ``classes``."""

    spec: LossSpec
    classes: int

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Sum over clips of the loss of logits ``[B, K]`` for labels ``[B]``; under BCE, of its mean over classes.

        Labels may also be shares of the classes, ``[B, K]``: of mixed clips, whose shares add up to 1 under cross-entropy;
        under BCE also 0 and 1, several a clip. Both losses are linear in them: mixing targets is mixing losses.
        """
        smoothing = self.spec.label_smoothing
        labels = labels.to(logits.dtype) if labels.ndim == 2 else labels  # cross_entropy tells class numbers by their shape
        if self.spec.kind == "cross-entropy":
            return functional.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing)
        target = labels if labels.ndim == 2 else functional.one_hot(labels, self.classes).to(logits.dtype)
        target = target * (1.0 - smoothing) + smoothing / self.classes
        return functional.binary_cross_entropy_with_logits(logits, target, reduction="sum") / self.classes

    def scores(self, logits: Tensor) -> Tensor:
        """Scores ``[B, K]`` within 0 and 1: softmax, or under BCE a sigmoid per class."""
        return logits.softmax(dim=1) if self.activation == "softmax" else logits.sigmoid()

    @property
    def activation(self) -> Literal["softmax", "sigmoid"]:
        """What makes scores of logits."""
        return "softmax" if self.spec.kind == "cross-entropy" else "sigmoid"
