"""mixerkit show"""

from pathlib import Path
from typing import Annotated

import typer

import mixerkit
from mixerkit.cli.arguments import Assignments, Plugins, Recipes
from mixerkit.cli.table import table
from mixerkit.errors import Problem, UsageError


def show(
    recipe: Recipes,
    assignments: Assignments = None,
    plugin: Plugins = None,
    origin: Annotated[bool, typer.Option("--origin", help="Behind every value, the file and line it was written in.")] = False,
    diff: Annotated[Path | None, typer.Option(metavar="OTHER", help="Show instead what differs from another recipe.")] = None,
) -> None:
    """Show a recipe with everything filled in.

    Every setting as it is run: overlays laid over, defaults written out.
    """
    from mixerkit.recipe import difference, to_yaml, with_origins  # here: --help loads no torch

    loaded = mixerkit.Recipe.load(recipe[0], *recipe[1:], set=assignments or (), plugins=plugin or ())
    if diff is not None and origin:
        raise UsageError(Problem("mixerkit show", "--origin and --diff together.", "One of them."))
    if diff is None:
        typer.echo((with_origins(loaded) if origin else to_yaml(loaded)).rstrip())
        return
    rows = difference(loaded, mixerkit.Recipe.load(diff, plugins=plugin or ()))
    typer.echo(table(rows, ("key", " + ".join(str(path) for path in recipe), str(diff))) if rows else "They say the same.")
