"""The run directory: what lies where, and how it is written and read.

    recipe.yaml        the resolved recipe; reads back to the same run      metrics.jsonl   one object per epoch
    source/            the files it was read from                           summary.json    the result
    plugins/           copies of its plugin files                           status.json     running, finished, interrupted, ...
    environment.json   versions, device, command                            checkpoints/    best.safetensors, last.pt
    labels.json        classes in order                                     curves.png      loss and accuracy
    splits.csv         every clip and its split                             confusion.png   truth against prediction
    features.json      statistics that spectrograms are normalised with         .lock           held by the process that trains
    manifest.json      hashes of recipe, plugins, labels, splits, features  tensorboard/    events, if asked for
    test.json          figures of the test split, class by class

All that describes the run stands there before the first step, and is not changed unseen afterwards.
"""

import csv
import io
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from os import PathLike
from pathlib import Path
from statistics import median
from typing import Any, Self

from mixerkit.atomic import write_errors, write_text
from mixerkit.datasets import SPLITS, Clip, Split
from mixerkit.errors import DataError, Problem, UsageError, printable
from mixerkit.features import Statistics
from mixerkit.recipe import Recipe
from mixerkit.rundir.locate import data_home, located, reopened
from mixerkit.rundir.manifest import check_recipe, checked, identity
from mixerkit.rundir.schemas import (
    BEGAN,
    LABELS,
    RESULT,
    ROW,
    STATISTICS,
    STATUS,
    SUMMARY,
    Began,
    Status,
    parsed,
    read,
    read_json,
)
from mixerkit.training import SplitResult

CURVE_METRICS = ("train/loss", "val/loss", "val/accuracy", "val/auc")
"""What every row of metrics.jsonl has: the curves are drawn from them."""


class RunDir:
    """Paths of one run, its recipe, and the reading and writing of its small files.

    Reading raises DataError where a file is missing, damaged or, if it describes the run, changed; writing raises it where
    the system refuses.

    Args:
        path: the run directory. :meth:`open` looks at it first.
        recipe: the run's own, but for where its data lies now and the device it may use. None: as the run says.
    """

    def __init__(self, path: Path, recipe: Recipe | None = None) -> None:
        self.path = path
        self._recipe = recipe

    @classmethod
    def open(cls, folder: str | PathLike[str], set: Sequence[str] = ()) -> Self:  # noqa: A002  # the word of the command line
        """A run directory with its recipe, which is read with the copies of the plugins that it was trained with.

        Args:
            set: where its data lies now, such as ["data.root=FOLDER"]; other settings stay as they were.

        Raises:
            UsageError: it is no run directory, or ``set`` changes another setting.
            DataError: its recipe or a plugin was changed since the run began; none of that code is run.
            RecipeError: an installed plugin that it needs is missing.
        """
        if not isinstance(folder, str | PathLike):
            raise UsageError(Problem("Run.open", f"Got: {folder!r} ({type(folder).__name__}).", "The path of a run directory."))
        path = Path(folder)
        _refuse_no_run(path)
        check_recipe(path)
        return cls(path, reopened(path / "recipe.yaml", set))

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe. Raises as :meth:`open` does."""
        if self._recipe is None:
            check_recipe(self.path)
            self._recipe = Recipe.load(self.path / "recipe.yaml")
        return self._recipe

    @property
    def checkpoints(self) -> Path:
        """Where weights lie."""
        return self.path / "checkpoints"

    def identity(self) -> str:
        """What tells this run from others; weights and states carry it."""
        return identity(self.path)

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file atomically. NaN becomes null."""
        write_json(self.path / name, value)

    def labels(self) -> list[str]:
        """The classes in the order of the model's logits."""
        return parsed(self.path / "labels.json", checked(self.path, "labels.json"), LABELS)

    def statistics(self) -> Statistics:
        """What spectrograms are normalised with."""
        return parsed(self.path / "features.json", checked(self.path, "features.json"), STATISTICS)

    def began(self) -> Began:
        """On what, and where, the run began."""
        return read_json(self.path / "environment.json", BEGAN)

    def environment(self) -> dict[str, Any]:
        """All that was written down when the run began: versions, device, command."""
        return read_json(self.path / "environment.json", SUMMARY)

    def summary(self) -> dict[str, Any]:
        """The result. Raises UsageError while the run is unfinished."""
        self._refuse_unfinished("summary.json", "summary")
        return read_json(self.path / "summary.json", SUMMARY)

    def tested(self) -> SplitResult:
        """Metrics of the test split, class by class. Raises UsageError while the run is unfinished."""
        self._refuse_unfinished("test.json", "test metrics")
        path = self.path / "test.json"
        if not path.exists():
            got = "It is missing: lost, or the run was finished by a mixerkit that did not write it yet."
            raise DataError(Problem(str(path), got, hint=f"Write it with: mixerkit evaluate {self.path} --json {path}"))
        return read_json(path, RESULT)

    def status(self) -> Status:
        """Where the run stands."""
        return read_json(self.path / "status.json", STATUS)

    def say(self, state: str, detail: str = "") -> None:
        """Write where the run stands."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        self.write_json("status.json", asdict(Status(state, detail, now, platform.node(), os.getpid())))

    def append_metrics(self, row: dict[str, Any]) -> None:
        """One more epoch."""
        path = self.path / "metrics.jsonl"
        with write_errors(path), path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(_plain(row), allow_nan=False) + "\n")

    def read_metrics(self) -> list[dict[str, Any]]:
        """All epochs; a last line that a kill cut in half, and so has no end, is left out."""
        path = self.path / "metrics.jsonl"
        lines = read(path).split(b"\n") if path.exists() else [b""]
        return [parsed(f"{path}:{i}", line, ROW) for i, line in enumerate(lines[:-1], start=1)]

    def keep_metrics(self, epochs: int) -> None:
        """Forget epochs after the first ``epochs``: a resumed run writes them again."""
        rows = [row for row in self.read_metrics() if row["epoch"] <= epochs]
        write_text(self.path / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def refuse_lost_metrics(self, epochs: int) -> None:
        """Raise DataError if rows of the first ``epochs`` lack what the curves are drawn from: now, not after training."""
        for row in self.read_metrics():
            lost = [name for name in CURVE_METRICS if not isinstance(row.get(name, ""), int | float | None)]
            if lost and row["epoch"] <= epochs:
                got = f"Its row of epoch {row['epoch']} lacks {', '.join(lost)}."
                raise DataError(Problem(str(self.path / "metrics.jsonl"), got, hint="Put the file back as the run wrote it."))

    def write_splits(self, clips: Iterable[Clip], home: Path | None) -> None:
        """Every clip with its split; paths are relative to ``home`` where they lie in it."""
        path = self.path / "splits.csv"
        with (
            write_errors(path),
            path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
        ):  # paths are the system's
            writer = csv.writer(file)
            writer.writerow(("split", "label", "fold", "group", "path", "extra_labels", "start", "end"))
            home, folders = home and home.resolve(), dict[Path, Path]()
            for clip in clips:
                parent = clip.path.parent
                if parent not in folders:  # to resolve every path would ask the system for each of its parts
                    where = parent.resolve()
                    folders[parent] = where.relative_to(home) if home is not None and where.is_relative_to(home) else where
                location = folders[parent] / clip.path.name
                extra_labels = json.dumps(clip.extra_labels, ensure_ascii=False) if clip.extra_labels else ""
                writer.writerow(
                    (
                        clip.split,
                        clip.label,
                        clip.fold or "",
                        clip.group or "",
                        location.as_posix(),
                        extra_labels,
                        clip.start,
                        clip.end,
                    )
                )

    def located_recipe(self) -> Recipe:
        """The recipe, its data looked for where the run was started if it is not found from here."""
        return located(self.recipe, self._started_in())

    def clips(self) -> list[Clip]:
        """The recordings of this run, each with its split.

        Raises:
            DataError: the data has moved, or splits.csv was changed.
        """
        return self.read_splits(data_home(self.located_recipe(), self._started_in()))

    def _refuse_unfinished(self, name: str, noun: str) -> None:
        state = self.status().status
        if state != "finished" and not (self.path / name).exists():
            raise UsageError(Problem(str(self.path), f"This run is {state}, not finished: it has no {noun} yet."))

    def _started_in(self) -> str:
        try:
            return self.began().directory
        except DataError:  # that the data is not there matters more than a damaged note of where the run was started
            return ""

    def read_splits(self, home: Path | None) -> list[Clip]:
        """The clips of this run."""
        names: dict[str, Split] = {name: name for name in SPLITS}
        raw = checked(self.path, "splits.csv")
        try:
            return [
                Clip(
                    path=(home or Path()) / row["path"],
                    label=row["label"],
                    split=names[row["split"]],
                    fold=row["fold"] or None,
                    group=row["group"] or None,
                    extra_labels=tuple(json.loads(row["extra_labels"] or "[]")),
                    start=float(row["start"]) if row.get("start") else None,
                    end=float(row["end"]) if row.get("end") else None,
                )
                for row in csv.DictReader(io.StringIO(raw.decode("utf-8", "surrogateescape"), newline=""))
            ]
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            got = f"It cannot be read: {type(error).__name__}: {error}."
            raise DataError(Problem(str(self.path / "splits.csv"), got, "A run directory holds it.")) from error


def _refuse_no_run(path: Path) -> None:
    if (path / "manifest.json").is_file():
        return
    if (path / "recipe.yaml").is_file():
        got = "It is missing: the run cannot be opened without it."
        raise DataError(Problem(str(path / "manifest.json"), got, "A run directory holds it."))
    got = "It is no run directory." if path.is_dir() else "It is a file." if path.exists() else "There is no such folder."
    known = sorted(found.parent.as_posix() for found in Path("runs").glob("*/[!.]*/manifest.json"))[-4:]
    hint = f"Runs here: {', '.join(known)}." if known else "A run directory is what mixerkit train writes."
    raise UsageError(Problem(str(path), got, hint=hint))


def typical_speed(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Clips per second in training, the median over the epochs of metrics.jsonl; None where none says it."""
    speeds = [speed for row in rows if isinstance(speed := row.get("clips_per_second"), int | float) and speed > 0]
    return median(speeds) if speeds else None


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically. NaN becomes null. Raises DataError where the system refuses."""
    write_text(path, json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    """NaN and infinities as null, tuples as lists, bytes that are not UTF-8 escaped: what JSON has."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return value
