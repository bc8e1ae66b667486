"""Schedules: how the learning rate moves. The kit's are timm's, and one cycle; a plugin can bring one.

A schedule says the rate of every update from the update's number alone, so a resumed run needs nothing of it.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol

import torch
from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt, SerializeAsAny

from mixerkit.registry import ISSUES, Interface, Registry, Returns
from mixerkit.spec import Issue, KindSpec


class Scheduler(Protocol):
    """What moves the rate."""

    def step_update(self, update: int, /) -> object:
        """Set the rate of update number ``update``, counted from 0 over the whole run; called before it."""


class FactorScheduler:
    """The rate of every group of parameters is its first one times ``factor(update)``."""

    def __init__(self, optimizer: torch.optim.Optimizer, factor: Callable[[int], float]) -> None:
        self.optimizer, self.factor = optimizer, factor
        self.rates = [group["lr"] for group in optimizer.param_groups]

    def step_update(self, update: int) -> None:
        """Set the rate of update number ``update``."""
        factor = self.factor(update)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor


class ScheduleSpec(KindSpec):
    """Settings of one schedule. Subclass it, give it a ``kind``, decorate it with ``@schedule``."""

    noun = "schedule"

    @abstractmethod
    def build(self, optimizer: torch.optim.Optimizer, epochs: int, steps: int) -> Scheduler:
        """What moves the rate of ``optimizer``, which holds the highest one: for so many epochs of so many updates each."""

    def check(self, epochs: int) -> list[Issue]:
        """What does not fit a run of so many epochs."""
        return []


INTERFACE: Interface = {
    "build": Returns(
        "An object with a method step_update(update), such as a mixerkit.FactorScheduler.",
        lambda _, value: callable(getattr(value, "step_update", None)) and not isinstance(value, type),
    ),
    "check": ISSUES,
}

SCHEDULES: Registry[ScheduleSpec] = Registry(ScheduleSpec, INTERFACE)
schedule = SCHEDULES.add

Schedule = Annotated[SerializeAsAny[ScheduleSpec], BeforeValidator(SCHEDULES.read)]


class WarmupSpec(ScheduleSpec):
    """A schedule of timm's, which begins with a linear rise."""

    warmup_epochs: float = Field(0.0, ge=0.0, description="epochs of linear rise to lr, may be a fraction")

    def warmup(self, optimizer: torch.optim.Optimizer, steps: int) -> dict[str, Any]:
        """The rise, in timm's words: from one step of it to lr."""
        updates = round(self.warmup_epochs * steps)
        return {"warmup_t": updates, "warmup_lr_init": _rate(optimizer) / max(1, updates), "t_in_epochs": False}

    def cosine(self, optimizer: torch.optim.Optimizer, updates: int, warmup: dict[str, Any], final_ratio: float) -> Scheduler:
        """The rise, and then a half cosine down to ``final_ratio`` of lr; a ratio of 1 stays at lr."""
        from timm.scheduler import CosineLRScheduler  # here: only training needs timm

        floor, fall = _rate(optimizer) * final_ratio, max(1, updates - warmup["warmup_t"])
        built: Scheduler = CosineLRScheduler(optimizer, t_initial=fall, lr_min=floor, warmup_prefix=True, **warmup)
        return built

    def check(self, epochs: int) -> list[Issue]:
        """A rise that does not end."""
        long = self.warmup_epochs >= epochs
        return [Issue("warmup_epochs", f"{self.warmup_epochs:g}", f"less than runner.epochs, {epochs}")] if long else []


@schedule
class CosineSpec(WarmupSpec):
    """Down to ``final_ratio`` of lr along a half cosine, from the end of the warm-up to the last step."""

    kind: Literal["cosine"] = "cosine"
    final_ratio: float = Field(0.0, ge=0.0, le=1.0, description="last learning rate, as a fraction of lr")

    def build(self, optimizer: torch.optim.Optimizer, epochs: int, steps: int) -> Scheduler:
        return self.cosine(optimizer, epochs * steps, self.warmup(optimizer, steps), self.final_ratio)


@schedule
class StepSpec(WarmupSpec):
    """Times ``decay_rate`` in every epoch after ``decay_after``: AST's."""

    kind: Literal["step"] = "step"
    decay_after: PositiveInt = Field(5, description="the epoch (from 1) after which each next one has a lower rate")
    decay_rate: PositiveFloat = Field(0.85, le=1.0, description="factor per epoch")

    def build(self, optimizer: torch.optim.Optimizer, epochs: int, steps: int) -> Scheduler:
        from timm.scheduler import MultiStepLRScheduler

        # timm counts an update as one further than it is: the first update of the epoch after decay_after is at its + 1
        falls = [epoch * steps + 1 for epoch in range(self.decay_after, epochs)]
        warmup = self.warmup(optimizer, steps)
        built: Scheduler = MultiStepLRScheduler(optimizer, decay_t=falls, decay_rate=self.decay_rate, **warmup)
        return built


@schedule
class ConstantSpec(WarmupSpec):
    """lr, after the warm-up."""

    kind: Literal["constant"] = "constant"

    def build(self, optimizer: torch.optim.Optimizer, epochs: int, steps: int) -> Scheduler:
        return self.cosine(optimizer, epochs * steps, self.warmup(optimizer, steps), final_ratio=1.0)


@schedule
class OneCycleSpec(ScheduleSpec):
    """Smith's 1cycle (arXiv 1708.07120): up to lr along a half cosine, and down along another, as torch's OneCycleLR has it.

    The rate alone: momentum and betas stay as they are. The defaults are torch's.
    """

    kind: Literal["one-cycle"] = "one-cycle"
    pct_start: float = Field(0.3, gt=0.0, lt=1.0, description="fraction of all updates in which the rate rises")
    start_ratio: float = Field(0.04, ge=0.0, le=1.0, description="first learning rate, as a fraction of lr")
    final_ratio: float = Field(4e-6, ge=0.0, le=1.0, description="last learning rate, as a fraction of lr")

    def build(self, optimizer: torch.optim.Optimizer, epochs: int, steps: int) -> Scheduler:
        return FactorScheduler(optimizer, lambda update: self.factor(update, epochs * steps))

    def factor(self, update: int, updates: int) -> float:
        """The rate of an update, counted from 0, of so many, as a fraction of lr; the last one has ``final_ratio``."""
        peak, last = self.pct_start * updates - 1, updates - 1
        if update <= peak and peak > 0:
            return _half_cosine(self.start_ratio, 1.0, update / peak)
        return _half_cosine(1.0, self.final_ratio, (update - peak) / (last - peak))


def _half_cosine(start: float, end: float, way: float) -> float:
    """From ``start`` (way 0) to ``end`` (way 1)."""
    return end + (start - end) * (1.0 + math.cos(math.pi * way)) / 2.0


def _rate(optimizer: torch.optim.Optimizer) -> float:
    """The highest learning rate, which an optimizer holds before the first update."""
    rate: float = optimizer.param_groups[0]["lr"]
    return rate
