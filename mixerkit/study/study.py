"""A study, opened from its folder alone: its plan, how far it has come, its table."""

from os import PathLike
from pathlib import Path
from typing import Any, Self, get_args

from mixerkit.atomic import write_text
from mixerkit.study.folder import Failure, State, StudyFolder
from mixerkit.study.plan import Plan, Trial
from mixerkit.study.render import as_csv, as_latex, as_markdown
from mixerkit.study.table import Table, make_table


class Study:
    """The folder of a study. Make one with :meth:`open`."""

    def __init__(self, folder: StudyFolder, plan: Plan) -> None:
        self._folder = folder
        self.path = folder.path
        self.plan = plan

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> Self:
        """Open a study's folder.

        Raises:
            UsageError: it is no study.
            DataError: its plan is damaged.
        """
        found = StudyFolder(Path(folder))
        return cls(found, found.plan())

    def state(self, trial: Trial) -> State:
        """finished, failed, stopped or waiting."""
        return self._folder.state(trial)

    def run(self, trial: Trial) -> Path:
        """The trial's run directory, which is there once its training began."""
        return self._folder.run(trial)

    def failed(self) -> dict[Trial, Failure]:
        """The trials that failed, and why."""
        return {trial: self._folder.failure(trial) for trial in self.plan.trials if self.state(trial) == "failed"}

    def results(self) -> dict[Trial, dict[str, Any]]:
        """The summary of every finished trial."""
        return {trial: self._folder.summary(trial) for trial in self.plan.trials if self.state(trial) == "finished"}

    def headline(self) -> str:
        """What the study is and how far it has come."""
        states = [self.state(trial) for trial in self.plan.trials]
        counts = ", ".join(f"{states.count(name)} {name}" for name in get_args(State) if name in states)
        about = f"\n{self.plan.about}" if self.plan.about else ""
        return f"{self.plan.name}: {len(states)} trials, {counts}{about}"

    def table(self) -> Table:
        """The table, of what is finished."""
        return make_table(self.plan, self.results())

    def write_tables(self) -> None:
        """Write table.md, table.csv and table.tex. Raises DataError if the system refuses."""
        table = self.table()
        for name, text in (("table.md", as_markdown(table)), ("table.csv", as_csv(table)), ("table.tex", as_latex(table))):
            write_text(self.path / name, text)
