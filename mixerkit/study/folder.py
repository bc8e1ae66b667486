"""The folder of a study: its plan, a run directory for every trial, what failed, the tables.

plan.json       all trials, written before the first is trained      trials/ID/        run directories
study.yaml      the file it was read from                           trials/ID.lock    held by the process that trains it
table.md  table.csv  table.tex                                      failed/ID.json   why a trial failed; gone while it is retried
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from filelock import FileLock, Timeout
from pydantic import AfterValidator, TypeAdapter

from mixerkit.atomic import DRAFT, clear_drafts, write_errors, write_text
from mixerkit.errors import DataError, MixerkitError, Problem, UsageError
from mixerkit.rundir import RunDir, read_json
from mixerkit.study.plan import Plan, Trial
from mixerkit.study.published import PublishedTable

PLAN = TypeAdapter(Plan)
State = Literal["finished", "failed", "stopped", "waiting"]


@dataclass(frozen=True)
class Failure:
    """failed/ID.json: the message that ended a trial."""

    message: str
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
        """Write the plan. Trials of an earlier plan that this one has too are taken as they are.

        Raises:
            UsageError: the folder holds something else, or another study.
            DataError: the system refuses to write.
        """
        with write_errors(self.path):
            if self._is_taken():
                got = "It exists, and holds no study."
                raise UsageError(Problem(str(self.path), got, hint="Give another folder: --out"))
            if (self.path / "plan.json").exists() and (before := self.plan().name) != plan.name:
                got = f"It holds the study {before!r}, not {plan.name!r}."
                raise UsageError(Problem(str(self.path), got, hint="Give another folder: --out"))
            self.path.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
        write_text(self.path / "plan.json", json.dumps(_plain(plan), indent=2, ensure_ascii=False) + "\n")
        with write_errors(self.path):  # after the plan, by which a folder that a kill left half made is known again
            for name in ("trials", "failed"):
                (self.path / name).mkdir(exist_ok=True)
        write_text(self.path / "study.yaml", text)

    def plan(self) -> Plan:
        """What is to be trained.

        Raises:
            UsageError: it is no study.
            DataError: plan.json is damaged.
        """
        if not (self.path / "plan.json").is_file():
            hint = "The folder of a study is what mixerkit study writes."
            raise UsageError(Problem(str(self.path), "It is no study.", hint=hint))
        return read_json(self.path / "plan.json", PLAN)

    def run(self, trial: Trial) -> Path:
        """The trial's run directory."""
        return self.path / "trials" / trial.id

    def state(self, trial: Trial) -> State:
        """How far the trial has come."""
        with suppress(DataError):  # not there yet, or damaged: then its next try says so
            if RunDir(self.run(trial)).status().status == "finished":
                return "finished"
        if self._failure(trial).exists():
            return "failed"
        return "stopped" if self.run(trial).is_dir() else "waiting"

    def summary(self, trial: Trial) -> dict[str, Any]:
        """The result of a finished trial. Raises DataError if it is lost, or lacks what the table says of every trial."""
        return read_json(self.run(trial) / "summary.json", RESULT)

    def failure(self, trial: Trial) -> Failure:
        """Why a failed trial failed."""
        return read_json(self._failure(trial), FAILURE)

    def keep_failure(self, trial: Trial, error: MixerkitError) -> None:
        """Write down why a trial failed."""
        text = json.dumps(asdict(Failure(str(error), error.exit_code)), indent=2, ensure_ascii=False)
        write_text(self._failure(trial), text + "\n")

    def forget_failure(self, trial: Trial) -> None:
        """The trial is tried again."""
        self._failure(trial).unlink(missing_ok=True)

    @contextmanager
    def held(self, trial: Trial) -> Iterator[bool]:
        """Hold the trial against other processes of the same study; False if another one has it.

        Raises:
            DataError: the file system has no locks.
        """
        lock = FileLock(self.path / "trials" / f"{trial.id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        except (OSError, NotImplementedError) as error:
            raise DataError(Problem(str(self.path), f"Its trials cannot be locked: {error}.")) from error
        try:
            clear_drafts(self.path / "trials", trial.id)  # of a run directory that a kill left half made
            yield True
        finally:
            lock.release()

    def _is_taken(self) -> bool:
        """Whether something else is there than a study, or what a kill left of the first file of one."""
        if not self.path.exists() or (self.path / "plan.json").exists():
            return False
        return not self.path.is_dir() or any(not DRAFT.fullmatch(path.name) for path in self.path.iterdir())

    def _failure(self, trial: Trial) -> Path:
        return self.path / "failed" / f"{trial.id}.json"


def _plain(plan: Plan) -> dict[str, Any]:
    table: PublishedTable | None = plan.published
    bare = {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
    return bare | {"trials": [asdict(trial) for trial in plan.trials], "published": None if table is None else table.model_dump()}
