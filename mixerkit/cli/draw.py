"""mixerkit draw"""

from pathlib import Path
from typing import Annotated

import typer

import mixerkit
from mixerkit.cli.arguments import Assignments, Plugins
from mixerkit.cli.table import table
from mixerkit.errors import Problem, UsageError


def draw(
    recipe: Annotated[
        list[Path], typer.Argument(metavar="RECIPE|RUN", help="A recipe, then overlays laid over it; or a run directory.")
    ],
    assignments: Assignments = None,
    plugin: Plugins = None,
    beside: Annotated[
        list[Path] | None, typer.Option(metavar="OTHER", help="A recipe or run to draw beside it. Repeatable.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The PNG. Default: influence.png, in the run if one is drawn.")] = None,
) -> None:
    """Draw what each operator mixes.

    From a few places of the grid, where they look: per operator without its skip, and through the stack. A recipe is drawn as it
    starts, a run as it was trained.
    """
    overlays = recipe[1:]
    models = [recipe[0], *(beside or ())]
    if all(one.is_dir() for one in models) and (overlays or assignments or plugin):
        got = "Overlays, --set or --plugin beside a run alone: a run is drawn as it was trained."
        raise UsageError(Problem(str(recipe[0]), got, hint="Leave them out; another run stands behind --beside."))
    loaded = [
        one if one.is_dir() else mixerkit.Recipe.load(one, *overlays, set=assignments or (), plugins=plugin or ())
        for one in models
    ]
    png = out or (recipe[0] if recipe[0].is_dir() else Path()) / "influence.png"
    for title, rows in mixerkit.draw(loaded, png):
        typer.echo(f"\n{title}")
        head = ("share that arrives", "at", "stays", "along time", "along frequency", "elsewhere", "from another channel")
        cells = [
            (row.label if i == 0 else "", cell.title, *map(_fraction, (*cell.flows.values(), cell.channels)))
            for row in rows
            for i, cell in enumerate(row.cells)
        ]
        typer.echo(table(cells, head, right=(2, 3, 4, 5, 6)))
    typer.echo(f"\nplot: {png}")


def _fraction(fraction: float | None) -> str:
    return "-" if fraction is None else f"{fraction:.3f}"
