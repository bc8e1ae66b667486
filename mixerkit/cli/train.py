"""mixerkit train"""

from pathlib import Path
from typing import Annotated

import typer

import mixerkit
from mixerkit.cli.arguments import Assignments, Plugins
from mixerkit.errors import Problem, UsageError


def train(
    recipe: Annotated[
        list[Path] | None, typer.Argument(metavar="RECIPE", help="A recipe, then overlays, laid over it in order.")
    ] = None,
    assignments: Assignments = None,
    plugin: Plugins = None,
    out: Annotated[Path | None, typer.Option(help="The run directory, new or empty. Default: runs/NAME/TIME_seedN.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Go on with a stopped run instead; takes no recipe.")] = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Also write figures for it, into RUN/tensorboard.")] = False,
) -> None:
    """Train a recipe and test its best epoch.

    The best epoch is chosen on validation, and tested once, at the end.
    """
    if resume is not None:
        if recipe or plugin or out:
            got = "--resume takes the recipe, plugins and folder of the run it goes on with."
            hint = f"Write: mixerkit train --resume {resume}   with --set data.root=FOLDER if its data has moved."
            raise UsageError(Problem("--resume", got, hint=hint))
        mixerkit.resume(resume, tensorboard=tensorboard, set=assignments or ())
        return
    if not recipe:
        raise UsageError(Problem("mixerkit train", "No recipe is given.", hint="See what there is with: mixerkit list recipes"))
    first, *overlays = recipe
    loaded = mixerkit.Recipe.load(first, *overlays, set=assignments or (), plugins=plugin or ())
    mixerkit.train(loaded, out=out, tensorboard=tensorboard)
