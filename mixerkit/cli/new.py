"""mixerkit new"""

from pathlib import Path
from typing import Annotated

import typer

new = typer.Typer(help="Write the start of something of your own.", no_args_is_help=True, rich_markup_mode=None)


@new.command()
def operator(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its kind, such as my-mixer.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder of both files.")] = Path("plugins"),
) -> None:
    """A plugin with one operator that works, and its test."""
    from mixerkit.recipe import folders_by_hand
    from mixerkit.testing import new_operator

    plugin, test = new_operator(name, out, folders_by_hand())
    typer.echo(f"written: {plugin}\n         {test}")
    typer.echo(f"try:     mixerkit test-operator {plugin.stem.replace('_', '-')} --plugin {plugin}\n         pytest {test}")
