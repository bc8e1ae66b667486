"""What is taken for what: counts of truth against prediction."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

MOST_NUMBERED = 20


def draw_confusion(counts: NDArray[np.int64], labels: Sequence[str], path: Path, title: str) -> None:
    """A PNG of the matrix ``[truth, predicted]``: shade is the share of the truth's clips, numbers are counts."""
    fraction = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(5.0, 0.45 * len(labels) + 2)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.subplots()
    axes.imshow(fraction, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(labels))
    axes.set_xticks(ticks, labels, rotation=90)
    axes.set_yticks(ticks, labels)
    axes.set(xlabel="predicted", ylabel="truth", title=title)
    if len(labels) <= MOST_NUMBERED:
        for row, column in zip(*np.nonzero(counts), strict=True):
            colour = "white" if fraction[row, column] > 0.5 else "black"
            axes.text(column, row, f"{counts[row, column]}", ha="center", va="center", color=colour, fontsize=8)
    figure.savefig(path, dpi=120)
