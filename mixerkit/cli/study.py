"""mixerkit study"""

from pathlib import Path
from typing import Annotated

import typer

import mixerkit
from mixerkit.cli.arguments import Assignments, Plugins


def study(
    file: Annotated[Path, typer.Argument(metavar="STUDY", help="A study file, such as recipes/studies/readings.yaml.")],
    assignments: Assignments = None,
    plugin: Plugins = None,
    recipe: Annotated[
        list[str] | None,
        typer.Option("--recipe", metavar="FILE", help="One more row: a recipe, or '{recipe: FILE, set: [...]}'. Repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The study's folder, new or its own. Default: studies/NAME.")] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="End with the first trial that fails.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Print the trials and train nothing.")] = False,
) -> None:
    """Train recipes x overlays x seeds x folds into one table.

    The same command goes on with a study: what is finished is never trained again, what failed is tried again. Start it in
    several terminals, one GPU each, and they share the trials.
    """
    rows = recipe or ()
    if plan:
        for trial in mixerkit.plan_study(file, set=assignments or (), plugins=plugin or (), recipes=rows).trials:
            typer.echo(f"{trial.id}  {trial.name}")
        return
    mixerkit.run_study(file, set=assignments or (), plugins=plugin or (), recipes=rows, out=out, fail_fast=fail_fast)
