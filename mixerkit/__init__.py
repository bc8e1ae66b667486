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
    from mixerkit.grid import BlockIndex, Grid, InputShape
    from mixerkit.layers import Mlp, activation
    from mixerkit.operators import Law, Operator, OperatorSpec, TransformPair, TransformSpec, operator, transform
    from mixerkit.recipe import Recipe
    from mixerkit.runner import (
        Comparison,
        DataReport,
        Metrics,
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

_HOMES = {
    "Clip": "datasets",
    "Comparison": "runner",
    "DataReport": "runner",
    "DatasetSpec": "datasets",
    "Description": "assembly",
    "Folds": "datasets",
    "Grid": "grid",
    "Law": "operators",
    "Metrics": "runner",
    "Issue": "spec",
    "MixerkitError": "errors",
    "Mlp": "layers",
    "Operator": "operators",
    "OperatorSpec": "operators",
    "InputShape": "grid",
    "Prediction": "runner",
    "Recipe": "recipe",
    "Run": "runner",
    "Fractions": "datasets",
    "BlockIndex": "grid",
    "Study": "study",
    "TransformPair": "operators",
    "TransformSpec": "operators",
    "activation": "layers",
    "build_block": "assembly",
    "build_model": "assembly",
    "build_operator": "assembly",
    "check_data": "runner",
    "compare": "runner",
    "dataset": "datasets",
    "describe": "assembly",
    "draw": "runner",
    "list_operators": "assembly",
    "measure_data": "runner",
    "operator": "operators",
    "plan_study": "study",
    "prepare_data": "runner",
    "resume": "runner",
    "run_study": "study",
    "train": "runner",
    "transform": "operators",
    "write_report": "study",
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
