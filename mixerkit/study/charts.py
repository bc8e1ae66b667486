"""Charts of a report as places on the page: what is drawn where, before the template writes it as SVG.

A strip is as wide as the page leaves it, so its places along are per cent. A panel is drawn on a sheet of fixed size that is
scaled as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from matplotlib.ticker import MaxNLocator

from mixerkit.study.evidence import Group, Trial
from mixerkit.study.table import MAIN, Line

WIDTH, HEIGHT = 360, 198
LEFT, RIGHT, TOP, BOTTOM = 40, 344, 8, 162
SHEET = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}
"""Where a panel's axes lie, for the template."""
MOST_POINTS = 180
"""More points of one line cannot be told apart on a sheet of that width."""
PUBLISHED = (MAIN, "best/accuracy")
EDGE = 2.0
"""Per cent of a strip that stay free on either side, so that no dot is cut."""

Tick = tuple[float, str]
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Scale:
    """From values to places: ``low`` lies at ``start``, ``high`` at ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies."""
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 2)

    def ticks(self, most: int, whole: bool = False) -> tuple[Tick, ...]:
        """Round values within, at most so many gaps between them, each with its place and its text."""
        found = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], integer=whole).tick_values(self.low, self.high)
        values = [float(value) for value in found if self.low - 1e-9 <= value <= self.high + 1e-9]
        decimals = max((len(f"{value:.4f}".rstrip("0").partition(".")[2]) for value in values), default=0)
        return tuple((self.at(value), f"{value:.{decimals}f}") for value in values)


@dataclass(frozen=True)
class Dot:
    """One value on a strip: per cent along, per cent down, and what it is."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Strip:
    """One row's values on a line: a dot for every cell, mean and spread, what was published.

    Attributes:
        value: mean and spread, as the table says them.
        text: the strip in words.
        mean, low, high: per cent along; None where there is no cell, or no spread.
    """

    name: str
    value: str
    text: str
    dots: tuple[Dot, ...]
    published: tuple[Dot, ...]
    mean: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Spread:
    """All strips over one axis; ``reference`` is where the mean of the row lies that others are tested against."""

    strips: tuple[Strip, ...]
    ticks: tuple[Tick, ...]
    reference: float | None


@dataclass(frozen=True)
class Curve:
    """One line of a panel, as points of SVG. ``look``: cell (thin), mean, dashed."""

    look: str
    points: str
    text: str


@dataclass(frozen=True)
class Panel:
    """One sheet of curves over epochs."""

    name: str
    what: str
    text: str
    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    best: float | None = None


@dataclass(frozen=True)
class Series:
    """What a panel shows of every training: a figure of metrics.jsonl, its look, its name."""

    figure: str
    look: str
    name: str


def draw_spread(lines: Sequence[Line], groups: Sequence[Group], reference: str, values: Sequence[str]) -> Spread | None:
    """Strips of test accuracy, in the order of the table; ``values`` are its texts. None if there is nothing to draw."""
    cells = {(group.row, group.overlay): [trial for trial in group.trials if trial.is_finished] for group in groups}
    own = [trial.summary[MAIN] for trials in cells.values() for trial in trials]
    known = own + [value for line in lines for value in _accuracies(line).values()]
    if not own:
        return None
    figures = [line.figures[MAIN] for line in lines if MAIN in line.figures]
    known += [figure.mean + sign * (figure.spread or 0.0) for figure in figures for sign in (-1, 1)]
    scale = Scale(*_widened(known, 0.04, 1.0), EDGE, 100.0 - EDGE)
    seeds = sorted({trial.seed for trials in cells.values() for trial in trials})
    strips = tuple(
        _strip(line, cells.get((line.row, line.overlay), []) if line.planned else [], value, scale, seeds)
        for line, value in zip(lines, values, strict=True)
        if MAIN in line.figures or _accuracies(line)
    )
    first = next((line for line in lines if line.row == reference and MAIN in line.figures), None)
    alone = len({line.overlay for line in lines if line.planned}) == 1  # else each overlay has a reference of its own
    return Spread(strips, scale.ticks(5), scale.at(first.figures[MAIN].mean) if first and alone else None)


def draw_panels(groups: Sequence[Group], what: str, shown: Sequence[Series], top: float | None) -> tuple[Panel, ...]:
    """A panel for every group, all over the same axes; a group without an epoch has none.

    Args:
        what: the figure that the panels show, in words.
        shown: the lines of every training; of several trainings also their mean, over the finished ones.
        top: the largest value there can be; None: there is none.
    """
    begun = [group for group in groups if any(_points(trial, item.figure) for trial in group.trials for item in shown)]
    if not begun:
        return ()
    every = [point for group in begun for trial in group.trials for item in shown for point in _points(trial, item.figure)]
    across = Scale(*_apart(min(x for x, _ in every), max(x for x, _ in every)), LEFT, RIGHT)
    up = Scale(*_widened([y for _, y in every], 0.05, top), BOTTOM, TOP)
    return tuple(_panel(group, what, shown, across, up) for group in begun)


def _strip(line: Line, trials: Sequence[Trial], value: str, scale: Scale, seeds: Sequence[int]) -> Strip:
    name = f"{line.row}, {line.overlay}" if line.overlay else line.row
    lanes = Scale(0.0, max(len(seeds) - 1, 1), 26.0, 74.0) if len(seeds) > 1 else Scale(0.0, 1.0, 50.0, 50.0)
    dots = tuple(
        Dot(scale.at(trial.summary[MAIN]), lanes.at(seeds.index(trial.seed)), f"{trial.name}: {trial.summary[MAIN]:.4f}")
        for trial in trials
    )
    published = tuple(Dot(scale.at(number), 50.0, f"published {key}: {number:.4f}") for key, number in _accuracies(line).items())
    figure = line.figures.get(MAIN)
    told = [f"published {key} {number:.4f}" for key, number in _accuracies(line).items()]
    if figure is None:
        return Strip(name, "published only", f"{name}: {', '.join(told)}, not run here", dots, published)
    accuracies = [trial.summary[MAIN] for trial in trials]
    told = [f"mean {figure.mean:.4f} of {len(dots)}, from {min(accuracies):.4f} to {max(accuracies):.4f}", *told]
    low, high = (None, None) if figure.spread is None else (figure.mean - figure.spread, figure.mean + figure.spread)
    return Strip(
        name=name,
        value=value,
        text=f"{name}: {', '.join(told)}",
        dots=dots,
        published=published,
        mean=scale.at(figure.mean),
        low=None if low is None else scale.at(low),
        high=None if high is None else scale.at(high),
    )


def _accuracies(line: Line) -> dict[str, float]:
    """The published figures that may stand on an axis of test accuracy."""
    return {key: value for key, value in line.published.items() if key in PUBLISHED}


def _panel(group: Group, what: str, shown: Sequence[Series], across: Scale, up: Scale) -> Panel:
    curves: list[Curve] = []
    several = len(group.trials) > 1
    finished = [trial for trial in group.trials if trial.is_finished]
    told = []
    for item in shown:
        if several and item.look == "mean":
            drawn = [(trial, _points(trial, item.figure)) for trial in group.trials]
            curves += [_curve("cell", points, f"{item.name}, {trial.name}", across, up) for trial, points in drawn if points]
        points = _mean(finished, item.figure) if several else _points(group.trials[0], item.figure)
        if points:
            curves.append(_curve(item.look, points, item.name, across, up))
            told.append(
                f"{item.name} {points[0][1]:.3f} after epoch {points[0][0]:g}, {points[-1][1]:.3f} after {points[-1][0]:g}"
            )
    best = finished[0].summary["best_epoch"] if finished and not several else None
    return Panel(
        name=group.name,
        what=what,
        text=f"{group.name}, {what} by epoch{f', mean over {len(finished)}' if several else ''}: {'; '.join(told) or 'none'}",
        curves=tuple(curves),
        x_ticks=across.ticks(6, whole=True),
        y_ticks=up.ticks(5),
        best=None if best is None else across.at(best),
    )


def _curve(look: str, points: Points, text: str, across: Scale, up: Scale) -> Curve:
    step = -(-len(points) // MOST_POINTS)
    kept = [point for i, point in enumerate(points) if i % step == 0 or i == len(points) - 1]
    placed = [f"{across.at(x):g},{up.at(y):g}" for x, y in kept]
    return Curve(look, " ".join(placed if len(placed) > 1 else placed * 2), text)  # twice the same point is drawn as a dot


def _points(trial: Trial, figure: str) -> Points:
    return [(float(row["epoch"]), float(row[figure])) for row in trial.epochs if _is_number(row, figure)]


def _mean(trials: Iterable[Trial], figure: str) -> Points:
    """The mean at every epoch over those that have it."""
    found: dict[float, list[float]] = {}
    for trial in trials:
        for epoch, value in _points(trial, figure):
            found.setdefault(epoch, []).append(value)
    return [(epoch, mean(values)) for epoch, values in sorted(found.items())]


def _is_number(row: Mapping[str, Any], figure: str) -> bool:
    return isinstance(row.get(figure), int | float)


def _widened(values: Sequence[float], share: float, top: float | None) -> tuple[float, float]:
    """The range of the values with some room on either side, within 0 and ``top``."""
    low, high = _apart(min(values), max(values), 0.02)
    room = share * (high - low)
    return max(0.0, low - room), high + room if top is None else min(top, high + room)


def _apart(low: float, high: float, least: float = 1.0) -> tuple[float, float]:
    """Both, at least so far apart."""
    middle = (low + high) / 2
    return (low, high) if high - low >= least else (middle - least / 2, middle + least / 2)
