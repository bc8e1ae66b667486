"""A study, opened from its folder alone: its plan, how far it has come, its table."""

from os import PathLike
from pathlib import Path
from typing import Any, Self, get_args

from mixerkit.runner.whole import write_text
from mixerkit.study.folder import Failure, State, StudyFolder
from mixerkit.study.plan import Cell, Plan
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

    def state(self, cell: Cell) -> State:
        """finished, failed, stopped or waiting."""
        return self._folder.state(cell)

    def run(self, cell: Cell) -> Path:
        """The cell's run directory, which is there once its training began."""
        return self._folder.run(cell)

    def failed(self) -> dict[Cell, Failure]:
        """The cells that failed, and why."""
        return {cell: self._folder.failure(cell) for cell in self.plan.cells if self.state(cell) == "failed"}

    def results(self) -> dict[Cell, dict[str, Any]]:
        """The summary of every finished cell."""
        return {cell: self._folder.summary(cell) for cell in self.plan.cells if self.state(cell) == "finished"}

    def headline(self) -> str:
        """What the study is and how far it has come."""
        states = [self.state(cell) for cell in self.plan.cells]
        counts = ", ".join(f"{states.count(name)} {name}" for name in get_args(State) if name in states)
        about = f"\n{self.plan.about}" if self.plan.about else ""
        return f"{self.plan.name}: {len(states)} cells, {counts}{about}"

    def table(self) -> Table:
        """The table, of what is finished."""
        return make_table(self.plan, self.results())

    def write_tables(self) -> None:
        """Write table.md, table.csv and table.tex. Raises DataError if the system refuses."""
        table = self.table()
        for name, text in (("table.md", as_markdown(table)), ("table.csv", as_csv(table)), ("table.tex", as_latex(table))):
            write_text(self.path / name, text)
