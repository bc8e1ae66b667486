"""Dot plots: the values of several rows over one axis, their means and standard deviations, and published values."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mixerkit.plots.style import ACCENT, CARD, INK, MARK, SECOND, SOFT, TITLE, chart_style, shorten_label, to_svg

WIDTH, ROW, AXIS = 5.6, 0.66, 0.3
"""Inches: the width of the plot, the heights of a row and of the axis below."""
LONGEST_NAME = 42
BASELINE, LANES, MARKS = 0.42, 0.16, 0.26
"""In a row of height 1, how far from its middle: the name above it, dots, the ends of a mean's mark."""


@dataclass(frozen=True)
class Dot:
    """One value, what it is in words, and its lane in the row, from -1 to 1."""

    value: float
    text: str
    lane: float = 0.0


@dataclass(frozen=True)
class DotRow:
    """The values of one row; ``label`` is mean and standard deviation as text, which are None where there is none."""

    name: str
    label: str
    dots: Sequence[Dot]
    published: Sequence[Dot] = ()
    mean: float | None = None
    std: float | None = None

    def plot(self, axes: Axes, y: int) -> None:
        """Draw it around ``y``, downwards from 0."""
        for x, side, text, colour in ((0, "left", shorten_label(self.name, LONGEST_NAME), INK), (1, "right", self.label, SOFT)):
            axes.text(x, y - BASELINE, text, ha=side, color=colour, backgroundcolor=CARD, transform=axes.get_yaxis_transform())
        if self.mean is not None:
            axes.errorbar(self.mean, y, xerr=self.std, fmt="none", elinewidth=16, ecolor=ACCENT, alpha=0.22)
            axes.vlines(self.mean, y - MARKS, y + MARKS, color=INK, linewidth=2.5)
        for dot in self.dots:  # a line without length has round ends alone
            axes.plot([dot.value] * 2, [y + LANES * dot.lane] * 2, color=ACCENT, alpha=0.62, linewidth=8, gid=TITLE + dot.text)
        for dot in self.published:
            axes.plot(dot.value, y, "d", markersize=12, markerfacecolor="none", color=SECOND, gid=TITLE + dot.text)

    def __str__(self) -> str:
        values = [dot.value for dot in self.dots]
        own = "not run here"
        if self.mean is not None:
            own = f"mean {self.mean:.4f} of {len(values)}, from {min(values):.4f} to {max(values):.4f}"
        return ", ".join([f"{self.name}: {own}", *(dot.text for dot in self.published)])


@dataclass(frozen=True)
class DotPlot:
    """All rows over one axis; a dashed line marks ``reference``."""

    rows: Sequence[DotRow]
    reference: float | None

    @chart_style
    def svg(self) -> str:
        """The plot as an SVG element."""
        count = len(self.rows)
        height = count * ROW + AXIS
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.add_axes((0.02, AXIS / height, 0.96, 1 - AXIS / height), ylim=(count - 0.5, -0.7), yticks=[])
        axes.grid(axis="x")
        for y, row in enumerate(self.rows):
            row.plot(axes, y)
        if self.reference is not None:
            axes.axvline(self.reference, **MARK)
        return to_svg(figure, "; ".join(map(str, self.rows)))
