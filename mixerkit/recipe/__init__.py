"""What a YAML may say, and reading it: load, overlay, origin."""

from mixerkit.recipe.gather import find_recipe, shipped
from mixerkit.recipe.recipe import Recipe
from mixerkit.recipe.render import difference, to_yaml, with_origins
from mixerkit.recipe.report import explain, misfit_problems
from mixerkit.recipe.runner import LossSpec, OptimizerSpec, RunnerSpec, ScheduleSpec
from mixerkit.recipe.tree import Origin, Tree

__all__ = [
    "LossSpec",
    "OptimizerSpec",
    "Origin",
    "Recipe",
    "RunnerSpec",
    "ScheduleSpec",
    "Tree",
    "difference",
    "explain",
    "find_recipe",
    "misfit_problems",
    "shipped",
    "to_yaml",
    "with_origins",
]
