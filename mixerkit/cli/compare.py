"""mixerkit compare"""

from pathlib import Path
from typing import Annotated, Any

import typer

import mixerkit
from mixerkit.cli.table import table

FRACTIONS = ("accuracy", "auc", "balanced_accuracy", "macro_f1", "map")
ROWS = (
    "status",
    "epochs",
    "best_epoch",
    *(f"{split}/{name}" for split in ("val", "test") for name in FRACTIONS),
    "parameters",
    "flops",
    "clips_per_second",
    "seconds",
    "protocol",
)


def compare(runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories, finished or not.")]) -> None:
    """Compare runs: figures, and settings that differ.

    Of a run that is not finished, its status and its best validation figures so far.
    """
    found = mixerkit.compare(runs)
    head = ("", *found.runs)
    rows = [(name, *(_text(metrics.get(name)) for metrics in found.metrics)) for name in ROWS]
    typer.echo(table(rows, head, right=range(1, len(head))))
    if len(found.protocols) > 1:
        typer.echo(f"not comparable: they were tested in {len(found.protocols)} ways, see protocol")
    if len(found.runs) > 1:
        typer.echo(f"\n{table(found.settings, ('setting', *found.runs))}" if found.settings else "\nTheir recipes are the same.")


def _text(value: Any) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{value:.4f}" if value <= 1.0 else f"{value:,.1f}"
        case int():
            return f"{value:,}"
    return str(value)
