"""Charts of a report as places on the page: what is drawn where, before the template writes it as SVG.

A strip is as wide as the page leaves it, so its places along are per cent. A panel is drawn on a sheet of fixed size that is
scaled as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from matplotlib.ticker import MaxNLocator

from mixerkit.report.records import Group, RunRecord
from mixerkit.study import MAIN, Line

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
class AxisScale:
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
    """One row's values on a line: a dot for every trial, mean and spread, what was published.

    Attributes:
        value: mean and spread, as the table says them.
        text: the strip in words.
        mean, low, high: per cent along; None where there is no trial, or no spread.
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
class StripChart:
    """All strips over one axis; ``reference`` is where the mean of the row lies that others are tested against."""

    strips: tuple[Strip, ...]
    ticks: tuple[Tick, ...]
    reference: float | None


@dataclass(frozen=True)
class Curve:
    """One line of a panel, as points of SVG. ``look``: trial (thin), mean, dashed."""

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

    metric: str
    look: str
    name: str


def draw_strips(lines: Sequence[Line], groups: Sequence[Group], reference: str, values: Sequence[str]) -> StripChart | None:
    """Strips of test accuracy, in the order of the table; ``values`` are its texts. None if there is nothing to draw."""
    trials = {(group.row, group.overlay): [record for record in group.records if record.is_finished] for group in groups}
    own = [record.summary[MAIN] for records in trials.values() for record in records]
    known = own + [value for line in lines for value in _accuracies(line).values()]
    if not own:
        return None
    metrics = [line.metrics[MAIN] for line in lines if MAIN in line.metrics]
    known += [metric.mean + sign * (metric.std or 0.0) for metric in metrics for sign in (-1, 1)]
    scale = AxisScale(*_widened(known, 0.04, 1.0), EDGE, 100.0 - EDGE)
    seeds = sorted({record.seed for records in trials.values() for record in records})
    strips = tuple(
        _strip(line, trials.get((line.row, line.overlay), []) if line.planned else [], value, scale, seeds)
        for line, value in zip(lines, values, strict=True)
        if MAIN in line.metrics or _accuracies(line)
    )
    first = next((line for line in lines if line.row == reference and MAIN in line.metrics), None)
    alone = len({line.overlay for line in lines if line.planned}) == 1  # else each overlay has a reference of its own
    return StripChart(strips, scale.ticks(5), scale.at(first.metrics[MAIN].mean) if first and alone else None)


def draw_panels(groups: Sequence[Group], what: str, shown: Sequence[Series], top: float | None) -> tuple[Panel, ...]:
    """A panel for every group, all over the same axes; a group without an epoch has none.

    Args:
        what: the figure that the panels show, in words.
        shown: the lines of every training; of several trainings also their mean, over the finished ones.
        top: the largest value there can be; None: there is none.
    """
    begun = [group for group in groups if any(_points(record, item.metric) for record in group.records for item in shown)]
    if not begun:
        return ()
    every = [point for group in begun for record in group.records for item in shown for point in _points(record, item.metric)]
    across = AxisScale(*_apart(min(x for x, _ in every), max(x for x, _ in every)), LEFT, RIGHT)
    up = AxisScale(*_widened([y for _, y in every], 0.05, top), BOTTOM, TOP)
    return tuple(_panel(group, what, shown, across, up) for group in begun)


def _strip(line: Line, records: Sequence[RunRecord], value: str, scale: AxisScale, seeds: Sequence[int]) -> Strip:
    name = f"{line.row}, {line.overlay}" if line.overlay else line.row
    lanes = AxisScale(0.0, max(len(seeds) - 1, 1), 26.0, 74.0) if len(seeds) > 1 else AxisScale(0.0, 1.0, 50.0, 50.0)
    dots = tuple(
        Dot(scale.at(record.summary[MAIN]), lanes.at(seeds.index(record.seed)), f"{record.name}: {record.summary[MAIN]:.4f}")
        for record in records
    )
    published = tuple(Dot(scale.at(number), 50.0, f"published {key}: {number:.4f}") for key, number in _accuracies(line).items())
    metric = line.metrics.get(MAIN)
    reported = [f"published {key} {number:.4f}" for key, number in _accuracies(line).items()]
    if metric is None:
        return Strip(name, "published only", f"{name}: {', '.join(reported)}, not run here", dots, published)
    accuracies = [record.summary[MAIN] for record in records]
    reported = [f"mean {metric.mean:.4f} of {len(dots)}, from {min(accuracies):.4f} to {max(accuracies):.4f}", *reported]
    low, high = (None, None) if metric.std is None else (metric.mean - metric.std, metric.mean + metric.std)
    return Strip(
        name=name,
        value=value,
        text=f"{name}: {', '.join(reported)}",
        dots=dots,
        published=published,
        mean=scale.at(metric.mean),
        low=None if low is None else scale.at(low),
        high=None if high is None else scale.at(high),
    )


def _accuracies(line: Line) -> dict[str, float]:
    """The published figures that may stand on an axis of test accuracy."""
    return {key: value for key, value in line.published.items() if key in PUBLISHED}


def _panel(group: Group, what: str, shown: Sequence[Series], across: AxisScale, up: AxisScale) -> Panel:
    curves: list[Curve] = []
    several = len(group.records) > 1
    finished = [record for record in group.records if record.is_finished]
    reported = []
    for item in shown:
        if several and item.look == "mean":
            drawn = [(record, _points(record, item.metric)) for record in group.records]
            curves += [_curve("trial", points, f"{item.name}, {record.name}", across, up) for record, points in drawn if points]
        points = _mean(finished, item.metric) if several else _points(group.records[0], item.metric)
        if points:
            curves.append(_curve(item.look, points, item.name, across, up))
            reported.append(
                f"{item.name} {points[0][1]:.3f} after epoch {points[0][0]:g}, {points[-1][1]:.3f} after {points[-1][0]:g}"
            )
    best = finished[0].summary["best_epoch"] if finished and not several else None
    return Panel(
        name=group.name,
        what=what,
        text=f"{group.name}, {what} by epoch{f', mean over {len(finished)}' if several else ''}: {'; '.join(reported) or 'none'}",
        curves=tuple(curves),
        x_ticks=across.ticks(6, whole=True),
        y_ticks=up.ticks(5),
        best=None if best is None else across.at(best),
    )


def _curve(look: str, points: Points, text: str, across: AxisScale, up: AxisScale) -> Curve:
    step = -(-len(points) // MOST_POINTS)
    kept = [point for i, point in enumerate(points) if i % step == 0 or i == len(points) - 1]
    placed = [f"{across.at(x):g},{up.at(y):g}" for x, y in kept]
    return Curve(look, " ".join(placed if len(placed) > 1 else placed * 2), text)  # twice the same point is drawn as a dot


def _points(record: RunRecord, metric: str) -> Points:
    return [(float(row["epoch"]), float(row[metric])) for row in record.epochs if _is_number(row, metric)]


def _mean(records: Iterable[RunRecord], metric: str) -> Points:
    """The mean at every epoch over those that have it."""
    found: dict[float, list[float]] = {}
    for record in records:
        for epoch, value in _points(record, metric):
            found.setdefault(epoch, []).append(value)
    return [(epoch, mean(values)) for epoch, values in sorted(found.items())]


def _is_number(row: Mapping[str, Any], metric: str) -> bool:
    return isinstance(row.get(metric), int | float)


def _widened(values: Sequence[float], fraction: float, top: float | None) -> tuple[float, float]:
    """The range of the values with some room on either side, within 0 and ``top``."""
    low, high = _apart(min(values), max(values), 0.02)
    room = fraction * (high - low)
    return max(0.0, low - room), high + room if top is None else min(top, high + room)


def _apart(low: float, high: float, least: float = 1.0) -> tuple[float, float]:
    """Both, at least so far apart."""
    middle = (low + high) / 2
    return (low, high) if high - low >= least else (middle - least / 2, middle + least / 2)
