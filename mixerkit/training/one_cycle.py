"""Smith's 1cycle, arXiv 1708.07120, as torch's OneCycleLR has it: two half cosines, without the cycle of momentum.

torch's own class counts its steps by itself and hooks into the optimizer; here the rate follows from the update's number alone,
as in timm's schedules, so a resumed run needs nothing of it.
"""

import math

import torch
from timm.scheduler.scheduler import Scheduler

from mixerkit.training.settings import OneCycleSpec


class OneCycle(Scheduler):
    """Up from ``start_ratio`` of lr, which the optimizer holds, to lr; down to ``final_ratio`` of it at the last update.

    Args:
        updates: of the whole run.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, spec: OneCycleSpec, updates: int) -> None:
        super().__init__(optimizer, param_group_field="lr", t_in_epochs=False)
        self.spec, self.last, self.peak = spec, updates - 1, spec.pct_start * updates - 1

    def _get_lr(self, t: int) -> list[float]:
        """The rate of update ``t``, counted from 0, for every group of parameters."""
        spec = self.spec
        if t <= self.peak and self.peak > 0:
            ratio = _half_cosine(spec.start_ratio, 1.0, t / self.peak)
        else:
            ratio = _half_cosine(1.0, spec.final_ratio, (t - self.peak) / (self.last - self.peak))
        return [lr * ratio for lr in self.base_values]


def _half_cosine(start: float, end: float, way: float) -> float:
    """From ``start`` (way 0) to ``end`` (way 1)."""
    return end + (start - end) * (1.0 + math.cos(math.pi * way)) / 2.0
