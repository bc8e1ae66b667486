"""mixerkit predict"""

import json
from pathlib import Path
from typing import Annotated

import typer

import mixerkit
from mixerkit.cli.arguments import Folder
from mixerkit.errors import DataError, Problem


def predict(
    run: Folder,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="WAV, FLAC, OGG or MP3, any rate and channels.")],
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file.")] = False,
) -> None:
    """Label and score of every file.

    Files that cannot be used are named on the error stream; then the exit code is 3.
    """
    failed = []
    for found in mixerkit.Run.open(run).predict(files, top=top):
        if found.problem:
            failed.append(Problem(found.source, f"This recording cannot be used: {found.problem}."))
            continue
        pairs = list(zip(found.labels, found.scores, strict=True))
        if as_json:
            typer.echo(json.dumps({"file": found.source, "top": [{"label": label, "score": score} for label, score in pairs]}))
        else:
            typer.echo("\t".join([found.source, *(f"{label}\t{score:.4f}" for label, score in pairs)]))
    if failed:
        raise DataError(*failed, Problem("predict", f"{len(failed)} of {len(files)} files cannot be used."))
