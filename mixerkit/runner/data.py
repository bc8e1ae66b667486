"""From a recipe to waveforms in memory: rows, split, decode, classes, statistics."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mixerkit.audio import Waves, decode_all, split
from mixerkit.datasets import SPLITS, Clip, Split
from mixerkit.errors import DataError, Problem, did_you_mean
from mixerkit.features import FrontEnd, Statistics, front_end_device, measure
from mixerkit.recipe import Recipe
from mixerkit.runner.progress import Reporter

MEASURE_BATCH = 64


@dataclass(frozen=True)
class Data:
    """The recordings of every split, and the classes in order."""

    labels: tuple[str, ...]
    waves: dict[Split, Waves]

    def targets(self, name: Split) -> Tensor:
        """Class numbers ``[n]`` of a split's clips."""
        number = {label: i for i, label in enumerate(self.labels)}
        return torch.tensor([number[clip.label] for clip in self.waves[name].clips])

    def clips(self) -> list[Clip]:
        """All clips that are used, split by split."""
        return [clip for name in self.waves for clip in self.waves[name].clips]


def load_data(recipe: Recipe, reporter: Reporter, clips: Sequence[Clip] | None = None, splits: Sequence[Split] = SPLITS) -> Data:
    """Read, split and decode.

    Args:
        clips: rows with their splits, from an earlier run; None: read from the data set and split anew.
        splits: which to decode.

    Raises:
        DataError: the data cannot be used.
    """
    if clips is None:
        clips = split(recipe.data.clips(), recipe.data.division(), recipe.data.seed)
    labels = recipe.data.labels() or tuple(sorted({clip.label for clip in clips}))
    strange = sorted({clip.label for clip in clips} - set(labels))
    if strange:
        raise DataError(Problem("data", f"A clip has the label {strange[0]!r}.", did_you_mean(strange[0], labels, "Labels")))
    shortest = recipe.features.shortest(recipe.audio.rate)
    wanted = [clip for clip in clips if clip.split in splits]
    with reporter.task("decoding", len(wanted), "files") as task:
        waves = decode_all(wanted, recipe.audio, shortest, lambda done, total: task.advance(done - task.done))
    for problem in waves.skipped:
        reporter.line(f"left out: {problem.where}: {problem.came}")
    return Data(labels, {name: _only(waves, name) for name in splits})


def measure_statistics(recipe: Recipe, front_end: FrontEnd, waves: Waves) -> Statistics:
    """What pictures are normalised with: given in the recipe, or measured on the training split."""
    given = recipe.features.normalise
    if given.mean is not None and given.std is not None:
        return Statistics(given.mean, given.std, "recipe")
    device = front_end_device(front_end)
    batches = torch.split(torch.arange(len(waves.clips)), MEASURE_BATCH)
    found = measure(front_end.values(*waves.batch(index, device)) for index in batches)
    mean = found.mean if given.mean is None else given.mean
    std = found.std if given.std is None else given.std
    return Statistics(mean, std, found.source, found.clips, found.frames)


def _only(waves: Waves, name: Split) -> Waves:
    index = torch.tensor([i for i, clip in enumerate(waves.clips) if clip.split == name], dtype=torch.int64)
    if len(index) == 0:
        raise DataError(Problem("data", f"No recording of the {name} split can be used."))
    return Waves(tuple(waves.clips[i] for i in index.tolist()), waves.samples[index], waves.lengths[index])
