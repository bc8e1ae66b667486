"""What a data set holds: how long and how loud its recordings are, and how many each class has."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from mixerkit.plots.style import ACCENT, MARK, SECOND, SHADES, SOFT, chart_style

MOST_CLASSES = 60
"""More rows cannot be read: of more classes, the largest and the smallest are shown."""
FEWEST_ROWS = 6
BINS = 60
HEIGHT = 3.2
"""Inches, of one histogram."""
WIDE = 30.0
"""Lengths, or counts, that differ by more than this factor are drawn on a logarithmic axis."""
COLOURS = {"train": ACCENT, "val": SECOND, "test": SHADES[4], "None": SOFT}
GAP = ""


class Recording(Protocol):
    """What is asked of a file's facts: seconds, level, class, split, and a problem, "" if it can be used."""

    @property
    def seconds(self) -> float: ...
    @property
    def rms_db(self) -> float: ...
    @property
    def silent(self) -> bool: ...
    @property
    def label(self) -> str: ...
    @property
    def split(self) -> str | None: ...
    @property
    def problem(self) -> str: ...


@chart_style
def draw_data(files: Sequence[Recording], window_seconds: float, path: Path, title: str) -> None:
    """A PNG of the usable recordings: lengths, ``window_seconds`` marked, above levels; clips per class and split on the right.

    Args:
        files: of all classes and splits; bad ones are counted in the title alone.
        window_seconds: what the model looks at, audio.seconds.
        title: its first line, before the number of recordings; what follows a line break stands below.
    """
    good = [file for file in files if not file.problem]
    labels = _rows(Counter(file.label for file in good))
    height = max(2 * HEIGHT, 0.17 * len(labels) + 1.3)
    figure = Figure(figsize=(11, height), layout="constrained")
    rest = [height - 2 * HEIGHT] if height > 2.5 * HEIGHT else []  # many classes: histograms keep their shape, with room below
    grid = figure.add_gridspec(2 + len(rest), 2, height_ratios=[HEIGHT, HEIGHT, *rest])
    lengths, levels, classes = (figure.add_subplot(place) for place in (grid[0, 0], grid[1, 0], grid[:, 1]))
    _draw_lengths(lengths, np.array([file.seconds for file in good], np.float64), window_seconds)
    _draw_levels(levels, np.array([file.rms_db for file in good if not file.silent], np.float64), len(good))
    _draw_classes(classes, good, labels)
    bad = f", {len(files) - len(good):,} cannot be used" if len(good) < len(files) else ""
    first, *more = title.split("\n")
    figure.suptitle("\n".join([f"{first}: {len(files):,} recording{'' if len(files) == 1 else 's'}{bad}", *more]))
    figure.savefig(path, dpi=120)


def _draw_lengths(axes: Axes, seconds: NDArray[np.float64], window: float) -> None:
    low, high = min(seconds.min(initial=window), window), max(seconds.max(initial=window), window)
    if low > 0 and high / low > WIDE:
        bins = np.geomspace(low, high * 1.02, BINS + 1)
        axes.set_xscale("log")
    else:
        bins = np.linspace(0.0, high * 1.05, BINS + 1)
    _draw_histogram(axes, seconds, bins)
    behind = np.clip(seconds - window, 0.0, None).sum() / (seconds.sum() or 1.0)
    message = "no sound is after it" if behind == 0 else f"{_percent(behind)} of all sound is after it"
    axes.axvline(window, label=f"audio.seconds, {window:g} s: {message}", **MARK | {"color": SECOND, "linewidth": 2.0})
    axes.set_xlabel("length in seconds")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)


def _draw_levels(axes: Axes, levels: NDArray[np.float64], total: int) -> None:
    bins = np.linspace(min(levels.min(initial=-60.0), -60.0), max(levels.max(initial=0.0), 0.0), BINS + 1)
    _draw_histogram(axes, levels, bins)
    axes.set_xlabel("level in dB below full scale (RMS)")
    if len(levels) < total:
        axes.set_title(f"{total - len(levels):,} silent, not drawn", loc="left", fontsize=10)


def _draw_histogram(axes: Axes, values: NDArray[np.float64], bins: NDArray[np.float64]) -> None:
    """Counts of recordings, on a logarithmic axis where rare ones would not be seen."""
    counts, _ = np.histogram(values, bins)
    some = counts[counts > 0]
    most = int(some.max(initial=1))
    if len(some) and most / some.min() > WIDE:
        axes.set_yscale("log")
        axes.set_ylim(0.7, 2 * most)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylim(0, 1.12 * most)
    axes.stairs(counts, bins, fill=True, color=COLOURS["train"])
    for axis, scale in ((axes.xaxis, axes.get_xscale()), (axes.yaxis, axes.get_yscale())):
        if scale == "log":  # plain numbers, as powers would be written in mathtext
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("recordings")
    axes.grid(axis="y")


def _draw_classes(axes: Axes, files: Sequence[Recording], labels: Sequence[str]) -> None:
    counts = Counter((file.label, str(file.split)) for file in files)
    splits = [name for name in COLOURS if any(split == name for _, split in counts)]
    rows, base = range(len(labels)), np.zeros(len(labels))
    for split in splits:
        width = np.array([counts[label, split] for label in labels])
        axes.barh(rows, width, left=base, color=COLOURS[split], height=0.75, label="clips" if split == "None" else split)
        base = base + width
    classes = len({label for label, _ in counts})
    shown = [f"… {classes - MOST_CLASSES} more classes …" if label == GAP else label for label in labels]
    axes.set_yticks(rows, shown, fontsize=9 if len(labels) <= 25 else 7)
    axes.set_ylim(max(len(labels), FEWEST_ROWS) - 0.4, -0.6)
    axes.set_xlabel("clips per class")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="x")
    if splits and splits != ["None"]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=len(splits))


def _rows(counts: Counter[str]) -> list[str]:
    """Classes from the largest to the smallest; of too many, both ends, with a gap between them."""
    ordered = sorted(counts, key=lambda label: (-counts[label], label))
    if len(ordered) <= MOST_CLASSES:
        return ordered
    return [*ordered[: MOST_CLASSES // 2], GAP, *ordered[-MOST_CLASSES // 2 :]]


def _percent(fraction: float) -> str:
    """3.1 %, but never 0 % of what is some."""
    return "<0.1 %" if fraction < 0.001 else f"{100 * fraction:.2g} %"
