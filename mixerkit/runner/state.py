"""How far a run has come: what a checkpoint says beside weights and optimizer."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from mixerkit.training import Metrics, MetricSpec


@dataclass
class TrainState:
    """How far a run has come.

    Attributes:
        epoch: whole epochs, validated.
        step, loss_sum, clips, train_seconds, val_seconds: of the epoch that is under way.
        seconds: of all whole epochs.
        best: epoch and validation figures of the best epoch.
    """

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    clips: int = 0
    train_seconds: float = 0.0
    val_seconds: float = 0.0
    seconds: float = 0.0
    best: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, part: Literal["train", "val"]) -> Iterator[None]:
        """Count the time as training or validation, also where it ends in an exception."""
        began = time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - began
            if part == "train":
                self.train_seconds += seconds
            else:
                self.val_seconds += seconds

    def add_step(self, loss: float, clips: int) -> None:
        """One more update, of ``clips`` clips with this mean loss."""
        self.step, self.loss_sum, self.clips = self.step + 1, self.loss_sum + loss * clips, self.clips + clips

    def finish_epoch(self, validated: Metrics) -> dict[str, Any]:
        """Count the epoch that is under way as a whole one; its row of metrics. The rate is that of training alone."""
        seconds = self.train_seconds + self.val_seconds
        loss, rate = self.loss_sum / max(1, self.clips), self.clips / max(self.train_seconds, 1e-9)
        self.epoch, self.seconds = self.epoch + 1, self.seconds + seconds
        self.step, self.loss_sum, self.clips, self.train_seconds, self.val_seconds = 0, 0.0, 0, 0.0, 0.0
        row = {"epoch": self.epoch, "train/loss": loss, **validated.named("val")}
        return row | {"seconds": round(seconds, 3), "clips_per_second": round(rate, 1)}

    def ended(self, epochs: int, patience: int | None) -> str:
        """Why training is over after the whole epochs so far; empty while it is not. Only the state decides it."""
        if self.epoch >= epochs:
            return "all epochs are done"
        if patience is not None and self.best and self.epoch - self.best["epoch"] >= patience:
            return f"no better validation in {patience} epoch{'' if patience == 1 else 's'}"
        return ""

    def is_best(self, validated: Metrics, select: MetricSpec) -> bool:
        """Better by the metric that selects; at the same value, higher AUC; at the same both, the earlier epoch."""
        now, sign = validated.named("val"), 1.0 if select.higher_is_better else -1.0

        def rank(figures: Mapping[str, float]) -> tuple[float, ...]:
            values = (sign * figures[f"val/{select.name}"], figures["val/auc"])
            return tuple(-math.inf if math.isnan(value) else value for value in values)

        return not self.best or rank(now) > rank(self.best)
