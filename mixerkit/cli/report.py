"""mixerkit report"""

from pathlib import Path
from typing import Annotated

import typer

import mixerkit


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN_OR_STUDY", help="Run directories and studies' folders.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The page. Default: report.html in the first folder.")] = None,
) -> None:
    """Write one HTML page about runs and studies.

    Figures, curves, what is taken for what, what differs between the recipes, and what it all ran on. The page needs nothing
    beside it: no network, no scripts.
    """
    typer.echo(f"report: {mixerkit.write_report(folders, out)}")
