"""mixerkit draw"""

from pathlib import Path
from typing import Annotated

import typer

import mixerkit
from mixerkit.cli.arguments import Assignments, Plugins, table


def draw(
    recipe: Annotated[
        list[Path], typer.Argument(metavar="RECIPE|RUN", help="A recipe, then overlays laid over it; or a run directory.")
    ],
    assignments: Assignments = None,
    plugin: Plugins = None,
    beside: Annotated[
        list[Path] | None, typer.Option(metavar="OTHER", help="A recipe or run to draw beside it. Repeatable.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The PNG.")] = Path("influence.png"),
) -> None:
    """Draw what each operator mixes.

    From a few places of the grid, where they look: per operator without its skip, and through the stack. A recipe is drawn as it
    starts, a run as it was trained.
    """
    overlays, settings = [*recipe[1:]], {"set": assignments or (), "plugins": plugin or ()}
    first = recipe[0] if recipe[0].is_dir() else mixerkit.Recipe.load(recipe[0], *overlays, **settings)
    others = [one if one.is_dir() else mixerkit.Recipe.load(one, *overlays, **settings) for one in beside or ()]
    for title, rows in mixerkit.draw([first, *others], out):
        typer.echo(f"\n{title}")
        head = ("share that arrives", "at", "stays", "along time", "along frequency", "elsewhere", "from another channel")
        cells = [
            (row.label if i == 0 else "", cell.title, *(f"{share:.3f}" for share in (*cell.flows.values(), cell.channels)))
            for row in rows
            for i, cell in enumerate(row.cells)
        ]
        typer.echo(table([head, *cells], right=(2, 3, 4, 5, 6)))
    typer.echo(f"\npicture: {out}")
