"""From words to modules: a whole model from a recipe, or one operator or block without any recipe."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from pydantic import TypeAdapter, ValidationError
from torch import nn

from mixerkit.assembly.limits import check_classes, check_weights
from mixerkit.errors import RecipeError
from mixerkit.features import FrontEnd
from mixerkit.grid import BlockIndex, Grid
from mixerkit.model import BlockSpec, MixerBlock, MixerModel
from mixerkit.operators import OPERATORS, Operator, OperatorSpec
from mixerkit.recipe import Origin, Recipe, Tree, explain, issue_problems
from mixerkit.registry import attribute_errors
from mixerkit.spec import Issue, Spec

FIRST = BlockIndex(0, 1)


def build_model(recipe: Recipe, classes: int) -> MixerModel:
    """The model of a recipe, with fresh weights: spectrograms ``[B, C, M, S]`` -> logits ``[B, K]``.

    Args:
        classes: K.

    Raises:
        UsageError: no such number of classes can be.
        RecipeError: it would have more weights than any model has had.
        PluginError: a plugin's operator raises while it is built, or is none.
    """
    check_classes(classes)
    with attribute_errors():
        check_weights(recipe, classes)
        return MixerModel(recipe.model, recipe.input_shape(), classes)


def build_front_end(recipe: Recipe) -> FrontEnd:
    """The front end of a recipe: waveforms ``[B, L]``, lengths ``[B]`` -> spectrograms ``[B, C, M, S]``, valid frames ``[B]``."""
    return recipe.features.build(recipe.audio.rate, recipe.audio.samples, recipe.audio.pad)


def build_operator(kind: str | Mapping[str, Any] | OperatorSpec, grid: Grid, index: BlockIndex = FIRST) -> nn.Module:
    """One operator, without a recipe: ``[B, F, T, D]`` -> same.

    Args:
        kind: its name, or a mapping as in a recipe, such as {"kind": "roll-time", "axes": "grid"}.
        grid: F, T and D.
        site: where in the stack it stands.

    Raises:
        RecipeError: the kind or a setting is unknown, or does not fit the grid.
    """
    spec = read_operator(kind)
    _refuse_issues(spec, spec.check(grid, index), kind, spec.kind)
    return spec.build(grid, index)


def build_block(block: Mapping[str, Any] | BlockSpec, grid: Grid, index: BlockIndex = FIRST) -> MixerBlock:
    """The generic MixerBlock, without a recipe: ``[B, F, T, D]`` -> same.

    Args:
        block: as `model.block` in a recipe, such as {"operators": ["token", "channel"]}.

    Raises:
        RecipeError: as :func:`build_operator`.
    """
    spec: BlockSpec = _validated(BlockSpec, block, "block")
    _refuse_issues(spec, spec.check(grid, index), block, "block")
    return spec.build(grid, index)


def read_operator(kind: str | Mapping[str, Any] | OperatorSpec) -> OperatorSpec:
    """The settings of one operator. Raises RecipeError."""
    spec: OperatorSpec = _validated(Operator, kind, "operator")
    return spec


def list_operators(pattern: str = "*") -> list[str]:
    """The kinds of operators known everywhere that match a shell pattern, in alphabetical order."""
    return [kind for kind in OPERATORS.kinds() if fnmatch(kind, pattern)]


def _validated(type_: Any, value: Any, what: str) -> Any:
    try:
        return TypeAdapter(type_).validate_python(value)
    except ValidationError as error:
        data = value if isinstance(value, Mapping) else {}
        raise RecipeError(*explain(error, Tree(dict(data), {(): Origin(what)}), [], [])) from error


def _refuse_issues(spec: Spec, issues: Sequence[Issue], got: Any, what: str) -> None:
    if issues:
        data = dict(got) if isinstance(got, Mapping) else got.model_dump(mode="json") if isinstance(got, Spec) else {}
        raise RecipeError(*issue_problems(issues, Tree(data, {(): Origin(what)}), spec))
