"""mixerkit: the construction kit for mixers, networks that learn by blending data along one perspective after another.

What stands here is public and stays; everything else may move. Names are loaded when they are first used, so that
``import mixerkit`` costs nothing and loads no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mixerkit.api import Run, resume, train
    from mixerkit.assembly import (
        DataReport,
        Description,
        build_block,
        build_model,
        build_operator,
        check_data,
        describe,
        list_operators,
        measure_data,
        prepare_data,
    )
    from mixerkit.datasets import Clip, DatasetSpec, Folds, Fractions, dataset
    from mixerkit.errors import MixerkitError
    from mixerkit.grid import BlockIndex, Grid, InputShape
    from mixerkit.inference import Prediction, draw
    from mixerkit.layers import Mlp, activation
    from mixerkit.operators import Law, Operator, OperatorSpec, TransformPair, TransformSpec, operator, transform
    from mixerkit.recipe import Recipe
    from mixerkit.report import Comparison, compare, write_report
    from mixerkit.spec import Issue
    from mixerkit.study import Study, plan_study, run_study
    from mixerkit.training import Metrics

_HOMES = {
    "Clip": "datasets",
    "Comparison": "report",
    "DataReport": "assembly",
    "DatasetSpec": "datasets",
    "Description": "assembly",
    "Folds": "datasets",
    "Grid": "grid",
    "Law": "operators",
    "Metrics": "training",
    "Issue": "spec",
    "MixerkitError": "errors",
    "Mlp": "layers",
    "Operator": "operators",
    "OperatorSpec": "operators",
    "InputShape": "grid",
    "Prediction": "inference",
    "Recipe": "recipe",
    "Run": "api",
    "Fractions": "datasets",
    "BlockIndex": "grid",
    "Study": "study",
    "TransformPair": "operators",
    "TransformSpec": "operators",
    "activation": "layers",
    "build_block": "assembly",
    "build_model": "assembly",
    "build_operator": "assembly",
    "check_data": "assembly",
    "compare": "report",
    "dataset": "datasets",
    "describe": "assembly",
    "draw": "inference",
    "list_operators": "assembly",
    "measure_data": "assembly",
    "operator": "operators",
    "plan_study": "study",
    "prepare_data": "assembly",
    "resume": "api",
    "run_study": "study",
    "train": "api",
    "transform": "operators",
    "write_report": "report",
}

__all__ = [
    "BlockIndex",
    "Clip",
    "Comparison",
    "DataReport",
    "DatasetSpec",
    "Description",
    "Folds",
    "Fractions",
    "Grid",
    "InputShape",
    "Issue",
    "Law",
    "Metrics",
    "MixerkitError",
    "Mlp",
    "Operator",
    "OperatorSpec",
    "Prediction",
    "Recipe",
    "Run",
    "Study",
    "TransformPair",
    "TransformSpec",
    "activation",
    "build_block",
    "build_model",
    "build_operator",
    "check_data",
    "compare",
    "dataset",
    "describe",
    "draw",
    "list_operators",
    "measure_data",
    "operator",
    "plan_study",
    "prepare_data",
    "resume",
    "run_study",
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
