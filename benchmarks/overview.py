"""Draw docs/overview.png: what four operators mix, at one place of the grid and in the mean over all places.

python benchmarks/overview.py --out docs/overview.png     # about a minute on one core

Grid, weights and probes are fixed, so the same code draws the same figure.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from mixerkit import BlockIndex, Grid, build_operator
from mixerkit.inference import influence

GRID = Grid(freq=12, time=12, dim=96)  # clips of one second, 128 mels and 128 frames
INDEX = BlockIndex(index=3, depth=12)  # the first block in which the paper's roll has four groups of equal size
PLACE = (7, 5)  # row and column of the output token that the maps show
STARTS = 8  # random starts of the weights that every number is a mean over
PROBES = 8

OPERATORS = {
    "token": "one MLP across all tokens",
    "channel": "one MLP inside each token",
    "hermit-frequency": "token MLP between two\nHermitian transforms",
    "roll-time": "values rolled in memory,\nthen a channel MLP",
}
SOURCES = ("itself", "along time", "along frequency", "elsewhere")
BLUE, GREEN, ORANGE, INK, TRACK = "#2f6db5", "#3a8f5c", "#e8590c", "#222222", "#eeeeee"
SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#cfe0f3", "#7fb0de", BLUE, "#0b2f5c"])
LEAST = 1e-3


def measure(kind: str) -> tuple[NDArray[np.float64], list[float], float]:
    """Fractions of what arrives: the map ``[F, T]`` of PLACE, the four sources over the grid, and from other channels."""
    rows = [[(row, column) for column in range(GRID.time)] for row in range(GRID.freq)]
    maps, sources, channels = [], [], []
    for start in range(STARTS):
        torch.manual_seed(start)
        operator = build_operator(kind, GRID, INDEX).eval()
        maps.append(influence(operator, GRID, [PLACE], probes=4 * PROBES, seed=start).maps[0])
        for row in rows:  # all places at once would need a gradient of the whole grid for each
            found = influence(operator, GRID, row, probes=PROBES, seed=start)
            sources.append([found.flows[name] for name in ("stays", *SOURCES[1:])])
            channels.append(found.channels or 0.0)
    return np.mean(maps, axis=0), np.mean(sources, axis=0).tolist(), float(np.mean(channels))


def percent(fraction: float) -> str:
    """A whole number of per cent; what is neither nothing nor all is never rounded to it."""
    if 0.0005 < fraction < 0.01:
        return "< 1 %"
    return f"{min(99, round(100 * fraction)) if fraction < 0.9995 else 100} %"


def draw_map(axes: Axes, image: NDArray[np.float64], is_first: bool) -> None:
    """Where PLACE looks, one square per token, low frequencies at the bottom."""
    axes.pcolormesh(np.clip(image, LEAST, 1.0), cmap=SHADES, norm=LogNorm(LEAST, 1.0), edgecolors="#e4e4e4", linewidth=0.5)
    axes.add_patch(Rectangle((PLACE[1], PLACE[0]), 1, 1, fill=False, edgecolor=ORANGE, linewidth=2.6, zorder=3))
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("time →", fontsize=11, color=INK)
    if is_first:
        axes.set_ylabel("frequency →", fontsize=11, color=INK)
    for spine in axes.spines.values():
        spine.set_color("#999999")


def draw_legend(figure: Figure, height: float) -> None:
    """The marks of the maps, in one line."""
    norm = LogNorm(LEAST, 1.0)
    marks = [Patch(facecolor="white", edgecolor=ORANGE, linewidth=2.2, label="an output token")]
    for value, label in ((0.01, "1 %"), (0.1, "10 %"), (1.0, "100 % of what reaches it")):
        marks.append(Patch(facecolor=SHADES(norm(value)), edgecolor="#999999", linewidth=0.6, label=label))
    figure.legend(
        handles=marks, loc="center", bbox_to_anchor=(0.56, height), ncols=4, frameon=False, fontsize=11, handlelength=1.1,
        handleheight=1.1, columnspacing=1.6, labelcolor=INK,
    )  # fmt: skip


def draw_bars(axes: Axes, values: list[float], labels: list[str], colour: str, is_first: bool) -> None:
    """One bar per source, with its number behind it."""
    rows = range(len(values))
    axes.barh(rows, [1.0] * len(values), color=TRACK, height=0.66)
    axes.barh(rows, values, color=colour, height=0.66)
    for row, value in zip(rows, values, strict=True):
        axes.text(1.05, row, percent(value), va="center", ha="left", fontsize=11, color=INK)
    axes.set_xlim(0.0, 1.5)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks(rows, labels if is_first else [""] * len(values), fontsize=11, color=INK)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def main() -> None:
    """Measure the four operators, and write the PNG."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/overview.png"))
    asked = parser.parse_args()
    figure = Figure(figsize=(10.0, 5.7), dpi=160, facecolor="white")
    grid = figure.add_gridspec(
        4, 4, height_ratios=(2.35, 0.55, 1.25, 0.32), left=0.135, right=0.985, top=0.885, bottom=0.02, wspace=0.08, hspace=0.12
    )
    draw_legend(figure, 0.436)
    note = "Where a token's information comes from, mean over all tokens:"
    figure.text(0.135, 0.368, note, fontsize=11, weight="bold", color=INK, va="center")
    for column, (kind, about) in enumerate(OPERATORS.items()):
        image, sources, channels = measure(kind)
        is_first = column == 0
        top = figure.add_subplot(grid[0, column])
        draw_map(top, image, is_first)
        top.text(0.5, 1.24, kind, transform=top.transAxes, ha="center", va="bottom", fontsize=15, weight="bold", color=INK)
        top.text(0.5, 1.13, about, transform=top.transAxes, ha="center", va="center", fontsize=10.5, color="#555555")
        draw_bars(figure.add_subplot(grid[2, column]), sources, list(SOURCES), BLUE, is_first)
        draw_bars(figure.add_subplot(grid[3, column]), [channels], ["other channels"], GREEN, is_first)
        print(kind, [percent(value) for value in sources], percent(channels))
    figure.savefig(asked.out)


if __name__ == "__main__":
    main()
