"""What a person sees while a run goes on: a live bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from mixerkit.errors import printable

EVERY_SECONDS = 10.0


class _Console(Console):
    """Whoever reads us may stop reading; the training goes on, unheard."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


class Reporter:
    """Prints for one process; silent on all ranks but the first."""

    def __init__(self, loud: bool = True) -> None:
        self.console = _Console(file=sys.stdout, quiet=not loud, highlight=False, emoji=False, soft_wrap=True)

    def line(self, text: str) -> None:
        """One line, above the bar if there is one."""
        self.console.print(printable(text), markup=False)

    @contextmanager
    def task(self, name: str, total: int, unit: str = "") -> Iterator["Task"]:
        """Something with ``total`` parts."""
        if not self.console.is_terminal:
            yield Task(self, name, total, unit)
            return
        columns = TextColumn("{task.description}"), BarColumn(bar_width=12), TextColumn("{task.fields[note]}")
        with Progress(*columns, console=self.console, transient=True) as bar:
            yield Task(self, name, total, unit, bar)


class Task:
    """Counts parts done; says so now and then."""

    def __init__(self, reporter: Reporter, name: str, total: int, unit: str, bar: Progress | None = None) -> None:
        self.reporter, self.name, self.total, self.unit, self.bar = reporter, name, total, unit, bar
        self.done, self.first, self.began = 0, 0, time.monotonic()
        self.reported = self.began
        self.id = bar.add_task(name, total=total, note="") if bar else None

    def start_at(self, done: int) -> None:
        """Parts done by an earlier process: counted, but not in the rate."""
        self.done = self.first = done

    def advance(self, parts: int, note: str = "") -> None:
        """``parts`` more are done."""
        self.done += parts
        if self.bar is not None and self.id is not None:
            self.bar.update(self.id, completed=self.done, note=self._text(note))
        elif time.monotonic() - self.reported >= EVERY_SECONDS:
            self.reported = time.monotonic()
            self.reporter.line(f"{self.name}: {self._text(note)}")

    def reach(self, done: int, total: int) -> None:
        """``done`` of ``total`` parts are done: for work that counts by itself."""
        self.total = total
        if self.bar is not None and self.id is not None:
            self.bar.update(self.id, total=total)
        self.advance(done - self.done)

    def _text(self, note: str) -> str:
        left = (self.total - self.done) / max(self.rate(), 1e-9)
        return f"{self.done:,}/{self.total:,}  {self.rate():,.0f} {self.unit}/s  {duration(left)} left  {note}".rstrip()

    def rate(self) -> float:
        """Parts per second."""
        return (self.done - self.first) / max(time.monotonic() - self.began, 1e-9)


def duration(seconds: float) -> str:
    """1 h 02 min, 3 min 20 s, 12 s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
