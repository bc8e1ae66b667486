"""Curves over epochs: described once, drawn into the PNG of a run and into the panels of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mixerkit.plots.style import ACCENT, MARK, SECOND, TITLE, chart_style, to_svg

LOOKS: dict[str, dict[str, Any]] = {
    "thin": {"color": ACCENT, "linewidth": 1.0, "alpha": 0.42},
    "solid": {"color": ACCENT, "linewidth": 2.4},
    "dashed": {"color": SECOND, "linewidth": 1.8, "linestyle": (0, (2.0, 2.2))},
}
INCHES, AXES = (5.0, 2.75), (0.11, 0.18, 0.845, 0.78)
"""Of a panel: its size; where its axes lie (left, bottom, width, height, as fractions of it)."""
Points = Sequence[tuple[float, float]]  # (epoch, value)


@dataclass(frozen=True)
class Series:
    """A metric of metrics.jsonl: its key, its name, how its curve looks."""

    metric: str
    name: str
    look: Literal["solid", "dashed", "thin"]

    def points(self, rows: Sequence[Mapping[str, Any]]) -> Points:
        """The curve over the rows of metrics.jsonl that have the metric."""
        return [(row["epoch"], row[self.metric]) for row in rows if isinstance(row.get(self.metric), int | float)]


@dataclass(frozen=True)
class Chart:
    """The curves of one run, or of all runs of a row; ``best_epoch`` is marked."""

    title: str
    curves: Sequence[tuple[Series, Points]]
    best_epoch: int | None = None

    def plot(self, axes: Axes) -> None:
        """Draw it."""
        for series, points in self.curves:
            look = LOOKS[series.look] | ({"marker": "o"} if len(points) == 1 else {})
            x, y = [epoch for epoch, _ in points], [value for _, value in points]
            axes.plot(x, y, label=series.name, gid=TITLE + series.name, clip_on=False, **look)
        if self.best_epoch is not None:
            axes.axvline(self.best_epoch, label=f"best epoch, {self.best_epoch}", gid=f"{TITLE}best epoch", **MARK)
        axes.set_xlabel("epoch", loc="right")
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
        axes.margins(x=0)
        axes.grid(axis="y")

    def __str__(self) -> str:
        drawn = [(series.name, *points[0], *points[-1]) for series, points in self.curves if points and series.look != "thin"]
        reported = [
            f"{name} {start:.3f} after epoch {first:g}, {end:.3f} after {last:g}" for name, first, start, last, end in drawn
        ]
        return "; ".join(reported) or "nothing is finished"


@dataclass(frozen=True)
class Panels:
    """Charts of the same series over the same axes."""

    name: str
    series: Sequence[Series]
    charts: Sequence[Chart]

    @chart_style
    def svgs(self) -> list[str]:
        """Every chart as an SVG element."""
        figures: list[Figure] = []
        for chart in self.charts:
            first = figures[0].axes[0] if figures else None
            figures.append(Figure(figsize=INCHES))
            chart.plot(figures[-1].add_axes(AXES, sharex=first, sharey=first))
        drawn = zip(figures, self.charts, strict=True)
        return [to_svg(figure, f"{chart.title}, {self.name} by epoch: {chart}") for figure, chart in drawn]


ACCURACY, AUC = Series("val/accuracy", "validation accuracy", "solid"), Series("val/auc", "validation AUC", "dashed")
LOSSES = (Series("val/loss", "validation loss", "solid"), Series("train/loss", "training loss", "dashed"))
RUN_SERIES = {"accuracy and AUC": (ACCURACY, AUC), "loss": LOSSES}
"""What is shown of a run."""


@chart_style
def draw_curves(rows: Sequence[Mapping[str, Any]], path: Path, title: str, best_epoch: int) -> None:
    """A PNG of metrics.jsonl's rows: accuracy and AUC on the left, losses on the right, the best epoch marked."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, (name, series) in zip(figure.subplots(1, 2), RUN_SERIES.items(), strict=True):
        Chart(name, [(item, item.points(rows)) for item in series], best_epoch).plot(axes)
        axes.set_title(name)
        axes.legend()
    figure.suptitle(title)
    figure.savefig(path, dpi=120)
