"""The run directory: what lies where, and how it is written.

    recipe.yaml        the resolved recipe; reads back to the same run      metrics.jsonl   one object per epoch
    source/            the files it was read from                           summary.json    the result
    plugins/           copies of its plugin files                           status.json     running, finished, interrupted, ...
    environment.json   versions, device, command                            checkpoints/    best.safetensors, last.pt
    labels.json        classes in order                                     curves.png      loss and accuracy
    splits.csv         every clip and its split                             confusion.png   truth against prediction
    features.json      statistics that pictures are normalised with

All that describes the run stands there before the first step.
"""

import csv
import json
import os
import platform
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mixerkit.datasets import SPLITS, Clip, Split
from mixerkit.errors import Problem, UsageError
from mixerkit.recipe import Recipe, to_yaml


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run, and the reading and writing of its small files."""

    path: Path

    @property
    def checkpoints(self) -> Path:
        """Where weights lie."""
        return self.path / "checkpoints"

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file whole or not at all. NaN becomes null."""
        write_whole(self.path / name, json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")

    def read_json(self, name: str) -> Any:
        """Read a JSON file. Raises UsageError if it is missing or broken."""
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(
                Problem(str(self.path / name), f"It cannot be read: {error}.", "A run directory holds it.")
            ) from error

    def status(self, state: str, detail: str = "") -> None:
        """Say where the run stands."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        here = {"host": platform.node(), "pid": os.getpid()}
        self.write_json("status.json", {"status": state, "detail": detail, "time": now, **here})

    def refuse_if_running(self) -> None:
        """Raise UsageError if a process of this machine is at work in this folder."""
        said = self.read_json("status.json")
        if said["status"] != "running" or said["host"] != platform.node() or said["pid"] == os.getpid():
            return
        try:
            os.kill(said["pid"], 0)
        except OSError:
            return  # it was killed before it could say so
        raise UsageError(Problem(str(self.path), f"Process {said['pid']} is training in it.", advice="Wait for it, or stop it."))

    def append_metrics(self, row: dict[str, Any]) -> None:
        """One more epoch."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(_plain(row), allow_nan=False) + "\n")

    def read_metrics(self) -> list[dict[str, Any]]:
        """All epochs; a last line that a kill cut in half is left out."""
        path = self.path / "metrics.jsonl"
        rows = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            try:
                rows.append(json.loads(line))
            except ValueError:
                break
        return rows

    def keep_metrics(self, epochs: int) -> None:
        """Forget epochs after the first ``epochs``: a resumed run writes them again."""
        rows = [row for row in self.read_metrics() if row["epoch"] <= epochs]
        write_whole(self.path / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def write_splits(self, clips: Iterable[Clip], home: Path | None) -> None:
        """Every clip with its split; paths are told from ``home``, where they lie in it."""
        with (self.path / "splits.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("split", "label", "fold", "group", "path"))
            for clip in clips:
                path = clip.path.resolve()
                if home is not None and path.is_relative_to(home.resolve()):
                    path = path.relative_to(home.resolve())
                writer.writerow((clip.split, clip.label, clip.fold or "", clip.group or "", path.as_posix()))

    def read_splits(self, home: Path | None) -> list[Clip]:
        """The clips of this run. Raises UsageError if the file is damaged."""
        names: dict[str, Split] = {name: name for name in SPLITS}
        try:
            with (self.path / "splits.csv").open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            return [
                Clip((home or Path()) / row["path"], row["label"], names[row["split"]], row["fold"] or None, row["group"] or None)
                for row in rows
            ]
        except (OSError, KeyError, TypeError, UnicodeDecodeError, csv.Error) as error:
            came = f"It cannot be read: {type(error).__name__}: {error}."
            raise UsageError(Problem(str(self.path / "splits.csv"), came, "A run directory holds it.")) from error


def create(recipe: Recipe, out: Path | None) -> RunFolder:
    """A new run directory with the recipe, its sources and its plugins in it.

    Args:
        out: exactly this folder, which must be new or empty. None: runs/NAME/TIME_seedN below where the command runs.

    Raises:
        UsageError: the folder is in use, or cannot be made.
    """
    folder = RunFolder(_new_folder(recipe, out))
    plugin_names = _copy_plugins(recipe, folder.path)
    (folder.path / "recipe.yaml").write_text(to_yaml(recipe.model_copy(update={"plugins": plugin_names})), encoding="utf-8")
    if recipe.source is not None:
        sources = folder.path / "source"
        sources.mkdir()
        for i, path in enumerate(recipe.source.sources):
            shutil.copyfile(path, sources / f"{i}_{path.name}")
    return folder


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a kill leaves the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def refuse_taken(out: Path | None) -> None:
    """Raise UsageError if ``out`` exists and is not an empty folder. Nothing is ever overwritten."""
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        advice = "Give a new folder to --out, or continue a stopped run with --resume."
        raise UsageError(Problem(str(out), "It exists and is not an empty folder.", advice=advice))


def _new_folder(recipe: Recipe, out: Path | None) -> Path:
    if out is not None:
        refuse_taken(out)
        return _made(out)
    stamp = f"{datetime.now():%Y-%m-%d_%H-%M-%S}_seed{recipe.runner.seed}"
    parent = _made(Path("runs") / recipe.name)
    for name in [stamp, *(f"{stamp}_{i}" for i in range(2, 1000))]:
        try:
            (parent / name).mkdir()
        except FileExistsError:
            continue
        return parent / name
    raise UsageError(Problem(str(parent / stamp), "A thousand runs began in this second."))


def _made(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            Problem(str(path), f"This folder cannot be made: {error.strerror}.", advice="Choose another: --out")
        ) from error
    return path


def _copy_plugins(recipe: Recipe, folder: Path) -> tuple[str, ...]:
    """Copy plugin files; the names under which the run's recipe finds all its plugins again."""
    loaded = dict(zip(recipe.plugins, recipe.loaded_plugins, strict=False))
    names: list[str] = []
    for i, listed in enumerate(recipe.plugins):
        source = Path(loaded[listed].source) if listed in loaded else None
        if source is None or not source.is_file():  # an installed package: found again by its name
            names.append(listed)
            continue
        copy = folder / "plugins" / source.name
        copy = copy.with_name(f"{i}_{source.name}") if copy.exists() else copy
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, copy)
        names.append(copy.relative_to(folder).as_posix())
    return tuple(names)


def _plain(value: Any) -> Any:
    """NaN and infinities as null, tuples as lists: what JSON has."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
