"""The command ``mixerkit``, and what it ends with.

Exit codes: 0 done, 1 a bug of ours, 2 recipe or usage, 3 data, 4 diverged, 5 out of memory, 130 and 143 interrupted.
"""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType

import typer

from mixerkit.cli.check import check
from mixerkit.cli.evaluate import evaluate
from mixerkit.cli.info import info
from mixerkit.cli.listing import list_
from mixerkit.cli.predict import predict
from mixerkit.cli.show import show
from mixerkit.cli.train import train
from mixerkit.errors import Interrupted, MixerkitError, Problem

app = typer.Typer(
    name="mixerkit",
    help="The construction kit for mixers: networks that blend data along one perspective after another.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command()(train)
app.command()(evaluate)
app.command()(predict)
app.command()(check)
app.command()(show)
app.command("list")(list_)
app.command()(info)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with the documented exit code. A user's mistake shows no traceback."""
    signal.signal(signal.SIGINT, _stopped)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of a command line."""
    command = typer.main.get_command(app)
    try:
        command(args=None if arguments is None else list(arguments), prog_name="mixerkit")
    except SystemExit as end:  # typer leaves this way, with 0, or 2 after a wrong command or option
        return end.code if isinstance(end.code, int) else 0
    except MixerkitError as error:
        if os.environ.get("LOCAL_RANK", "0") == "0":  # of several processes, the first speaks
            typer.echo(str(error), err=True)
        return error.exit_code
    except Exception:
        traceback.print_exc()
        typer.echo("This is a bug of mixerkit, not a mistake of yours. Please report it with the lines above.", err=True)
        return 1
    return 0


def _stopped(number: int, _: FrameType | None) -> None:
    raise Interrupted(number, Problem("mixerkit", "Stopped on request."))
