"""The command ``mixerkit``, and what it ends with.

Exit codes: 0 done, 1 a bug of ours, 2 recipe or usage, 3 data, 4 diverged, 5 out of memory, 130 and 143 interrupted.

What takes time to import is imported while the command runs: Ctrl-C is answered in one line from the first moment on.
"""

import io
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import typer

INTERRUPTED = 128 + signal.SIGINT
STOPPED = "mixerkit\n    Stopped on request."


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the command line and leave the process with the documented exit code. A user's mistake shows no traceback."""
    signal.signal(signal.SIGINT, _stopped)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # names of files need not be UTF-8, nor do terminals know every character
    code = run(arguments)
    signal.signal(signal.SIGINT, _leave)
    sys.exit(code)


def run(arguments: "Sequence[str] | None" = None) -> int:
    """The exit code of a command line."""
    try:
        command_line(arguments)
    except SystemExit as end:  # typer leaves this way, with 0, or 2 after a wrong command or option
        if _has_been_read_enough(end):
            return 0
        if end.code == INTERRUPTED:
            _say(STOPPED)
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        _say(STOPPED)
        return INTERRUPTED
    except Exception as error:
        return _report(error)
    return 0


def _has_been_read_enough(end: SystemExit) -> bool:
    """Whether who reads us has closed the pipe, as head does: no mistake. A training that rich ends so has not finished."""
    last = end.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    by_typer = last is not None and str(last.tb_frame.f_globals.get("__name__")).startswith("typer.")
    return by_typer and isinstance(end.__context__, BrokenPipeError)


def _report(error: Exception) -> int:
    """Say what went wrong; the exit code of it."""
    from mixerkit.errors import MixerkitError

    if isinstance(error, MixerkitError):
        _say(str(error))
        return error.exit_code
    sys.excepthook(type(error), error, error.__traceback__)
    sys.stderr.write("This is a bug of mixerkit, not a mistake of yours. Please report it with the lines above.\n")
    return 1


def _say(text: str) -> None:
    if os.environ.get("LOCAL_RANK", "0") == "0":  # of several processes, the first speaks
        sys.stderr.write(f"{text}\n")


def command_line(arguments: "Sequence[str] | None") -> None:
    """Do what a command line says. Leaves by SystemExit, or by the error that ended it."""
    import typer

    from mixerkit.registry import attribute_errors

    command = typer.main.get_command(application())
    with attribute_errors():
        command(args=None if arguments is None else list(arguments), prog_name="mixerkit")


def application() -> "typer.Typer":
    """All commands."""
    import typer

    from mixerkit.cli.check import check
    from mixerkit.cli.compare import compare
    from mixerkit.cli.data import data
    from mixerkit.cli.draw import draw
    from mixerkit.cli.evaluate import evaluate
    from mixerkit.cli.info import info
    from mixerkit.cli.listing import list_, plugins
    from mixerkit.cli.new import new
    from mixerkit.cli.operator import test_operator
    from mixerkit.cli.predict import predict
    from mixerkit.cli.report import report
    from mixerkit.cli.schema import schema
    from mixerkit.cli.show import show
    from mixerkit.cli.study import study
    from mixerkit.cli.train import train
    from mixerkit.cli.version import version

    app = typer.Typer(
        name="mixerkit",
        help="The construction kit for mixers: networks that blend data along one perspective after another.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(version)
    for command in (train, evaluate, predict, compare, study, report, check, show, draw):
        app.command()(command)
    app.command("list")(list_)
    for command_on_kinds in (info, plugins, test_operator, schema):
        app.command()(command_on_kinds)
    app.add_typer(data, name="data")
    app.add_typer(new, name="new")
    return app


class _Stopped(KeyboardInterrupt):
    """Ctrl-C. No Exception, since many a library that is being imported makes nothing of those; and no plain KeyboardInterrupt,
    since after one inside of exec() Python ends with the signal, whatever exit code is asked for."""


def _stopped(number: int, _: "FrameType | None") -> None:
    signal.signal(number, _leave)
    raise _Stopped


def _leave(number: int, _: "FrameType | None") -> None:
    """A second Ctrl-C, or one while Python clears up: at once, and without a traceback from wherever it was."""
    os._exit(128 + number)
