"""Sizes that nobody means: a typing error is refused, with its line, before anything of that size is made."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import inf

import torch
from torch import nn

from mixerkit.errors import Problem, RecipeError, UsageError
from mixerkit.model import StageLayout
from mixerkit.recipe import Recipe, Tree, issue_problems
from mixerkit.registry import third_party
from mixerkit.spec import Issue, under

MOST_CLASSES = 1_000_000
MOST_WEIGHTS = 10**11
"""Of a model: a thousand times the paper's, and more than any GPU holds."""
MOST_FLOPS = 10**17
"""Of one operator on one clip: a million times what the paper's take."""


def check_classes(classes: int) -> None:
    """Raises UsageError: no such number of classes can be."""
    if isinstance(classes, bool) or not isinstance(classes, int) or not 1 <= classes <= MOST_CLASSES:
        raise UsageError(Problem("classes", f"Got: {classes!r}.", f"A whole number from 1 to {MOST_CLASSES:,}."))


def check_weights(recipe: Recipe, classes: int) -> None:
    """Raises RecipeError: the model, or one part of it, would have more weights than any model has had."""
    expected = f"at most {MOST_WEIGHTS:.0e}"
    issues, total = list[Issue](), 0.0
    for key, times, weights in _weights(recipe, classes):
        total += times * weights
        if weights > MOST_WEIGHTS:
            got = f"{weights:.2e} weights" if weights < inf else "more weights than torch can count"
            issues.append(Issue(key, got, f"{expected}: a smaller grid, dim or hidden_ratio"))
    if total > MOST_WEIGHTS and not issues:
        got = f"{total:.2e} weights in {sum(stage.repeat for stage in recipe.model.all_stages())} blocks"
        key = "stages" if recipe.model.stages else "depth"
        issues.append(Issue(key, got, f"{expected}: fewer blocks, a smaller dim or hidden_ratio"))
    _refuse(recipe, issues)


def check_flops(recipe: Recipe, layout: StageLayout, flops: Sequence[int]) -> None:
    """Raises RecipeError: one of the operators of a stage, which take these ``flops``, takes more per clip than any has taken."""
    expected = f"at most {MOST_FLOPS:.0e}: a smaller grid, dim or hidden_ratio"
    found = [(_key(recipe, layout, i), count) for i, count in enumerate(flops) if count > MOST_FLOPS]
    _refuse(recipe, [Issue(key, f"{count:.2e} FLOPs per clip", expected) for key, count in found])


def _key(recipe: Recipe, layout: StageLayout, operator: int) -> str:
    return f"{f'stages.{layout.index}.' if recipe.model.stages else ''}block.operators.{operator}"


def _refuse(recipe: Recipe, issues: Sequence[Issue]) -> None:
    if issues:
        tree = recipe.source.tree if recipe.source else Tree(recipe.as_dict())
        raise RecipeError(*issue_problems(under("model", issues), tree, recipe))


def _weights(recipe: Recipe, classes: int) -> Iterator[tuple[str, int, float]]:
    """(key, how many there are, weights of one) of the parts of the model; all blocks of a stage are as large as its first."""
    spec, shape = recipe.model, recipe.input_shape()
    tokens = spec.token_grid(shape)
    yield "patches", 1, _built(partial(spec.patches.build, shape, spec.dim))
    yield "position", 1, tokens.tokens * tokens.dim if spec.position == "learned" else 0
    for layout in spec.walk(shape):
        down, first = layout.stage.downsample, layout.indices()[0]
        if down is not None:
            yield f"stages.{layout.index}.downsample", 1, _built(partial(down.build, layout.grid_in, layout.grid.dim))
        for i, sublayer in enumerate(layout.stage.block.operators):
            known = not third_party(sublayer)  # a plugin is not built before this check: one matrix of D x D is taken for it
            weights = _built(partial(sublayer.operator.build, layout.grid, first)) if known else layout.grid.dim**2
            yield _key(recipe, layout, i), layout.stage.repeat, weights
    if not third_party(spec.head):
        yield "head", 1, _built(partial(spec.head.build, spec.last_grid(shape), classes))


def _built(build: Callable[[], nn.Module]) -> float:
    """The numbers in the parameters and buffers of what is built; infinity where torch cannot count them."""
    try:
        with torch.device("meta"):
            module = build()
    except (RuntimeError, TypeError) as error:  # torch has both for a size beyond int64
        if "overflow" in str(error).lower():
            return inf
        raise
    return sum(tensor.numel() for tensor in (*module.parameters(), *module.buffers()))
