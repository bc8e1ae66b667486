"""mixerkit evaluate"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

import mixerkit
from mixerkit.cli.arguments import Folder, Moved
from mixerkit.cli.table import table


def evaluate(
    run: Folder,
    assignments: Moved = None,
    split: Annotated[Literal["train", "val", "test"], typer.Option(help="Which of the run's own splits.")] = "test",
    file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write it too, as in a run's test.json.")] = None,
) -> None:
    """Evaluate a run on one of its own splits.

    The best weights, on the clips as they were split when it was trained; figures in all, then class by class.
    """
    from mixerkit.rundir import write_json  # here: --help loads no torch

    opened = mixerkit.Run.open(run, set=assignments or ())
    metrics = opened.evaluate(split)
    result = metrics.result()
    figures = [(name, f"{value:.4f}") for name, value in metrics.named(split).items()]
    typer.echo(table([*figures, ("clips", f"{result.clips:,}"), ("scores", result.scores)]) + "\n")
    rows = [
        (
            f"{row.label} (absent)" if row.label in result.absent else row.label,
            *("-" if value is None else f"{value:.3f}" for value in (row.recall, row.precision, row.f1, row.auc)),
            str(row.clips),
        )
        for row in result.per_class
    ]
    typer.echo(table(rows, ("class", "recall", "precision", "F1", "AUC", "clips"), right=(1, 2, 3, 4, 5)))
    if file is not None:
        write_json(file, asdict(result))
