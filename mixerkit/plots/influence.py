"""Influence maps: for each operator, at some depths, which places of the grid a few of them look at, and along which axes."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from mixerkit.plots.style import chart_style

DECADES = 5.0
"""The darkest shade is the strongest place, the lightest one that is 10 to the minus this of it, or less."""
SHADES = colormaps["magma_r"]
COLOURS = {"stays": "0.72", "along time": "#4477aa", "along frequency": "#cc6677", "elsewhere": "#ddcc77"}
SAID = {"stays": "that stays", "elsewhere": "from elsewhere"}
CHANNELS = "#228833"
PANELS_IN_A_ROW = 2
LEGEND_INCHES = 2.4
"""The width of an entry of the legend, at most."""
CHARACTER_INCHES = 0.12
"""The width of a character of a title, at most."""


@dataclass(frozen=True)
class Influence:
    """Where some output places look.

    Attributes:
        title: which block.
        places: rows and columns of the P output places.
        maps: shares of the input places, ``[P, F, T]``, each of sum 1; all 0 where nothing reaches the output place.
        flows: shares of what arrives, by where it comes from: COLOURS' names.
        channels: share of what arrives that comes from another channel than it goes to; None where the channels behind are not
            those before, as after a stage that widens them.
    """

    title: str
    places: tuple[tuple[int, int], ...]
    maps: NDArray[np.float64]
    flows: dict[str, float]
    channels: float | None


@dataclass(frozen=True)
class InfluenceRow:
    """One operator at some depths, or the stack up to them."""

    label: str
    cells: tuple[Influence, ...]


@chart_style
def draw_influence(panels: Sequence[tuple[str, Sequence[InfluenceRow]]], path: Path) -> None:
    """A PNG with a panel per model: a row per operator and one for the stack, a column per depth, under each map its flows."""
    across = min(PANELS_IN_A_ROW, len(panels))
    down = -(-len(panels) // across)
    most_rows, most_cells = max(len(rows) for _, rows in panels), max(len(row.cells) for _, rows in panels for row in rows)
    legend, width = _legend(), max(across * (1.2 + 2.1 * most_cells), 2 * LEGEND_INCHES)
    columns = min(len(legend), int(width / LEGEND_INCHES))
    titles = [textwrap.wrap(title, int(width / across / CHARACTER_INCHES)) for title, _ in panels]
    height = 0.5 + 0.25 * -(-len(legend) // columns) + down * (0.5 + 0.2 * max(map(len, titles)) + 1.75 * most_rows)
    figure = Figure(figsize=(width, height), layout="constrained")
    subfigures = np.ravel(figure.subfigures(down, across, squeeze=False, wspace=0.03, hspace=0.04))
    for subfigure, lines, (_, rows) in zip(subfigures, titles, panels, strict=False):
        _panel(subfigure, "\n".join(lines), rows)
    figure.legend(handles=legend, loc="outside lower center", ncols=columns, fontsize=9)
    figure.savefig(path, dpi=110)


def _legend() -> list[Line2D | Patch]:
    """What every mark means: the places, the shades, the bars."""
    shade = Normalize(-DECADES, 0.0)
    shades = [(0, "it looks there most"), (-2, "a hundredth of that"), (-4, "a ten-thousandth")]
    return [
        _squares([], [], label="a place of the output"),
        *(Patch(facecolor=SHADES(shade(power)), edgecolor="0.6", label=text) for power, text in shades),
        *(Patch(color=colour, label=f"share {SAID.get(name, name)}") for name, colour in COLOURS.items()),
        Patch(color=CHANNELS, label="share from another channel"),
    ]


def _panel(subfigure: SubFigure, title: str, rows: Sequence[InfluenceRow]) -> None:
    subfigure.suptitle(title, fontsize=12, fontweight="bold")
    columns = max(len(row.cells) for row in rows)
    axes = subfigure.subplots(2 * len(rows), columns, squeeze=False, height_ratios=[6, 1] * len(rows))
    for place in np.ravel(axes):
        place.set_axis_off()
    for i, row in enumerate(rows):
        for j, cell in enumerate(row.cells):
            _map(axes[2 * i, j], cell)
            _flows(axes[2 * i + 1, j], cell)
            axes[2 * i, j].set_title(cell.title, fontsize=8, pad=2)
        has_rows = row.cells[0].maps.shape[1] > 1
        axes[2 * i, 0].set_axis_on()
        axes[2 * i, 0].set_ylabel(f"{row.label}\nfrequency →" if has_rows else row.label, fontsize=9)
        axes[2 * i, 0].set_xlabel("time →" if has_rows else "tokens →", fontsize=8, labelpad=1, loc="left")


def _map(axes: Axes, cell: Influence) -> None:
    """Each place's map by its own peak, laid over one another."""
    peaks = np.maximum(cell.maps.max(axis=(1, 2), keepdims=True), np.finfo(np.float64).tiny)
    shade = np.log10(np.maximum(cell.maps / peaks, 10.0**-DECADES)).max(axis=0)
    axes.set_axis_on()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.imshow(shade, cmap=SHADES, vmin=-DECADES, vmax=0, origin="lower", aspect="auto", interpolation="nearest")
    rows, columns = zip(*cell.places, strict=True)
    axes.add_line(_squares(columns, rows))


def _squares(columns: Sequence[int], rows: Sequence[int], label: str = "") -> Line2D:
    """The places of the output."""
    line = Line2D(columns, rows, label=label, linestyle="none", marker="s", markersize=7)
    line.set(markerfacecolor="none", markeredgecolor="#00a2ff", markeredgewidth=1.4)
    return line


def _flows(axes: Axes, cell: Influence) -> None:
    """Two bars: where what arrives comes from; and how much of it changes channel."""
    left = 0.0
    for name, colour in COLOURS.items():
        axes.barh(1, cell.flows[name], left=left, color=colour, height=0.8)
        left += cell.flows[name]
    if cell.channels is not None:
        axes.barh(0, cell.channels, color=CHANNELS, height=0.8)
    axes.set(xlim=(0, 1), ylim=(-0.5, 1.5))
