"""What ``mixerkit data`` does: read every recording to its end and say what is there; decode ahead; measure."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from statistics import median

from mixerkit.assembly.build import build_front_end
from mixerkit.assembly.data import Data, load_data, measure_statistics
from mixerkit.audio import Leak, Scan, divide, find_leaks, refuse_leaks, scan
from mixerkit.datasets import SPLITS, protocol
from mixerkit.errors import DataError, Problem, UsageError
from mixerkit.features import Statistics
from mixerkit.plots import draw_lengths
from mixerkit.progress import Reporter
from mixerkit.recipe import Recipe

SHOWN = 5


@dataclass(frozen=True)
class DataReport:
    """What was found in the recordings of a recipe."""

    recipe: Recipe
    scan: Scan
    leaks: tuple[Leak, ...]
    notes: tuple[str, ...]

    def rows(self) -> list[tuple[str, str]]:
        """The report as (what, figures), a line each."""
        found, seconds = self.scan, sorted(self.scan.seconds())
        splits = Counter(str(fact.split) for fact in found.files)
        rows = [
            ("protocol", protocol(self.recipe.data)),
            ("waveform", f"{len(found.files):,}: {', '.join(f'{splits[name]:,} {name}' for name in SPLITS)}"),
            ("classes", _counts(found.by_label())),
            ("rates in Hz", _counts(found.rates())),
            ("channels", _counts(found.channels())),
        ]
        if seconds:
            window = self.recipe.audio.seconds
            longer = sum(length > window for length in seconds)
            spread = (
                f"{seconds[0]:.2f} to {seconds[-1]:.2f} s, median {median(seconds):.2f} s, {sum(seconds) / 3600:.2f} h in all"
            )
            rows.append(("lengths", spread))
            rows.append(
                (
                    "longer than audio.seconds",
                    f"{longer:,} of {len(seconds):,}, beyond {window:g} s; crop: {self.recipe.audio.crop}",
                )
            )
        rows.append(("cannot be used", _some([f"{fact.path}: {fact.problem}" for fact in found.bad()])))
        rows.append(("silent", _some([str(fact.path) for fact in found.silent()])))
        twice = [" = ".join(str(fact.path) for fact in group) for group in found.duplicates()]
        rows.append(("the same file twice", _some(twice)))
        torn = [" = ".join(f"{fact.path} ({fact.label})" for fact in group) for group in found.conflicting()]
        rows.append(("the same file in two classes", _some(torn)))
        rows.append(("in two splits", _some([f"{leak.what}: {leak}" for leak in self.leaks])))
        return rows + [("note", note) for note in self.notes]

    def refuse(self) -> None:
        """Raise DataError if training would stop at what was found, or if one recording has two classes."""
        problems = []
        bad, audio = self.scan.bad(), self.recipe.audio
        if bad and (audio.on_bad_audio == "error" or len(bad) > audio.max_bad_fraction * len(self.scan.files)):
            problems.append(Problem("audio", f"{len(bad)} of {len(self.scan.files)} recordings cannot be used."))
        torn = self.scan.conflicting()
        if torn:
            problems.append(Problem("data", f"{len(torn)} recordings have two classes.", hint="Keep each in one of them."))
        try:
            refuse_leaks(self.leaks, self.recipe.data)
        except DataError as error:
            problems += error.problems
        if problems:
            raise DataError(*problems)


def check_data(recipe: Recipe, out: str | PathLike[str]) -> DataReport:
    """Scan every recording of a recipe; write data_report.json and lengths.png into the folder ``out``.

    Raises:
        UsageError: the data are precomputed spectrograms, or ``out`` cannot be written.
        DataError: the data set cannot be read or divided.
    """
    if recipe.data.output_kind == "spectrogram":
        raise UsageError(
            Problem("data", f"{recipe.data.kind} gives precomputed spectrograms.", "Recordings are what is scanned.")
        )
    reporter, folder = Reporter(), Path(out)
    clips = divide(recipe.data)
    with reporter.task("scanning", len(clips), "files") as task:
        shortest = recipe.features.shortest(recipe.audio.rate)
        found = scan(clips, recipe.audio.rate, shortest, task.reach, recipe.audio.channels)
    sound = [(clip, fact.digest) for clip, fact in zip(clips, found.files, strict=True) if not fact.problem]
    leaks = find_leaks([clip for clip, _ in sound], [digest for _, digest in sound])
    report = DataReport(recipe, found, tuple(leaks), tuple(recipe.data.notes(clips)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        facts = {"protocol": protocol(recipe.data), **found.as_dict(recipe.data.home()), "leaks": [str(leak) for leak in leaks]}
        (folder / "data_report.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        draw_lengths(found.files, recipe.audio.seconds, folder / "lengths.png", protocol(recipe.data))
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


def _counts(counts: Counter[str]) -> str:
    """31 dog, 30 cat; of many, how many and the extremes."""
    most = counts.most_common()
    if len(most) <= 12:
        return ", ".join(f"{count:,} {name}" for name, count in most)
    return f"{len(most)}, from {most[-1][1]:,} ({most[-1][0]}) to {most[0][1]:,} ({most[0][0]}) recordings"


def _some(lines: Sequence[str]) -> str:
    if not lines:
        return "none"
    more = f"; and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return f"{len(lines)}: {'; '.join(lines[:SHOWN])}{more}"
