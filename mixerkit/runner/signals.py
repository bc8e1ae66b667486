"""Stopping on request. A signal only sets a flag; the loop looks at it between steps, saves, and leaves.

SIGINT (Ctrl-C) and SIGTERM ask politely. A second SIGINT stops at once, without saving: inside as KeyboardInterrupt, which
nothing on its way takes for a mistake and swallows; outside as Interrupted with a message.
"""

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

import torch
from lightning_fabric import Fabric

from mixerkit.errors import Interrupted, Problem
from mixerkit.runner.device import reduced

WATCHED = (signal.SIGINT, signal.SIGTERM)


def interruption(error: BaseException) -> BaseException:
    """The interruption, where others' code took it for a failure of its own (torch does, loading a library); else the error."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, Interrupted):
        cause = cause.__cause__
    return error if cause is None else cause


class StopSignals:
    """A context that watches for signals.

    Attributes:
        number: the signal that arrived, or 0.
        polite: somebody looks at the flag; if not, a signal raises.
        leaving: the end is being written down already: further signals change nothing.
        hint: what to do after a stop at once.
    """

    def __init__(self) -> None:
        self.number = 0
        self.polite = False
        self.leaving = False
        self.hint = "Begin again."
        self._before: dict[signal.Signals, signal.Handlers | int | None] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # elsewhere, Python sets no handlers
            for number in WATCHED:
                self._before[number] = signal.signal(number, self._handle)  # type: ignore[assignment]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        outside = getattr(self._before.get(signal.SIGTERM), "__self__", None)
        if isinstance(outside, StopSignals):  # a study, which would begin its next run: this one may have been at its end
            outside.number = outside.number or self.number
        if error is not None and (heard := interruption(error)) is not error:
            raise heard from None
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            got = "Stopped at once, on the second Ctrl-C; steps since the last checkpoint are lost."
            raise Interrupted(signal.SIGINT, Problem("mixerkit train", got, hint=self.hint)) from None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.leaving:
            return
        if number == signal.SIGINT and self.number == signal.SIGINT:
            raise KeyboardInterrupt
        self.number = number
        if not self.polite:
            raise Interrupted(number, Problem("mixerkit train", "Stopped on request, outside of training: no step is lost."))

    def asked(self, fabric: Fabric) -> int:
        """The signal that arrived on any rank, or 0. All ranks must ask together."""
        return self.number if fabric.world_size == 1 else int(reduced(fabric, torch.tensor([self.number]), "max")[0])
