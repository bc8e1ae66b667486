"""Confusion matrices: counts of truth against prediction, as the PNG of a run and as an SVG element."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from mixerkit.plots.style import INK, ON_STRONG, SHADES, SOFT, chart_style, shorten_label, to_svg

MOST_LABELLED = 60
"""Of more classes, labels and numbers could not be read: their matrix has this size, and shades alone."""
CELL_INCHES = 0.4
LONGEST_LABEL = 24
LIGHT_TEXT_FROM = 6
"""The first shade that is too dark for dark text."""
SQUARE = 0.48 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
"""The corners of a cell around its centre, with a gap to the next one."""


@chart_style
def draw_confusion(counts: NDArray[np.int64], labels: Sequence[str], path: Path, title: str) -> None:
    """A PNG of the matrix ``[truth, predicted]``: shade is the share of the truth's clips, numbers are counts."""
    figure = _figure(counts, labels)
    figure.axes[0].set_title(title, pad=12)
    figure.savefig(path, dpi=120, bbox_inches="tight", pad_inches=0.2)


@chart_style
def confusion_svg(counts: NDArray[np.int64], labels: Sequence[str], title: str) -> str:
    """The same matrix as an SVG element; ``title`` says whose it is, for who cannot see it."""
    correct = f"{np.trace(counts):,} of {counts.sum():,} clips are predicted correctly"
    return to_svg(_figure(counts, labels), f"Confusion matrix of {title}, {len(labels)} classes: {correct}", tight=True)


def _figure(counts: NDArray[np.int64], labels: Sequence[str]) -> Figure:
    size = len(labels)
    inches = CELL_INCHES * min(size, MOST_LABELLED)
    figure = Figure(figsize=(inches, inches))
    axes = figure.add_axes((0, 0, 1, 1))  # labels lie outside of it
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), xlabel="predicted", ylabel="truth", xticks=[], yticks=[])
    fraction = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shades = np.minimum(len(SHADES), 1 + (fraction * len(SHADES)).astype(int)) * (counts > 0)
    for shade in np.unique(shades[shades > 0]):
        _draw_cells(axes, np.argwhere(shades == shade), SHADES[shade - 1])
    if size <= MOST_LABELLED:
        _draw_cells(axes, np.arange(size).repeat(2).reshape(-1, 2), "none", SOFT)
        shown = [shorten_label(label, LONGEST_LABEL) for label in labels]
        axes.set_xticks(range(size), shown, rotation=90)
        axes.set_yticks(range(size), shown)
        for row, column in np.argwhere(counts):
            colour = ON_STRONG if shades[row, column] >= LIGHT_TEXT_FROM else INK
            axes.text(column, row, f"{counts[row, column]}", ha="center", va="center_baseline", color=colour, in_layout=False)
    return figure


def _draw_cells(axes: Axes, cells: NDArray[np.int64], face: str, edge: str | None = None) -> None:
    """All cells ``[n, (row, column)]`` as one outline."""
    codes = np.tile(np.array([Outline.MOVETO, *[Outline.LINETO] * 3, Outline.CLOSEPOLY], np.uint8), len(cells))
    outline = Outline((cells[:, None, ::-1] + SQUARE).reshape(-1, 2), codes)
    axes.add_patch(PathPatch(outline, facecolor=face, edgecolor=edge, linewidth=None if edge else 0))
