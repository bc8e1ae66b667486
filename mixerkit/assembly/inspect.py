"""What ``mixerkit data`` does: read every recording to its end and say what is there; decode ahead; measure."""

from functools import partial
from os import PathLike
from pathlib import Path

from mixerkit.assembly.build import build_front_end
from mixerkit.assembly.data import Data, assess_data, class_names, load_data, measure_statistics, refuse_labels
from mixerkit.assembly.data_report import DataReport, collected
from mixerkit.audio import divide, scan
from mixerkit.errors import Problem, UsageError
from mixerkit.features import Statistics
from mixerkit.progress import Reporter
from mixerkit.recipe import Recipe


def check_data(recipe: Recipe, out: str | PathLike[str]) -> DataReport:
    """Read every recording of a recipe to its end; write data_report.json and data_report.png into the folder ``out``.

    Raises:
        UsageError: the data are ready spectrograms, or ``out`` cannot be written.
        DataError: the data set cannot be read or divided.
    """
    from mixerkit.plots import draw_data  # here: check and show need no matplotlib

    if recipe.data.output_kind == "spectrogram":
        raise UsageError(
            Problem("data", f"{recipe.data.kind} gives precomputed spectrograms.", "Recordings are what is scanned.")
        )
    reporter, folder, audio = Reporter(), Path(out), recipe.audio
    notes: list[str] = []
    clips = divide(recipe.data, notes.append)
    labels = collected(partial(refuse_labels, recipe, clips, class_names(recipe, clips)))
    with reporter.task("scanning", len(clips), "files") as task:
        shortest = recipe.features.shortest(audio.rate)
        found = scan(clips, audio.rate, shortest, task.reach, audio.channels, audio.kept)
    verdict = assess_data(recipe, clips, found.found())
    report = DataReport(recipe, found, verdict, labels, tuple(notes))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        report.write_json(folder / "data_report.json")
        draw_data(found.files, audio.seconds, folder / "data_report.png", report.title())
    except OSError as error:
        raise UsageError(Problem(str(folder), f"The report cannot be written: {error.strerror}.", hint="--out FOLDER")) from error
    return report


def prepare_data(recipe: Recipe) -> Data:
    """Fetch, divide, look for leaks and decode: all that comes before training, kept in the cache.

    Raises:
        DataError: the data cannot be used, or leaks.
    """
    return load_data(recipe, Reporter())


def measure_data(recipe: Recipe) -> Statistics:
    """Mean and standard deviation of the training split's plots: clean, unpadded, in float64. Raises as prepare_data."""
    bare = recipe.features.normalise.model_copy(update={"preset": None, "mean": None, "std": None})
    features = recipe.features.model_copy(update={"normalise": bare})
    recipe = recipe.model_copy(update={"features": features})
    return measure_statistics(recipe, build_front_end(recipe), prepare_data(recipe).waves["train"])
