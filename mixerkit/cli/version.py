"""mixerkit --version"""

from typing import Annotated

import typer

import mixerkit


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"mixerkit {mixerkit.__version__}")
        raise typer.Exit


def version(
    _: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Options before any command."""
