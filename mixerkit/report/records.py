"""What a report is made of, read from run directories: groups of trainings, each with its figures, epochs and environment.

A group is what stands together in one row: the trials of a study that share recipe and overlay, or one run by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixerkit.errors import DataError, Problem
from mixerkit.rundir import RunDir
from mixerkit.study import MAIN, METRICS, Study, Trial
from mixerkit.training import SplitResult

NEEDED: dict[str, type | tuple[type, ...]] = {
    "protocol": str,
    "best_epoch": int,
    "parameters": int,
    "flops": int,
    "seconds": (int, float),
    MAIN: (int, float),
}
"""What every summary has; the other figures may be missing, or null where one is not defined."""


@dataclass(frozen=True)
class RunRecord:
    """One training, as far as it got.

    Attributes:
        name: which of its group, such as "seed 0, fold 1".
        state, detail: as status.json says them.
        seed, fold: what it was trained with; None where a run is not divided into folds.
        summary: its result; empty until it is finished.
        epochs: the rows of metrics.jsonl.
        tested: the test split class by class; None until it is finished, or if its mixerkit did not write that yet.
        environment: what it ran on, by key.
    """

    name: str
    run: RunDir
    state: str
    detail: str
    seed: int
    fold: int | str | None
    summary: dict[str, Any]
    epochs: list[dict[str, Any]]
    tested: SplitResult | None
    environment: dict[str, str]

    @property
    def is_finished(self) -> bool:
        """Whether it has a result."""
        return bool(self.summary)


@dataclass(frozen=True)
class Group:
    """Trainings that share a row: all of the same recipe but for seed and fold."""

    name: str
    records: tuple[RunRecord, ...]
    row: str = ""
    overlay: str = ""


def study_groups(study: Study) -> tuple[Group, ...]:
    """The rows of a study in the order of its table, each with the trials whose training began. Raises as :func:`read_record`."""
    began = [trial for trial in study.plan.trials if study.run(trial).is_dir()]
    groups = []
    for overlay in study.plan.overlays:
        for row in study.plan.rows:
            trials = [trial for trial in began if (trial.row, trial.overlay) == (row, overlay)]
            records = tuple(read_record(_of_row(trial), study.run(trial), trial.seed, trial.fold) for trial in trials)
            groups.append(Group(f"{row}, {overlay}" if overlay else row, records, row, overlay))
    return tuple(groups)


def run_groups(runs: Sequence[RunDir]) -> tuple[Group, ...]:
    """Every run as a group of its own. Raises as :func:`read_record`."""
    names = run_names(runs)
    records = [read_record(name, run.path, run.recipe.runner.seed, None) for name, run in zip(names, runs, strict=True)]
    return tuple(Group(record.name, (record,)) for record in records)


def run_names(runs: Sequence[RunDir]) -> list[str]:
    """Recipe and folder of each run; as many folders above it as it takes to tell them apart."""
    paths = [run.path.resolve() for run in runs]
    depth, most = 1, max(len(path.parts) for path in paths)
    while depth < most and len({path.parts[-depth:] for path in paths}) < len(set(paths)):
        depth += 1
    folders = [Path(*path.parts[-depth:]).as_posix() for path in paths]
    return [
        folder if folder == run.recipe.name else f"{run.recipe.name}, {folder}" for run, folder in zip(runs, folders, strict=True)
    ]


def read_record(name: str, path: Path, seed: int, fold: int | str | None) -> RunRecord:
    """Everything a report says of one run directory.

    Raises:
        UsageError: it is no run directory.
        DataError: one of its files is damaged, or was changed since the run began.
    """
    run = RunDir.open(path)
    status = run.status()
    finished = status.status == "finished"
    return RunRecord(
        name=name,
        run=run,
        state=status.status,
        detail=status.detail,
        seed=seed,
        fold=fold,
        summary=_checked(path, run.summary()) if finished else {},
        epochs=run.read_metrics(),
        tested=run.tested() if finished and (path / "test.json").exists() else None,
        environment=_environment(run.environment(), status.host),
    )


def _of_row(trial: Trial) -> str:
    return f"seed {trial.seed}" if trial.fold is None else f"seed {trial.seed}, fold {trial.fold}"


def _checked(path: Path, summary: dict[str, Any]) -> dict[str, Any]:
    wrong = [name for name, kind in NEEDED.items() if not isinstance(summary.get(name), kind)]
    wrong += [name for name in (*METRICS, "test/clips") if not isinstance(summary.get(name), int | float | None)]
    if wrong:
        got = f"It is damaged: {', '.join(dict.fromkeys(wrong))}."
        raise DataError(Problem(str(path / "summary.json"), got, hint="Put the file back as the run wrote it."))
    return summary


def _environment(written: Mapping[str, Any], host: str) -> dict[str, str]:
    """What a person compares: the device first, then the machine, then versions. The command and its folder say nothing."""
    packages = written.get("packages")
    lines = {
        "device": written.get("device"),
        "machine": host,
        "system": written.get("platform"),
        "commit": written.get("commit"),
        "python": written.get("python"),
        **(packages if isinstance(packages, Mapping) else {}),
        "cuda": written.get("cuda"),
        "plugins": written.get("plugins"),
    }
    return {str(key): _text(value) for key, value in lines.items()}


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(_text(item) for item in value.values() if item is not None)
    if isinstance(value, list):
        return "; ".join(_text(item) for item in value) or "none"
    return "none" if value in (None, "") else str(value)
