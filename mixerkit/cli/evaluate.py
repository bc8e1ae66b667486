"""mixerkit evaluate"""

from typing import Annotated, Literal

import typer

import mixerkit
from mixerkit.cli.arguments import Folder, table


def evaluate(
    run: Folder,
    split: Annotated[Literal["train", "val", "test"], typer.Option(help="Which of the run's own splits.")] = "test",
) -> None:
    """Evaluate a run on one of its own splits.

    The best weights, on the clips as they were split when it was trained.
    """
    opened = mixerkit.Run.open(run)
    metrics = opened.evaluate(split)
    for name, value in metrics.named(split).items():
        typer.echo(f"{name:16} {value:.4f}")
    typer.echo(f"{'clips':16} {metrics.clips}")
    right = metrics.confusion.diagonal() / metrics.confusion.sum(dim=1).clamp(min=1)
    rows = [
        (label, f"{share:.3f}", f"{count}")
        for label, share, count in zip(opened.labels, right, metrics.confusion.sum(1), strict=True)
    ]
    typer.echo(table([("class", "accuracy", "clips"), *rows], right=(1, 2)))
