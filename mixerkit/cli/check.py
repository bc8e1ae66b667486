"""mixerkit check"""

from typing import Annotated

import typer

import mixerkit
from mixerkit.cli.arguments import Assignments, Plugins, Recipes
from mixerkit.cli.table import table
from mixerkit.errors import Interrupted, MixerkitError, Problem, RecipeError


def check(
    recipe: Recipes,
    assignments: Assignments = None,
    plugin: Plugins = None,
    each: Annotated[bool, typer.Option("--each", help="Every file is a recipe of its own; one line each.")] = False,
    classes: Annotated[int | None, typer.Option(min=1, help="Classes, where the data set does not say how many.")] = None,
) -> None:
    """Validate a recipe and show its stages.

    Shapes, parameters and FLOPs per clip, without data or GPU.
    """
    settings, plugins = assignments or (), plugin or ()
    if not each:
        loaded = mixerkit.Recipe.load(recipe[0], *recipe[1:], set=settings, plugins=plugins)
        typer.echo(_stages(mixerkit.describe(loaded, classes)))
        for note in loaded.notes():
            typer.echo(f"note: {note}")
        return
    problems: list[Problem] = []
    for path in recipe:
        try:
            found = mixerkit.describe(mixerkit.Recipe.load(path, set=settings, plugins=plugins), classes)
            typer.echo(f"{path}: {found.parameters:,} parameters, {_flops(found.flops)} per clip")
        except Interrupted:
            raise
        except MixerkitError as error:
            problems += error.problems
    if problems:
        raise RecipeError(*problems)


def _stages(found: "mixerkit.Description") -> str:
    header = ("stage", "shape", "times", "parameters", "FLOPs/clip")
    rows = [
        (
            "  " * row.depth + row.name,
            row.shape,
            f"x {row.times}" if row.times > 1 else "",
            f"{row.parameters:,}" if row.parameters else "-",
            _flops(row.flops) if row.flops else "-",
        )
        for row in found.rows
    ]
    total = ("total", "", "", f"{found.parameters:,}", _flops(found.flops))
    note = "" if found.classes_known else f"\n{found.classes} classes assumed: the data says how many there are, or --classes N"
    return f"{found.name}\n{table([*rows, total], header, right=(2, 3, 4))}{note}"


def _flops(count: int) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.2f} {unit}"
    return f"{count}"
