"""The parts of a report: one for every study, and one for all single runs together, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

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
    """A trial that failed, and the letter that says why."""

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
        facts: (what, words) that stand at the top.
        notices: what must be known before any figure is read.
        states: (how far, how many); ``failed`` and ``unfinished`` (name, how far) tell them one by one.
        table: header and rows, as text.
    """

    kind: str
    title: str
    about: str
    folders: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]
    states: tuple[tuple[str, int], ...]
    failed: tuple[Failed, ...]
    unfinished: tuple[tuple[str, str], ...]
    table: list[list[str]]
    notes: tuple[str, ...]
    std: DotPlot | None
    panels: Sequence[Panels]
    rows: tuple[RowDetails, ...]
    settings: Settings
    environment: tuple[Fact, ...]


def study_section(study: Study) -> Section:
    """What a report says of a study.

    Raises:
        DataError: a file of one of its trials is damaged, or was changed.
    """
    groups, plan = study_groups(study), study.plan
    table = study.table()
    reported, states = shown(table), [study.state(trial) for trial in plan.trials]
    column = reported[0].index(COLUMNS[MAIN]) if COLUMNS[MAIN] in reported[0] else None
    folds = sorted({trial.fold for trial in plan.trials if trial.fold is not None}, key=natural_order)
    facts = {
        "Protocol": "; ".join(table.protocols),
        "Rows": f"{len(plan.rows)} recipes" + (f" under {len(plan.overlays)} overlays" if len(plan.overlays) > 1 else ""),
        "Seeds": ", ".join(map(str, dict.fromkeys(trial.seed for trial in plan.trials))),
        "Folds": ", ".join(map(str, folds)),
        "Reference": plan.reference if len(plan.rows) > 1 else "",
        "Published": f"{plan.source}, Table {plan.published.name}" if plan.published else "",
    }
    return Section(
        kind="study",
        title=plan.name,
        about=plan.about,
        folders=(str(study.path),),
        facts=tuple((what, words) for what, words in facts.items() if words),
        notices=_notices(groups),
        states=tuple((state, states.count(state)) for state in get_args(State) if state in states),
        failed=tuple(Failed(trial.name, trial.id, failure.message) for trial, failure in study.failed().items()),
        unfinished=_unfinished(study, groups),
        table=reported,
        notes=tuple(notes(table)[1 if plan.about else 0 :]),
        std=accuracy_plot(table.lines, groups, plan.reference, [row[column] if column else "" for row in reported[1:]]),
        panels=row_panels(groups),
        rows=tuple(_row(group) for group in groups if group.records),
        settings=compare_settings(groups, is_study=True),
        environment=compare_environments(groups),
    )


def runs_section(runs: Sequence[RunDir]) -> Section:
    """What a report says of single runs. Raises DataError if a file of one is damaged, or was changed."""
    groups = run_groups(runs)
    records = [record for group in groups for record in group.records]
    states = [record.state for record in records]
    protocols = list(dict.fromkeys(protocol(record.run.recipe.data) for record in records))
    return Section(
        kind="run" if len(runs) == 1 else "runs",
        title=groups[0].name if len(runs) == 1 else f"{len(runs)} runs",
        about="",
        folders=tuple(str(run.path) for run in runs),
        facts=(("Protocol", protocols[0]),) if len(protocols) == 1 else (),
        notices=_notices(groups),
        states=tuple((state, states.count(state)) for state in dict.fromkeys(states)),
        failed=tuple(
            Failed(record.name, record.state, record.detail) for record in records if record.detail and not record.is_finished
        ),
        unfinished=tuple((record.name, _how_far(record)) for record in records if not record.is_finished),
        table=_side_by_side(records, protocols),
        notes=_run_notes(records, protocols),
        std=None,
        panels=run_panels(groups),
        rows=tuple(_row(group) for group in groups),
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


def _run_notes(records: Sequence[RunRecord], protocols: Sequence[str]) -> tuple[str, ...]:
    lines = []
    reported = f"Protocol: {protocols[0]}." if len(protocols) == 1 else "The runs were measured under different protocols."
    lines.append(f"{reported} The best epoch is chosen on validation, and tested once. Fractions, not per cent.")
    if any(record.summary.get("test/clips") for record in records):
        lines.append("Standard error: the standard error that the number of test clips alone brings.")
    if len(records) > 1:
        lines.append(
            "Single runs have no spread over seeds: a difference between two of them may be chance. A study measures it."
        )
    return tuple(lines)


def _notices(groups: Sequence[Group]) -> tuple[str, ...]:
    records = [record for group in groups for record in group.records]
    return tuple(dict.fromkeys(notice for record in records if (notice := record.run.recipe.data.notice)))


def _unfinished(study: Study, groups: Sequence[Group]) -> tuple[tuple[str, str], ...]:
    begun = {record.run.path: _how_far(record) for group in groups for record in group.records}
    left = [trial for trial in study.plan.trials if study.state(trial) in ("stopped", "waiting")]
    return tuple((trial.name, begun.get(study.run(trial), "waiting")) for trial in left)


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
