"""What a training is made of: optimizers, schedules, losses, averages and metrics, their kinds and settings. No loop."""

from mixerkit.training.averages import AVERAGES, AverageSpec, EmaSpec, EpochMeanSpec, RunningAverage, WeightAverage, average
from mixerkit.training.losses import LOSSES, BceSpec, CrossEntropySpec, LossSpec, Objective, loss
from mixerkit.training.metrics import METRICS, AccuracySpec, MapSpec, MetricSpec, metric
from mixerkit.training.optimizers import OPTIMIZERS, AdamWSpec, OptimizerSpec, optimizer
from mixerkit.training.per_class import ClassMetrics
from mixerkit.training.results import Metrics, SplitResult, compute_metrics
from mixerkit.training.schedules import (
    SCHEDULES,
    ConstantSpec,
    CosineSpec,
    FactorScheduler,
    OneCycleSpec,
    ScheduleSpec,
    StepSpec,
    schedule,
)
from mixerkit.training.settings import RunnerSpec

__all__ = [
    "AVERAGES",
    "LOSSES",
    "METRICS",
    "OPTIMIZERS",
    "SCHEDULES",
    "AccuracySpec",
    "AdamWSpec",
    "AverageSpec",
    "BceSpec",
    "ClassMetrics",
    "ConstantSpec",
    "CosineSpec",
    "CrossEntropySpec",
    "EmaSpec",
    "EpochMeanSpec",
    "FactorScheduler",
    "LossSpec",
    "MapSpec",
    "MetricSpec",
    "Metrics",
    "Objective",
    "OneCycleSpec",
    "OptimizerSpec",
    "RunnerSpec",
    "RunningAverage",
    "ScheduleSpec",
    "SplitResult",
    "StepSpec",
    "WeightAverage",
    "average",
    "compute_metrics",
    "loss",
    "metric",
    "optimizer",
    "schedule",
]
