"""Settings and kinds of training: optimisers, schedules, losses, averages, metrics; no loop."""

from mixerkit.training.averages import AVERAGES, AverageSpec, EmaSpec, EpochMeanSpec
from mixerkit.training.metrics import Metrics, compute
from mixerkit.training.optim import Objective, build_optimizer, build_schedule
from mixerkit.training.results import ClassResult, SplitResult
from mixerkit.training.settings import (
    SCHEDULES,
    CosineSpec,
    LossSpec,
    OneCycleSpec,
    OptimizerSpec,
    RunnerSpec,
    ScheduleSpec,
    StepSpec,
)

__all__ = [
    "AVERAGES",
    "SCHEDULES",
    "AverageSpec",
    "ClassResult",
    "CosineSpec",
    "EmaSpec",
    "EpochMeanSpec",
    "LossSpec",
    "Metrics",
    "Objective",
    "OneCycleSpec",
    "OptimizerSpec",
    "RunnerSpec",
    "ScheduleSpec",
    "SplitResult",
    "StepSpec",
    "build_optimizer",
    "build_schedule",
    "compute",
]
