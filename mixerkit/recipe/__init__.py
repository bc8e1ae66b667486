"""What a YAML may say, and reading it: load, overlay, origin."""

from mixerkit.recipe.gather import find_recipe, folders_by_hand, shipped, shipped_recipe
from mixerkit.recipe.recipe import Recipe
from mixerkit.recipe.render import difference, to_yaml, with_origins
from mixerkit.recipe.report import explain, issue_problems, what_to_add
from mixerkit.recipe.schema import recipe_schema
from mixerkit.recipe.tree import Origin, Tree, read_file, read_text

__all__ = [
    "Origin",
    "Recipe",
    "Tree",
    "difference",
    "explain",
    "find_recipe",
    "folders_by_hand",
    "issue_problems",
    "read_file",
    "read_text",
    "recipe_schema",
    "shipped",
    "shipped_recipe",
    "to_yaml",
    "what_to_add",
    "with_origins",
]
