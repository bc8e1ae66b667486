"""Arguments that several commands share."""

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
