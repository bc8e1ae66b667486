"""The table of a study: a line for every recipe under every overlay, and for every published model beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any

from mixerkit.study.plan import Plan, Trial
from mixerkit.study.published import PublishedRow
from mixerkit.study.statistics import Key, MetricSummary, Paired, metric, paired, pooled, standard_error

MAIN = "test/accuracy"
METRICS = (MAIN, "test/auc", "test/balanced_accuracy", "test/macro_f1", "test/map", "val/accuracy", "val/auc")

Results = Mapping[Trial, Mapping[str, Any]]
"""The summary of every finished trial."""


@dataclass(frozen=True)
class Line:
    """One row of the table. Fractions, not per cent; what is not known is None, and absent from ``figures``.

    Attributes:
        planned, finished: trials.
        pooled: accuracy over the clips of all folds together, mean over seeds.
        sampling: the standard error of the accuracy that the size of the test set alone brings.
        against: this row against the reference row under the same overlay.
        speed: clips per second in training, the median over trials, each the median of its epochs.
        seconds: of training and validation, mean over trials.
        published: the paper's figures.
        note: why there is nothing of ours, or beside which published model it stands.
    """

    row: str
    overlay: str = ""
    planned: int = 0
    finished: int = 0
    metrics: dict[str, MetricSummary] = field(default_factory=dict)
    pooled: float | None = None
    standard_error: float | None = None
    delta: Paired | None = None
    parameters: int | None = None
    flops: int | None = None
    speed: float | None = None
    seconds: float | None = None
    published: dict[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Table:
    """All lines, and what must stand with them."""

    plan: Plan
    lines: tuple[Line, ...]
    protocols: tuple[str, ...]


def make_table(plan: Plan, results: Results) -> Table:
    """The table of what is finished."""
    lines = []
    for overlay in plan.overlays:
        reference = _values(results, plan.reference, overlay, MAIN)
        lines += [_line(plan, results, row, overlay, reference) for row in plan.rows]
    beside = set((plan.published_models or {}).values())
    others = [row for row in plan.published.rows if row.model not in beside] if plan.published else []
    protocols = tuple(dict.fromkeys(_protocol(trial, summary) for trial, summary in results.items()))
    return Table(plan, (*lines, *map(_published_line, others)), protocols)


def _line(plan: Plan, results: Results, row: str, overlay: str, reference: Mapping[Key, float]) -> Line:
    own = {trial: summary for trial, summary in results.items() if (trial.row, trial.overlay) == (row, overlay)}
    metrics = {name: metric(_values(results, row, overlay, name)) for name in METRICS}
    known = {name: found for name, found in metrics.items() if found is not None}
    accuracy, clips = _values(results, row, overlay, MAIN), _values(results, row, overlay, "test/clips")
    model = (plan.published_models or {}).get(row)
    beside = plan.published.row(model) if plan.published and model is not None else None
    has_folds = any(fold is not None for _, fold in accuracy)
    speeds = list(_values(results, row, overlay, "clips_per_second").values())
    return Line(
        row=row,
        overlay=overlay,
        planned=sum((trial.row, trial.overlay) == (row, overlay) for trial in plan.trials),
        finished=len(own),
        metrics=known,
        pooled=pooled(accuracy, clips) if has_folds else None,
        standard_error=standard_error(known[MAIN].mean, _tested(clips)) if clips and MAIN in known else None,
        delta=paired(accuracy, reference) if row != plan.reference else None,
        parameters=next((summary["parameters"] for summary in own.values()), None),
        flops=next((summary["flops"] for summary in own.values()), None),
        speed=median(speeds) if speeds else None,
        seconds=mean(summary["seconds"] for summary in own.values()) if own else None,
        published=_fractions(beside),
        note="" if beside is None else f"published: {beside.model}",
    )


def _published_line(row: PublishedRow) -> Line:
    return Line(row.model, published=_fractions(row), note=f"not run: {row.not_run or 'no recipe of this study'}")


def _fractions(row: PublishedRow | None) -> dict[str, float]:
    return {} if row is None else {name: value / 100.0 for name, value in row.metrics.items()}


def _values(results: Results, row: str, overlay: str, name: str) -> dict[Key, float]:
    return {
        (trial.seed, trial.fold): summary[name]
        for trial, summary in results.items()
        if (trial.row, trial.overlay) == (row, overlay) and summary.get(name) is not None
    }


def _tested(clips: Mapping[Key, float]) -> float:
    """Clips that are tested at all: of all folds together, once, whatever the number of seeds."""
    return sum({fold: count for (_, fold), count in clips.items()}.values())


def _protocol(trial: Trial, summary: Mapping[str, Any]) -> str:
    """The protocol of a trial; that of its study, where every fold has its turn."""
    text = str(summary["protocol"])
    return text if trial.fold is None else f"{text.partition(', fold ')[0]}, fold by fold"
