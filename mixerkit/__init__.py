"""mixerkit: the construction kit for mixers, networks that learn by blending data along one perspective after another.

What stands here is public and stays; everything else may move. Names are loaded when they are first used, so that
``import mixerkit`` costs nothing and loads no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mixerkit.assembly import Description, build_block, build_model, build_operator, describe, list_operators
    from mixerkit.datasets import Clip, DatasetSpec, Folds, Fractions, dataset
    from mixerkit.errors import MixerkitError
    from mixerkit.features import FeatureSpec, FrontEnd, WaveformFrontEnd, feature
    from mixerkit.grid import BlockIndex, Grid, InputShape
    from mixerkit.layers import Mlp, activation
    from mixerkit.model import HeadSpec, head
    from mixerkit.operators import Law, Operator, OperatorSpec, TransformPair, TransformSpec, operator, transform
    from mixerkit.recipe import Recipe
    from mixerkit.runner import (
        Comparison,
        DataReport,
        Prediction,
        Run,
        check_data,
        compare,
        draw,
        measure_data,
        prepare_data,
        resume,
        train,
    )
    from mixerkit.spec import Issue
    from mixerkit.study import Study, plan_study, run_study, write_report
    from mixerkit.training import (
        AverageSpec,
        FactorScheduler,
        LossSpec,
        Metrics,
        MetricSpec,
        Objective,
        OptimizerSpec,
        RunningAverage,
        ScheduleSpec,
        WeightAverage,
        average,
        loss,
        metric,
        optimizer,
        schedule,
    )

_HOMES = {
    "AverageSpec": "training",
    "Clip": "datasets",
    "Comparison": "runner",
    "DataReport": "runner",
    "DatasetSpec": "datasets",
    "Description": "assembly",
    "FactorScheduler": "training",
    "FeatureSpec": "features",
    "Folds": "datasets",
    "FrontEnd": "features",
    "Grid": "grid",
    "HeadSpec": "model",
    "Law": "operators",
    "LossSpec": "training",
    "MetricSpec": "training",
    "Metrics": "training",
    "Issue": "spec",
    "MixerkitError": "errors",
    "Mlp": "layers",
    "Objective": "training",
    "Operator": "operators",
    "OperatorSpec": "operators",
    "OptimizerSpec": "training",
    "InputShape": "grid",
    "Prediction": "runner",
    "Recipe": "recipe",
    "Run": "runner",
    "RunningAverage": "training",
    "ScheduleSpec": "training",
    "Fractions": "datasets",
    "BlockIndex": "grid",
    "Study": "study",
    "TransformPair": "operators",
    "TransformSpec": "operators",
    "WaveformFrontEnd": "features",
    "WeightAverage": "training",
    "activation": "layers",
    "average": "training",
    "build_block": "assembly",
    "build_model": "assembly",
    "build_operator": "assembly",
    "check_data": "runner",
    "compare": "runner",
    "dataset": "datasets",
    "describe": "assembly",
    "draw": "runner",
    "feature": "features",
    "head": "model",
    "list_operators": "assembly",
    "loss": "training",
    "measure_data": "runner",
    "metric": "training",
    "operator": "operators",
    "optimizer": "training",
    "plan_study": "study",
    "prepare_data": "runner",
    "resume": "runner",
    "run_study": "study",
    "schedule": "training",
    "train": "runner",
    "transform": "operators",
    "write_report": "study",
}

__all__ = [
    "AverageSpec",
    "BlockIndex",
    "Clip",
    "Comparison",
    "DataReport",
    "DatasetSpec",
    "Description",
    "FactorScheduler",
    "FeatureSpec",
    "Folds",
    "Fractions",
    "FrontEnd",
    "Grid",
    "HeadSpec",
    "InputShape",
    "Issue",
    "Law",
    "LossSpec",
    "MetricSpec",
    "Metrics",
    "MixerkitError",
    "Mlp",
    "Objective",
    "Operator",
    "OperatorSpec",
    "OptimizerSpec",
    "Prediction",
    "Recipe",
    "Run",
    "RunningAverage",
    "ScheduleSpec",
    "Study",
    "TransformPair",
    "TransformSpec",
    "WaveformFrontEnd",
    "WeightAverage",
    "activation",
    "average",
    "build_block",
    "build_model",
    "build_operator",
    "check_data",
    "compare",
    "dataset",
    "describe",
    "draw",
    "feature",
    "head",
    "list_operators",
    "loss",
    "measure_data",
    "metric",
    "operator",
    "optimizer",
    "plan_study",
    "prepare_data",
    "resume",
    "run_study",
    "schedule",
    "train",
    "transform",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mixerkit' has no attribute {name!r}")
    value = getattr(import_module(f"mixerkit.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
