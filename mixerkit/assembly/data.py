"""From a recipe to waves in memory: rows, splits, leaks, decoding, classes, statistics."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixerkit.audio import Waves, digests, divide, find_leaks, load, refuse_gaps, refuse_leaks, resident, store_folder
from mixerkit.datasets import SPLITS, Clip, Split
from mixerkit.errors import DataError, Problem, did_you_mean
from mixerkit.features import FrontEnd, Statistics, front_end_device, measure
from mixerkit.progress import Reporter
from mixerkit.recipe import Recipe

MEASURE_BATCH = 64


@dataclass(frozen=True)
class Data:
    """The recordings of every split, and the classes in order. ``several``: any clip of the data has more than one label."""

    labels: tuple[str, ...]
    waves: dict[Split, Waves]
    several: bool

    def targets(self, name: Split) -> Tensor:
        """Class numbers ``[n]`` of a split's clips; where any clip of the data has several, 0 and 1 ``[n, K]``."""
        number = {label: i for i, label in enumerate(self.labels)}
        clips = self.waves[name].clips
        if not self.several:
            return torch.tensor([number[clip.label] for clip in clips])
        target = torch.zeros(len(clips), len(self.labels))
        for i, clip in enumerate(clips):
            target[i, [number[label] for label in clip.labels]] = 1.0
        return target

    def clips(self) -> list[Clip]:
        """All clips that are used, split by split."""
        return [clip for name in self.waves for clip in self.waves[name].clips]

    def resident(self, device: torch.device) -> "Data":
        """The same with its samples on ``device``, if that is a GPU and they fit there well."""
        samples = resident(next(iter(self.waves.values())), device).samples  # all splits share one tensor
        return replace(self, waves={name: replace(waves, samples=samples) for name, waves in self.waves.items()})


def load_data(recipe: Recipe, reporter: Reporter, clips: Sequence[Clip] | None = None, splits: Sequence[Split] = SPLITS) -> Data:
    """Read, split, look for leaks and decode.

    Args:
        clips: rows with their splits, from an earlier run; None: read from the data set and split anew.
        splits: which are wanted.

    Raises:
        DataError: the data cannot be used, or leaks.
    """
    is_new = clips is None
    clips = _divided(recipe, reporter) if clips is None else clips
    labels = recipe.data.labels() or tuple(sorted({label for clip in clips for label in clip.labels}))
    _refuse_unknown_labels(clips, labels, recipe)
    _refuse_undecodable_names(clips)
    spectrograms = _spectrograms(recipe, clips) if recipe.data.output_kind == "spectrogram" else None
    names = (
        _digests(clips, reporter)
        if spectrograms is None
        else [sha256(spectrogram.tobytes()).hexdigest() for spectrogram in spectrograms]
    )
    waves = _decoded(recipe, reporter, clips, names, splits) if spectrograms is None else _in_rows(clips, spectrograms)
    if is_new:
        usable = set(waves.clips)  # of files that cannot be used, many are alike: empty
        kept = [(clip, name) for clip, name in zip(clips, names, strict=True) if clip in usable]
        for line in refuse_leaks(find_leaks([clip for clip, _ in kept], [name for _, name in kept]), recipe.data):
            reporter.line(line)
        refuse_gaps(waves.clips, {label for clip in clips for label in clip.labels})  # what was left out may leave a gap
    several = any(clip.extra_labels for clip in (waves.clips if is_new else clips))  # of all splits, whichever are wanted
    return Data(labels, _by_split(waves, splits), several)


def measure_statistics(recipe: Recipe, front_end: FrontEnd, waves: Waves) -> Statistics:
    """What spectrograms are normalised with: given in the recipe, or measured on the training split."""
    spec = recipe.features.normalise
    given = spec.given()
    if given is not None:
        return given
    device = front_end_device(front_end)
    batches = torch.split(torch.arange(len(waves.clips)), MEASURE_BATCH)
    found = measure(front_end.values(*waves.batch(index, device)) for index in batches)
    mean = found.mean if spec.mean is None else spec.mean
    std = found.std if spec.std is None else spec.std
    return Statistics(mean, std, found.source, found.clips, found.frames)


def _divided(recipe: Recipe, reporter: Reporter) -> list[Clip]:
    with reporter.task("fetching", 0, "bytes") as task:
        recipe.data.prepare(task.reach)
    clips = divide(recipe.data)
    for line in recipe.data.notes(clips):
        reporter.line(line)
    return clips


def _digests(clips: Sequence[Clip], reporter: Reporter) -> list[str]:
    with reporter.task("reading", len(clips), "files") as task:
        return digests([clip.path for clip in clips], task.reach)


def _decoded(recipe: Recipe, reporter: Reporter, clips: Sequence[Clip], names: Sequence[str], splits: Sequence[Split]) -> Waves:
    """All clips, where they were decoded before, so that one store serves every command; else the wanted splits alone."""
    shortest = recipe.features.shortest(recipe.audio.rate)
    if not store_folder(names, recipe.audio, shortest).is_dir():
        wanted = [i for i, clip in enumerate(clips) if clip.split in splits]
        clips, names = [clips[i] for i in wanted], [names[i] for i in wanted]
    with reporter.task("decoding", len(clips), "files") as task:
        waves, left_out = load(clips, names, recipe.audio, shortest, task.reach)
    for problem in left_out:
        reporter.line(f"left out: {problem.where}: {problem.got}")
    return waves


def _spectrograms(recipe: Recipe, clips: Sequence[Clip]) -> NDArray[np.float32]:
    spectrograms, wanted = recipe.data.spectrograms(clips), recipe.input_shape()
    shape = (wanted.channels, wanted.mels, wanted.frames)
    if spectrograms.shape[1:] != shape:
        got = f"The data's spectrograms are {' x '.join(map(str, spectrograms.shape[1:]))}."
        expected = f"features says channels x bands x frames: {' x '.join(map(str, shape))}."
        raise DataError(Problem("features", got, expected, "Say the data's sizes there."))
    return spectrograms


def _in_rows(clips: Sequence[Clip], spectrograms: NDArray[np.float32]) -> Waves:
    """Precomputed spectrograms as rows of one tensor."""
    size = spectrograms[0].size
    lengths = torch.full((len(clips),), size)
    return Waves(tuple(clips), torch.from_numpy(spectrograms).flatten(), torch.arange(len(clips)) * size, lengths, size)


def _by_split(waves: Waves, splits: Sequence[Split]) -> dict[Split, Waves]:
    found: dict[Split, Waves] = {}
    for name in splits:
        index = torch.tensor([i for i, clip in enumerate(waves.clips) if clip.split == name], dtype=torch.int64)
        if len(index) == 0:
            raise DataError(Problem("data", f"No recording of the {name} split can be used."))
        clips = tuple(waves.clips[i] for i in index.tolist())
        found[name] = replace(waves, clips=clips, starts=waves.starts[index], lengths=waves.lengths[index])
    return found


def _refuse_undecodable_names(clips: Sequence[Clip]) -> None:
    """Names that no text file can hold: a run could not say which clips it used."""
    unknown = [clip for clip in clips if any("\udc80" <= character <= "\udcff" for character in f"{clip.path}{clip.label}")]
    if unknown:
        got = f"{len(unknown)} names are not UTF-8, first {str(unknown[0].path)!r}."
        raise DataError(Problem("data", got, hint="Rename the files and folders."))


def _refuse_unknown_labels(clips: Sequence[Clip], labels: Sequence[str], recipe: Recipe) -> None:
    unknown = sorted({label for clip in clips for label in clip.labels} - set(labels))
    if unknown:
        raise DataError(Problem("data", f"A clip has the label {unknown[0]!r}.", did_you_mean(unknown[0], labels, "Labels")))
    if len(labels) == 1:
        raise DataError(Problem("data", f"All clips have the label {labels[0]!r}.", "Two classes or more."))
    several = next((clip for clip in clips if clip.extra_labels), None)
    if several is None:
        return
    got = f"It has {len(several.labels)} labels: {', '.join(several.labels)}."
    if not recipe.runner.loss.multi_label:
        hint = "Several labels need a score for each by itself: runner.loss=bce."
        raise DataError(Problem(str(several.path), got, hint=hint))
    single = [one.kind for one in recipe.runner.asked_metrics() if not one.multi_label]
    if single:
        hint = f"The metric {single[0]} is of clips with one label: take it out of runner.metrics and runner.select."
        raise DataError(Problem(str(several.path), got, hint=hint))
