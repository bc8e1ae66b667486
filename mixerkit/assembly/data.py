"""From a recipe to waves in memory: rows, splits, leaks, decoding, classes, statistics."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import torch
from torch import Tensor

from mixerkit.audio import (
    Found,
    Loaded,
    Verdict,
    Waves,
    assess,
    assess_unusable,
    contents,
    divide,
    load,
    resident,
    store_folder,
)
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
    with reporter.task("fetching", 0, "bytes") as task:
        recipe.data.prepare(task.reach)
    clips = _divided(recipe, reporter) if clips is None else clips
    labels = class_names(recipe, clips)
    refuse_labels(recipe, clips, labels)
    if recipe.data.output_kind == "spectrogram":
        wanted, loaded = clips, _spectrograms(recipe, clips)
    else:
        wanted, loaded = _decoded(recipe, reporter, clips, splits)
    verdict = assess_data(recipe, wanted, loaded.found) if is_new else assess_unusable(wanted, loaded.found, recipe.audio)
    verdict.refuse()
    for line in filter(None, (loaded.note, *verdict.notes)):
        reporter.line(line)
    several = any(
        len(clip.labels) != 1 for clip in (loaded.waves.clips if is_new else clips)
    )  # of all splits, whichever are wanted
    return Data(labels, _by_split(loaded.waves, splits), several)


def class_names(recipe: Recipe, clips: Sequence[Clip]) -> tuple[str, ...]:
    """The classes in order: the data set's own, else those found."""
    return recipe.data.chosen_labels() or tuple(sorted({label for clip in clips for label in clip.labels}))


def assess_data(recipe: Recipe, clips: Sequence[Clip], found: Sequence[Found]) -> Verdict:
    """What a training on these clips stops at, and what it says at its start.

    Args:
        clips: divided.
        found: what decoding or a scan found of each of them.
    """
    return assess(clips, found, recipe.data, recipe.audio, recipe.features.shortest(recipe.audio.rate))


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
    return divide(recipe.data, reporter.line)


def _decoded(recipe: Recipe, reporter: Reporter, clips: Sequence[Clip], splits: Sequence[Split]) -> tuple[Sequence[Clip], Loaded]:
    """All clips, where they were decoded before, so that one store serves every command; else those of the wanted splits."""
    shortest = recipe.features.shortest(recipe.audio.rate)
    with reporter.task("reading", len(clips), "files") as task:
        names = contents(clips, task.reach)
    if not store_folder(names, recipe.audio, shortest).is_dir():
        wanted = [i for i, clip in enumerate(clips) if clip.split in splits]
        clips, names = [clips[i] for i in wanted], [names[i] for i in wanted]
    with reporter.task("decoding", len(clips), "files") as task:
        return clips, load(clips, names, recipe.audio, shortest, task.reach)


def _spectrograms(recipe: Recipe, clips: Sequence[Clip]) -> Loaded:
    """Precomputed spectrograms as rows of one tensor."""
    spectrograms, wanted = recipe.data.spectrograms(clips), recipe.input_shape()
    shape = (wanted.channels, wanted.mels, wanted.frames)
    if spectrograms.shape[1:] != shape:
        got = f"The data's spectrograms are {' x '.join(map(str, spectrograms.shape[1:]))}."
        expected = f"features says channels x bands x frames: {' x '.join(map(str, shape))}."
        raise DataError(Problem("features", got, expected, "Say the data's sizes there."))
    size = spectrograms[0].size
    lengths = torch.full((len(clips),), size)
    rows = Waves(tuple(clips), torch.from_numpy(spectrograms).flatten(), torch.arange(len(clips)) * size, lengths, size)
    return Loaded(rows, tuple(Found(sha256(spectrogram.tobytes()).hexdigest()) for spectrogram in spectrograms))


def _by_split(waves: Waves, splits: Sequence[Split]) -> dict[Split, Waves]:
    found: dict[Split, Waves] = {}
    for name in splits:
        index = torch.tensor([i for i, clip in enumerate(waves.clips) if clip.split == name], dtype=torch.int64)
        if len(index) == 0:
            raise DataError(Problem("data", f"No recording of the {name} split can be used."))
        clips = tuple(waves.clips[i] for i in index.tolist())
        found[name] = replace(waves, clips=clips, starts=waves.starts[index], lengths=waves.lengths[index])
    return found


def refuse_labels(recipe: Recipe, clips: Sequence[Clip], labels: Sequence[str]) -> None:
    """Raise DataError if clips have labels that are no class, if there is but one, or if several of a clip need another loss."""
    unknown = sorted({label for clip in clips for label in clip.labels} - set(labels))
    if unknown:
        raise DataError(Problem("data", f"A clip has the label {unknown[0]!r}.", did_you_mean(unknown[0], labels, "Labels")))
    if len(labels) == 1:
        raise DataError(Problem("data", f"All clips have the label {labels[0]!r}.", "Two classes or more."))
    several = next((clip for clip in clips if len(clip.labels) != 1), None)
    if several is None:
        return
    got = f"It has {len(several.labels)} labels{':' if several.labels else ''} {', '.join(several.labels)}".strip() + "."
    if not recipe.runner.loss.multi_label:
        hint = "Several labels need a score for each by itself: runner.loss=bce."
        raise DataError(Problem(str(several.path), got, hint=hint))
    single = [one.kind for one in recipe.runner.asked_metrics() if not one.multi_label]
    if single:
        hint = f"The metric {single[0]} is of clips with one label: take it out of runner.metrics and runner.select."
        raise DataError(Problem(str(several.path), got, hint=hint))
