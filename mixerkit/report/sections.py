"""The parts of a report: one for every study, and one for all single runs together, side by side."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from mixerkit.datasets import natural_order, protocol
from mixerkit.plots import DotPlot, Panels
from mixerkit.progress import duration
from mixerkit.recipe import to_yaml
from mixerkit.report.charts import accuracy_plot, row_panels, run_panels
from mixerkit.report.classes import Classes, sum_classes
from mixerkit.report.compare import compare
from mixerkit.report.differences import Fact, Settings, compare_environments, compare_settings
from mixerkit.report.records import Group, RunRecord, run_groups, study_groups
from mixerkit.rundir import RunDir
from mixerkit.study import COLUMNS, MAIN, State, Study, notes, shown, standard_error


@dataclass(frozen=True)
class Failed:
    """A trial that failed, and the message that says why."""

    name: str
    id: str
    message: str


@dataclass(frozen=True)
class RowDetails:
    """What is folded away below the table for one row: its classes and its recipe."""

    name: str
    records: int
    classes: Classes | None
    why_not: str
    recipe: str
    recipe_of: str


@dataclass(frozen=True)
class Section:
    """Everything that a report says of one study, or of single runs.

    Attributes:
        facts: words that stand at the top, by what they are; some are empty.
        notices: what must be known before any figure is read.
        states: (how far, how many); ``failed`` and ``unfinished`` (name, how far) tell them one by one.
        table: header and rows, as text.
    """

    kind: Literal["study", "run", "runs"]
    title: str
    folders: Sequence[Path]
    notices: Sequence[str]
    facts: Mapping[str, str]
    states: Mapping[str, int]
    failed: Sequence[Failed]
    unfinished: Sequence[tuple[str, str]]
    table: list[list[str]]
    notes: Sequence[str]
    panels: Sequence[Panels]
    rows: Sequence[RowDetails]
    settings: Settings
    environment: Sequence[Fact]
    std: DotPlot | None = None
    about: str = ""


def study_section(study: Study) -> Section:
    """What a report says of a study.

    Raises:
        DataError: a file of one of its trials is damaged, or was changed.
    """
    groups, plan = study_groups(study), study.plan
    table = study.table()
    texts, states = shown(table), Counter(study.state(trial) for trial in plan.trials)
    column = texts[0].index(COLUMNS[MAIN]) if COLUMNS[MAIN] in texts[0] else None
    folds = sorted({trial.fold for trial in plan.trials if trial.fold is not None}, key=natural_order)
    return Section(
        kind="study",
        title=plan.name,
        about=plan.about,
        notices=_notices(groups),
        folders=[study.path],
        facts={
            "Protocol": "; ".join(table.protocols),
            "Rows": f"{len(plan.rows)} recipes" + (f" under {len(plan.overlays)} overlays" if len(plan.overlays) > 1 else ""),
            "Seeds": ", ".join(map(str, dict.fromkeys(trial.seed for trial in plan.trials))),
            "Folds": ", ".join(map(str, folds)),
            "Reference": plan.reference if len(plan.rows) > 1 else "",
            "Published": f"{plan.source}, Table {plan.published.name}" if plan.published else "",
        },
        states={state: states[state] for state in get_args(State) if states[state]},
        failed=[Failed(trial.name, trial.id, failure.message) for trial, failure in study.failed().items()],
        unfinished=_unfinished(study, groups),
        table=texts,
        notes=notes(table)[1 if plan.about else 0 :],
        std=accuracy_plot(table.lines, groups, plan.reference, [row[column] if column else "" for row in texts[1:]]),
        panels=row_panels(groups),
        rows=[_row(group) for group in groups if group.records],
        settings=compare_settings(groups, is_study=True),
        environment=compare_environments(groups),
    )


def runs_section(runs: Sequence[RunDir]) -> Section:
    """What a report says of single runs. Raises DataError if a file of one is damaged, or was changed."""
    groups = run_groups(runs)
    records = [record for group in groups for record in group.records]
    protocols = list(dict.fromkeys(protocol(record.run.recipe.data) for record in records))
    return Section(
        kind="run" if len(runs) == 1 else "runs",
        title=groups[0].name if len(runs) == 1 else f"{len(runs)} runs",
        notices=_notices(groups),
        folders=[run.path for run in runs],
        facts={"Protocol": protocols[0] if len(protocols) == 1 else ""},
        states=Counter(record.state for record in records),
        failed=[
            Failed(record.name, record.state, record.detail) for record in records if record.detail and not record.is_finished
        ],
        unfinished=[(record.name, _how_far(record)) for record in records if not record.is_finished],
        table=_side_by_side(records, protocols),
        notes=_run_notes(records, protocols),
        panels=run_panels(groups),
        rows=[_row(group) for group in groups],
        settings=compare_settings(groups, is_study=False),
        environment=compare_environments(groups),
    )


def _side_by_side(records: Sequence[RunRecord], protocols: Sequence[str]) -> list[list[str]]:
    """Header and rows; a column that would be empty is left out, and one that says the same of all what stands elsewhere."""
    found = compare([record.run.path for record in records]).metrics
    rows = [_texts(record, metrics) for record, metrics in zip(records, found, strict=True)]
    left_out = {"protocol"} if len(protocols) < 2 else set()
    left_out |= {"state"} if all(record.is_finished for record in records) else set()
    heads = [head for head in rows[0] if head not in left_out and any(row[head] for row in rows)]
    return [heads, *([row[head] for head in heads] for row in rows)]


def _texts(record: RunRecord, found: Mapping[str, Any]) -> dict[str, str]:
    """The row of a run; of one that is not finished, what is known so far."""
    clips, best = found.get("test/clips"), found.get("best_epoch")
    speed, seconds = found.get("clips_per_second"), found.get("seconds")
    return {
        "run": record.name,
        "state": record.state,
        **{title: "" if found.get(name) is None else f"{found[name]:.4f}" for name, title in COLUMNS.items()},
        "standard error": f"{standard_error(found[MAIN], clips):.4f}" if clips else "",
        "test clips": f"{clips:,}" if clips else "",
        "best epoch": "" if best is None else f"{best} of {len(record.epochs)}" if record.is_finished else f"{best} so far",
        "parameters": f"{found['parameters']:,}",
        "GFLOPs": f"{found['flops'] / 1e9:.3f}",
        "clips/s": "" if speed is None else f"{speed:,.0f}",
        "time": "" if seconds is None else duration(seconds),
        "protocol": found["protocol"],
    }


def _run_notes(records: Sequence[RunRecord], protocols: Sequence[str]) -> list[str]:
    reported = f"Protocol: {protocols[0]}." if len(protocols) == 1 else "The runs were measured under different protocols."
    lines = [f"{reported} The best epoch is chosen on validation, and tested once. Fractions, not per cent."]
    if any(record.summary.get("test/clips") for record in records):
        lines.append("Standard error: the standard error that the number of test clips alone brings.")
    if len(records) > 1:
        lines.append(
            "Single runs have no spread over seeds: a difference between two of them may be chance. A study measures it."
        )
    return lines


def _notices(groups: Sequence[Group]) -> list[str]:
    records = [record for group in groups for record in group.records]
    return list(dict.fromkeys(notice for record in records if (notice := record.run.recipe.data.notice)))


def _unfinished(study: Study, groups: Sequence[Group]) -> list[tuple[str, str]]:
    begun = {record.run.path: _how_far(record) for group in groups for record in group.records}
    left = [trial for trial in study.plan.trials if study.state(trial) in ("stopped", "waiting")]
    return [(trial.name, begun.get(study.run(trial), "waiting")) for trial in left]


def _how_far(record: RunRecord) -> str:
    last = record.epochs[-1]["epoch"] if record.epochs else 0
    return f"{record.state}, {last} of {record.run.recipe.runner.epochs} epochs"


def _row(group: Group) -> RowDetails:
    finished = [record for record in group.records if record.is_finished]
    tested = [record.tested for record in finished if record.tested is not None]
    classes = sum_classes(tested)
    why_not = ""
    if classes is None:
        why_not = "Its trainings do not have the same classes." if tested else "No figures class by class: there is no test.json."
        why_not = why_not if finished else "No training of it is finished yet."
    first = group.records[0]
    return RowDetails(group.name, len(finished), classes, why_not, to_yaml(first.run.recipe), first.name)
