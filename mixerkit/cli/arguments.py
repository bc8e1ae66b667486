"""Arguments that several commands share, and the printing of tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

Recipes = Annotated[list[Path], typer.Argument(metavar="RECIPE", help="A recipe, then overlays that are laid over it in order.")]
Assignments = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one setting, such as runner.seed=1. Repeatable.")
]
Plugins = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="FILE", help="A plugin file or name, beside those the recipe lists. Repeatable."),
]
Moved = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Where the run's data lies now: data.root=FOLDER, data.file=FILE."),
]
Folder = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory, as mixerkit train writes it.")]


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows as aligned columns; those numbered in ``right`` are flush right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = (cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True)))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
