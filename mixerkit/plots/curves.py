"""How a run went: loss and validation accuracy by epoch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


def draw_curves(rows: Sequence[Mapping[str, Any]], path: Path, title: str, best_epoch: int) -> None:
    """A PNG of metrics.jsonl's rows: losses on the left, accuracy and AUC on the right, the best epoch marked."""
    epochs = [row["epoch"] for row in rows]
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, label in (("train/loss", "training"), ("val/loss", "validation")):
        left.plot(epochs, [row[name] for row in rows], marker=".", label=label)
    for name, label in (("val/accuracy", "validation accuracy"), ("val/auc", "validation AUC")):
        right.plot(epochs, [row[name] for row in rows], marker=".", label=label)
    left.set(xlabel="epoch", ylabel="loss")
    right.set(xlabel="epoch", ylim=(0, 1.02))
    for axes in (left, right):
        axes.axvline(best_epoch, color="0.6", linestyle=":", label=f"best epoch, {best_epoch}")
        axes.grid(alpha=0.3)
        axes.legend()
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle(title)
    figure.savefig(path, dpi=120)
