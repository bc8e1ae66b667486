"""mixerkit data"""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

import mixerkit
from mixerkit.cli.arguments import Assignments, Plugins, Recipes
from mixerkit.cli.table import table
from mixerkit.errors import Problem, UsageError

data = typer.Typer(help="Look at data, prepare it, make some.", no_args_is_help=True, rich_markup_mode=None)


@data.command()
def check(
    recipe: Recipes,
    assignments: Assignments = None,
    plugin: Plugins = None,
    out: Annotated[Path, typer.Option(help="Folder for data_report.json and data_report.png.")] = Path("data_report"),
) -> None:
    """Read every recording to its end, and say what is there.

    Classes, splits, groups and whether they overlap, lengths, rates, levels, silence, duplicates, what is left out.
    Ends with 3 if anything would stop a training.
    """
    loaded = mixerkit.Recipe.load(recipe[0], *recipe[1:], set=assignments or (), plugins=plugin or ())
    report = mixerkit.check_data(loaded, out)
    typer.echo(f"{_wrapped(report.rows())}\n\n{table(report.classes(), right=(1, 2, 3, 4))}\n")
    typer.echo(f"every recording: {out / 'data_report.json'}   plots: {out / 'data_report.png'}")
    report.refuse()


@data.command()
def prepare(recipe: Recipes, assignments: Assignments = None, plugin: Plugins = None) -> None:
    """Fetch, divide and decode, so that training starts at once."""
    loaded = mixerkit.Recipe.load(recipe[0], *recipe[1:], set=assignments or (), plugins=plugin or ())
    from mixerkit.datasets import protocol

    prepared = mixerkit.prepare_data(loaded)
    counts = ", ".join(f"{len(waves.clips):,} {name}" for name, waves in prepared.waves.items())
    typer.echo(f"{protocol(loaded.data)}: {len(prepared.labels)} classes, ready to train: {counts}")


@data.command()
def stats(recipe: Recipes, assignments: Assignments = None, plugin: Plugins = None) -> None:
    """Measure the mean and standard deviation of the training split's plots: clean, unpadded, in float64."""
    loaded = mixerkit.Recipe.load(recipe[0], *recipe[1:], set=assignments or (), plugins=plugin or ())
    found = mixerkit.measure_data(loaded)
    typer.echo(f"features: {{normalise: {{mean: {found.mean:.7g}, std: {found.std:.7g}}}}}")
    typer.echo(f"# {found.source}: {found.clips:,} clips, {found.frames:,} frames")


@data.command()
def speak(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder.")],
    words: Annotated[str | None, typer.Option(help="Words with commas between. Default: Speech Commands' 35.")] = None,
    voices: Annotated[int, typer.Option(min=3, help="How many speakers.")] = 60,
    takes: Annotated[int, typer.Option(min=1, help="Recordings per word and voice.")] = 2,
    noise_db: Annotated[
        str, typer.Option(help="Signal-to-noise ratios in dB, with commas between; empty: no noise.")
    ] = "5,10,20,30",
    seed: Annotated[int, typer.Option(min=0, help="Decides voices and takes.")] = 0,
) -> None:
    """Make a speech corpus with espeak-ng in the layout of Speech Commands: a bench, not a data set."""
    from mixerkit.datasets import Speaking, speak
    from mixerkit.progress import Reporter

    spoken = Speaking(voices=voices, takes=takes, seed=seed, noise_db=_numbers("--noise-db", noise_db))
    if words is not None:
        spoken = replace(spoken, words=tuple(words.split(",")))
    with Reporter().task("speaking", 0, "files") as task:
        made = speak(out, spoken, task.reach)
    voices_by_split = ", ".join(f"{count} {split}" for split, count in made.voices.items())
    typer.echo(f"{sum(made.files.values()):,} recordings in {out}, by espeak-ng {made.version}; voices: {voices_by_split}")
    typer.echo(f"train on them with: --set 'data={{kind: speech-commands, root: {out}, allow_subset: true}}'")


def _wrapped(rows: Sequence[tuple[str, str]]) -> str:
    """Rows as two columns; on a terminal, long figures go on below their own column."""
    if not sys.stdout.isatty():
        return table(rows)
    left = max(len(what) for what, _ in rows) + 2
    width = max(left + 40, shutil.get_terminal_size().columns)
    lines = [
        textwrap.fill(text, width, initial_indent=what.ljust(left), subsequent_indent=" " * left, break_on_hyphens=False)
        for what, text in rows
    ]
    return "\n".join(lines)


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(Problem(option, f"Got: {text!r}.", "Numbers with commas between, such as 5,20.")) from error
