"""The folder of a study: its plan, a run directory for every cell, what failed, the tables.

plan.json       all cells, written before the first is trained      cells/ID/        run directories
study.yaml      the file it was read from                           cells/ID.lock    held by the process that trains it
table.md  table.csv  table.tex                                      failed/ID.json   why a cell failed; gone while it is retried
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from typing import Annotated, Any, Literal

from filelock import FileLock, Timeout
from pydantic import AfterValidator, TypeAdapter

from mixerkit.errors import DataError, MixerkitError, Problem, UsageError
from mixerkit.runner.folder import RunFolder
from mixerkit.runner.shapes import read_json
from mixerkit.runner.whole import DRAFT, told, write_text
from mixerkit.study.plan import Cell, Plan
from mixerkit.study.published import PublishedTable

PLAN = TypeAdapter(Plan)
State = Literal["finished", "failed", "stopped", "waiting"]


@dataclass(frozen=True)
class Failure:
    """failed/ID.json: the letter that ended a cell."""

    letter: str
    exit_code: int


def _whole(result: dict[str, Any]) -> dict[str, Any]:
    lost = [name for name in ("protocol", "parameters", "flops", "seconds") if result.get(name) is None]
    if lost:
        raise ValueError(f"no {lost[0]}")
    return result


FAILURE = TypeAdapter(Failure)
RESULT: TypeAdapter[dict[str, Any]] = TypeAdapter(Annotated[dict[str, Any], AfterValidator(_whole)])


@dataclass(frozen=True)
class StudyFolder:
    """Paths of one study, and the reading and writing of its small files."""

    path: Path

    def begin(self, plan: Plan, source: Path) -> None:
        """Write the plan. Cells of an earlier plan that this one has too are taken as they are.

        Raises:
            UsageError: the folder holds something else, or another study.
            DataError: the system refuses to write.
        """
        with told(self.path):
            if self._is_taken():
                came = "It exists, and holds no study."
                raise UsageError(Problem(str(self.path), came, advice="Give another folder: --out"))
            if (self.path / "plan.json").exists() and (before := self.plan().name) != plan.name:
                came = f"It holds the study {before!r}, not {plan.name!r}."
                raise UsageError(Problem(str(self.path), came, advice="Give another folder: --out"))
            self.path.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
        write_text(self.path / "plan.json", json.dumps(_plain(plan), indent=2, ensure_ascii=False) + "\n")
        with told(self.path):  # after the plan, by which a folder that a kill left half made is known again
            for name in ("cells", "failed"):
                (self.path / name).mkdir(exist_ok=True)
        write_text(self.path / "study.yaml", text)

    def plan(self) -> Plan:
        """What is to be trained.

        Raises:
            UsageError: it is no study.
            DataError: plan.json is damaged.
        """
        if not (self.path / "plan.json").is_file():
            advice = "The folder of a study is what mixerkit study writes."
            raise UsageError(Problem(str(self.path), "It is no study.", advice=advice))
        return read_json(self.path / "plan.json", PLAN)

    def run(self, cell: Cell) -> Path:
        """The cell's run directory."""
        return self.path / "cells" / cell.id

    def state(self, cell: Cell) -> State:
        """How far the cell has come."""
        with suppress(DataError):  # not there yet, or damaged: then its next try says so
            if RunFolder(self.run(cell)).status().status == "finished":
                return "finished"
        if self._failure(cell).exists():
            return "failed"
        return "stopped" if self.run(cell).is_dir() else "waiting"

    def summary(self, cell: Cell) -> dict[str, Any]:
        """The result of a finished cell. Raises DataError if it is lost, or lacks what the table says of every cell."""
        return read_json(self.run(cell) / "summary.json", RESULT)

    def failure(self, cell: Cell) -> Failure:
        """Why a failed cell failed."""
        return read_json(self._failure(cell), FAILURE)

    def keep_failure(self, cell: Cell, error: MixerkitError) -> None:
        """Write down why a cell failed."""
        text = json.dumps(asdict(Failure(str(error), error.exit_code)), indent=2, ensure_ascii=False)
        write_text(self._failure(cell), text + "\n")

    def forget_failure(self, cell: Cell) -> None:
        """The cell is tried again."""
        self._failure(cell).unlink(missing_ok=True)

    @contextmanager
    def held(self, cell: Cell) -> Iterator[bool]:
        """Hold the cell against other processes of the same study; False if another one has it.

        Raises:
            DataError: the file system has no locks.
        """
        lock = FileLock(self.path / "cells" / f"{cell.id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        except (OSError, NotImplementedError) as error:
            raise DataError(Problem(str(self.path), f"Its cells cannot be locked: {error}.")) from error
        try:
            for draft in (self.path / "cells").glob(f".{cell.id}.*"):  # of a run directory that a kill left half made
                rmtree(draft, ignore_errors=True)
            yield True
        finally:
            lock.release()

    def _is_taken(self) -> bool:
        """Whether something else is there than a study, or what a kill left of the first file of one."""
        if not self.path.exists() or (self.path / "plan.json").exists():
            return False
        return not self.path.is_dir() or any(not DRAFT.fullmatch(path.name) for path in self.path.iterdir())

    def _failure(self, cell: Cell) -> Path:
        return self.path / "failed" / f"{cell.id}.json"


def _plain(plan: Plan) -> dict[str, Any]:
    table: PublishedTable | None = plan.published
    bare = {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
    return bare | {"cells": [asdict(cell) for cell in plan.cells], "published": None if table is None else table.model_dump()}
