"""Several runs side by side: their figures, and the settings in which their recipes differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from mixerkit.assembly import describe
from mixerkit.datasets import protocol
from mixerkit.errors import Problem, UsageError
from mixerkit.recipe import difference
from mixerkit.rundir import RunDir, typical_speed


@dataclass(frozen=True)
class Comparison:
    """What :func:`compare` found.

    Attributes:
        runs: folders, as they were given.
        figures: of each run, what is known of status, epochs and the keys of summary.json.
        settings: (key, its value in every run) where they are not all the same; "-" where a recipe has no such key.
    """

    runs: tuple[str, ...]
    metrics: tuple[dict[str, Any], ...]
    settings: tuple[tuple[str, ...], ...]

    @property
    def protocols(self) -> tuple[str, ...]:
        """How they were tested, each way once: figures of several ways cannot be compared."""
        return tuple(dict.fromkeys(metrics["protocol"] for metrics in self.metrics))


def compare(folders: Sequence[str | PathLike[str]]) -> Comparison:
    """Compare runs. Of a run that is not finished, the best validation metrics so far.

    Raises:
        UsageError: there is no run, or a folder is no run directory.
        DataError: a file of a run is damaged.
    """
    if not folders:
        raise UsageError(Problem("compare", "No run is given.", hint="A run directory is what mixerkit train writes."))
    runs = [RunDir.open(folder) for folder in folders]
    settings = difference(*(run.recipe for run in runs))
    return Comparison(tuple(str(run.path) for run in runs), tuple(_metrics(run) for run in runs), tuple(settings))


def _metrics(run: RunDir) -> dict[str, Any]:
    status, rows = run.status().status, run.read_metrics()
    epochs = f"{len(rows)} of {run.recipe.runner.epochs}"
    return {"status": status, "epochs": epochs, **(run.summary() if status == "finished" else _so_far(run, rows))}


def _so_far(run: RunDir, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What summary.json would say of the epochs that are done, the test figures aside."""
    run.refuse_lost_metrics(len(rows))
    table = describe(run.recipe, len(run.labels()))
    found = {"protocol": protocol(run.recipe.data), "parameters": table.parameters, "flops": table.flops}
    if not rows:
        return found
    best = max(rows, key=lambda row: (row["val/accuracy"] or 0.0, row["val/auc"] or 0.0, -row["epoch"]))
    validated = {name: value for name, value in best.items() if name.startswith("val/")}
    times = {"clips_per_second": typical_speed(rows), "seconds": sum(row.get("seconds") or 0.0 for row in rows)}
    return {**found, **validated, "best_epoch": best["epoch"], **times}
