"""What a run writes for TensorBoard, where it is asked for: event files in RUN/tensorboard/.

It changes nothing in training, and a writer that fails ends no run: it is reported once, and no more is written.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mixerkit.errors import Interrupted, Problem, UsageError
from mixerkit.progress import Reporter

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

NAME = "tensorboard"


def require_tensorboard() -> None:
    """Raise UsageError if the package that writes event files is missing."""
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError as error:
        hint = "Install it: pip install 'mixerkit[tensorboard]', or train without --tensorboard."
        raise UsageError(Problem(NAME, f"Event files need the package tensorboard: {error}.", hint=hint)) from error


class TensorBoardLogger:
    """Event files of one run; their steps are epochs. Closed at the end of a ``with``.

    Args:
        folder: the run's; None: nothing is written.
        epoch: which the run goes on after. What an earlier process wrote of later ones is hidden: they come again.
    """

    def __init__(self, folder: Path | None, epoch: int, reporter: Reporter) -> None:
        self._writer: SummaryWriter | None = None
        self._reporter = reporter
        if folder is not None:
            from torch.utils import tensorboard  # here: only who asks for it waits for it

            with self._isolated():
                self._writer = tensorboard.SummaryWriter(str(folder / NAME), purge_step=epoch + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._isolated():
            if self._writer is not None:
                self._writer.close()

    def write_epoch(self, row: Mapping[str, Any]) -> None:
        """The numbers of a row of metrics.jsonl, at its epoch."""
        self._write({name: value for name, value in row.items() if name != "epoch"}, row["epoch"])

    def write_recipe(self, text: str) -> None:
        """The resolved recipe, as text."""
        self._write({"recipe": "\n".join(f"    {line}" for line in text.splitlines())}, 0)  # indented: code, in markdown

    def write_result(self, summary: Mapping[str, Any]) -> None:
        """The summary as text; its test figures as numbers too, at the best epoch."""
        rows = "\n".join(f"| {name} | {value} |" for name, value in summary.items())
        tested = {name: value for name, value in summary.items() if name.startswith("test/")}
        self._write({**tested, "result": f"| figure | value |\n|---|---|\n{rows}"}, summary["best_epoch"])

    def _write(self, values: Mapping[str, Any], step: int) -> None:
        """Numbers as scalars, all else as text."""
        with self._isolated():
            if self._writer is None:
                return
            for name, value in values.items():
                if isinstance(value, int | float):
                    self._writer.add_scalar(name, value, step)
                else:
                    self._writer.add_text(name, str(value), step)
            self._writer.flush()

    @contextmanager
    def _isolated(self) -> Iterator[None]:
        """No failure in here reaches the training: it is reported, and from then on nothing is written."""
        try:
            yield
        except Interrupted:
            raise
        except Exception as error:
            self._writer = None
            self._reporter.line(f"the training goes on, but no more is written for TensorBoard: {error}")
