"""A finished or stopped run, opened from its folder alone: its numbers, its model, its predictions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

import torch
from torch import Tensor

from mixerkit.assembly import build_front_end, build_model
from mixerkit.assembly.data import load_data
from mixerkit.audio import BadAudio, to_float, to_int16
from mixerkit.datasets import Clip, Split
from mixerkit.errors import DataError, Problem, UsageError
from mixerkit.features import FrontEnd, front_end_device
from mixerkit.inference.recordings import Recording, checked_rate, checked_top, named_recordings, waveform
from mixerkit.model import MixerModel
from mixerkit.progress import Reporter
from mixerkit.recipe import Recipe
from mixerkit.rundir.checkpoint import BEST, load_weights, refuse_foreign, refuse_mismatch
from mixerkit.rundir.folder import RunFolder
from mixerkit.rundir.locate import data_home, located, reopened
from mixerkit.rundir.manifest import check_recipe
from mixerkit.rundir.schemas import SplitResult
from mixerkit.runner.device import hint_here, memory_errors, start_fabric
from mixerkit.runner.evaluate import evaluate_split
from mixerkit.training.metrics import Metrics
from mixerkit.training.optim import Objective


@dataclass(frozen=True)
class Prediction:
    """The best classes of one recording, best first. ``problem`` says why there are none."""

    source: str
    labels: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    problem: str = ""

    @property
    def label(self) -> str:
        """The best class. Raises DataError if there is none."""
        self._refuse_failed()
        return self.labels[0]

    @property
    def score(self) -> float:
        """Its score, within 0 and 1. Raises DataError if there is none."""
        self._refuse_failed()
        return self.scores[0]

    def _refuse_failed(self) -> None:
        if self.problem:
            raise DataError(Problem(self.source, f"This recording has no label: {self.problem}."))


class Run:
    """A run directory. Make one with :meth:`open`."""

    def __init__(self, folder: RunFolder, recipe: Recipe) -> None:
        self._folder = folder
        self.path = folder.path
        self.recipe = recipe

    @classmethod
    def open(cls, folder: str | PathLike[str], set: Sequence[str] = ()) -> Self:  # noqa: A002  # the word of the command line
        """Open a run directory; its recipe is read with the copies of the plugins that it was trained with.

        Args:
            set: where its data lies now, such as ["data.root=FOLDER"]; other settings stay as they were.

        Raises:
            UsageError: it is no run directory, or ``set`` changes another setting.
            DataError: its recipe or a plugin was changed since the run began; none of that code is run.
            RecipeError: an installed plugin that it needs is missing.
        """
        if not isinstance(folder, str | PathLike):
            raise UsageError(Problem("Run.open", f"Got: {folder!r} ({type(folder).__name__}).", "The path of a run directory."))
        path = Path(folder)
        _refuse_no_run(path)
        check_recipe(path)
        return cls(RunFolder(path), reopened(path / "recipe.yaml", set))

    @property
    def labels(self) -> list[str]:
        """The classes in the order of the model's logits."""
        return self._folder.labels()

    @property
    def status(self) -> str:
        """running, finished, interrupted, diverged, out-of-memory or failed."""
        return self._folder.status().status

    @property
    def summary(self) -> dict[str, Any]:
        """Figures of the best epoch, how training ended, sizes, seconds. Raises UsageError while the run is unfinished."""
        self._refuse_unfinished("summary.json", "summary")
        return self._folder.summary()

    @property
    def tested(self) -> SplitResult:
        """Figures of the test split, class by class.

        Raises:
            UsageError: the run is unfinished.
            DataError: test.json is damaged, or the run was finished before there was such a file.
        """
        self._refuse_unfinished("test.json", "test figures")
        return self._folder.tested()

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """One mapping per epoch."""
        return self._folder.read_metrics()

    def model(self) -> MixerModel:
        """The model with the weights of the best epoch, in evaluation mode: spectrograms ``[B, C, M, S]`` -> logits ``[B, K]``.

        Raises:
            UsageError: no epoch is finished yet.
            DataError: the weights are damaged, or not this run's.
        """
        path = self._folder.checkpoints / BEST
        if not path.is_file():
            raise UsageError(Problem(str(self.path), "No epoch of this run is finished, so it has no weights yet."))
        weights, about = load_weights(path)
        model = build_model(self.recipe, len(self.labels))
        refuse_mismatch(path, weights, model.state_dict())
        refuse_foreign(path, about.get("run"), self._folder.identity())
        model.load_state_dict(weights)
        return model.eval()

    def front_end(self) -> FrontEnd:
        """The front end with this run's statistics: waveforms ``[B, L]``, lengths ``[B]`` -> spectrograms, valid frames."""
        front_end = build_front_end(self.recipe)
        front_end.set_statistics(self._folder.statistics())
        return front_end

    def clips(self) -> list[Clip]:
        """The recordings of this run, each with its split.

        Raises:
            DataError: the data has moved, or splits.csv was changed.
        """
        return self._folder.read_splits(data_home(located(self.recipe, self._folder), self._folder))

    def evaluate(self, split: Split = "test") -> Metrics:
        """Metrics of the best weights on a split of this run: clips as they were split then, the precision it was trained in.

        Raises:
            DataError: the data has moved, or a file of the run was changed.
            OutOfMemoryError: the device has too little memory.
        """
        spec = self.recipe.runner
        precision = "auto" if spec.precision == "float16" and not torch.cuda.is_available() else spec.precision
        here = {"devices": 1, "device": self._device_here(), "precision": precision}
        fabric = start_fabric(spec.model_copy(update=here))
        with memory_errors(str(self.path), fabric.device, spec.batch_size, hint_here(fabric.device)):
            data = load_data(located(self.recipe, self._folder), Reporter(), self.clips(), [split])
            model, front_end = fabric.setup_module(self.model()), self.front_end().to(fabric.device)
            objective, waves = Objective(spec.loss, len(data.labels)), data.waves[split]
            return evaluate_split(fabric, model, front_end, waves, data.targets(split), objective, spec.clips_at_once)

    def predict(self, recordings: Recording | Iterable[Recording], rate: int | None = None, top: int = 1) -> list[Prediction]:
        """The best classes of recordings, in the order given.

        A recording longer than what the model looks at is cut into windows, the last one ending at its end, and the scores
        of its windows are averaged.

        Args:
            recordings: audio files of any rate and channel count, or waveforms ``[L]`` (also rows of ``[B, L]``), floats within
                -1 and 1 or integers of up to 32 bits, which are scaled by their range.
            rate: samples per second of waveforms; files say their own.
            top: how many classes to name.

        Raises:
            UsageError: what came is no recording, a waveform without a rate, ``top`` below 1, or a model of precomputed spectrograms.
            OutOfMemoryError: the device has too little memory.
        """
        top, rate = checked_top(top), None if rate is None else checked_rate(rate)
        given = named_recordings(recordings)
        if self.recipe.features.input_kind == "spectrogram":
            hint = "Give spectrograms to run.model(), normalised as run.front_end() does it."
            raise UsageError(
                Problem(str(self.path), "This model looks at precomputed spectrograms, not at recordings.", hint=hint)
            )
        device = torch.device("cuda" if self._device_here() == "auto" and torch.cuda.is_available() else "cpu")
        with memory_errors(str(self.path), device, self.recipe.runner.batch_size, hint_here(device)):
            model, front_end = self.model().to(device), self.front_end().to(device)
            return [self._predicted(model, front_end, name, item, rate, top) for name, item in given]

    def _predicted(
        self, model: MixerModel, front_end: FrontEnd, name: str, item: Path | Tensor, rate: int | None, top: int
    ) -> Prediction:
        audio, labels = self.recipe.audio, self.labels
        try:
            wave = waveform(item, rate, audio.rate, self.recipe.features.shortest(audio.rate), audio.channels)
        except BadAudio as bad:
            return Prediction(name, problem=str(bad))
        best = self._scores(model, front_end, wave).topk(min(top, len(labels)))
        return Prediction(name, tuple(labels[i] for i in best.indices.tolist()), tuple(best.values.tolist()))

    @torch.inference_mode()
    def _scores(self, model: MixerModel, front_end: FrontEnd, wave: Tensor) -> Tensor:
        """Scores ``[K]`` of one recording ``[L]``: the mean over its windows, some of them at a time."""
        samples, device = self.recipe.audio.samples, front_end_device(front_end)
        windows = [to_int16(window) for window in cut(wave, samples)]
        lengths = torch.tensor([len(window) for window in windows])
        padded = torch.stack([torch.nn.functional.pad(window, (0, samples - len(window))) for window in windows])
        objective, found = Objective(self.recipe.runner.loss, len(self.labels)), []
        for index in torch.split(torch.arange(len(windows)), self.recipe.runner.clips_at_once):
            spectrogram, frames = front_end(to_float(padded[index].to(device)), lengths[index].to(device))
            found.append(objective.scores(model(spectrogram, frames)).cpu())
        return torch.cat(found).mean(dim=0)

    def _refuse_unfinished(self, name: str, noun: str) -> None:
        if self.status != "finished" and not (self.path / name).exists():
            raise UsageError(Problem(str(self.path), f"This run is {self.status}, not finished: it has no {noun} yet."))

    def _device_here(self) -> Literal["auto", "cpu"]:
        """Where to compute now: also a machine without the GPU that a run was trained on will do."""
        return "cpu" if self.recipe.runner.device == "cpu" else "auto"


def cut(wave: Tensor, samples: int) -> list[Tensor]:
    """Windows of at most ``samples`` that cover ``wave`` ``[L]``; the last one ends where the recording ends."""
    if len(wave) <= samples:
        return [wave]
    starts = [*range(0, len(wave) - samples, samples), len(wave) - samples]
    return [wave[start : start + samples] for start in starts]


def _refuse_no_run(path: Path) -> None:
    if (path / "manifest.json").is_file():
        return
    if (path / "recipe.yaml").is_file():
        got = "It is missing: the run cannot be looked at without it."
        raise DataError(Problem(str(path / "manifest.json"), got, "A run directory holds it."))
    got = "It is no run directory." if path.is_dir() else "It is a file." if path.exists() else "There is no such folder."
    known = sorted(found.parent.as_posix() for found in Path("runs").glob("*/[!.]*/manifest.json"))[-4:]
    hint = f"Runs here: {', '.join(known)}." if known else "A run directory is what mixerkit train writes."
    raise UsageError(Problem(str(path), got, hint=hint))
