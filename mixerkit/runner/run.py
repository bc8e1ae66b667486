"""A finished or stopped run, opened from its folder alone: its numbers, its model, its predictions."""

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixerkit.assembly import build_front_end, build_model
from mixerkit.audio import BadAudio, decode, to_float, to_int16, to_rate
from mixerkit.datasets import Clip, Split
from mixerkit.errors import DataError, Problem, UsageError
from mixerkit.features import FrontEnd, Statistics, front_end_device
from mixerkit.model import MixerModel
from mixerkit.recipe import Recipe
from mixerkit.runner.checkpoint import BEST, load_weights
from mixerkit.runner.data import load_data
from mixerkit.runner.device import start_fabric
from mixerkit.runner.evaluate import evaluate_split
from mixerkit.runner.folder import RunFolder
from mixerkit.runner.metrics import Metrics
from mixerkit.runner.optimise import Objective
from mixerkit.runner.progress import Reporter

Recording = str | PathLike[str] | Tensor | NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Prediction:
    """The best classes of one recording, best first. ``problem`` says why there are none."""

    source: str
    labels: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    problem: str = ""

    @property
    def label(self) -> str:
        """The best class."""
        return self.labels[0]

    @property
    def score(self) -> float:
        """Its score, within 0 and 1."""
        return self.scores[0]


class Run:
    """A run directory. Make one with :meth:`open`."""

    def __init__(self, folder: RunFolder, recipe: Recipe) -> None:
        self._folder = folder
        self.path = folder.path
        self.recipe = recipe

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> Self:
        """Open a run directory; its recipe is read with the copies of the plugins that it was trained with.

        Raises:
            UsageError: it is no run directory.
            RecipeError: an installed plugin that it needs is missing.
        """
        path = Path(folder)
        if not (path / "recipe.yaml").is_file() or not (path / "labels.json").is_file():
            came = "It is no run directory." if path.is_dir() else "There is no such folder."
            known = sorted(found.parent.as_posix() for found in Path("runs").glob("*/*/labels.json"))[-4:]
            advice = f"Runs here: {', '.join(known)}." if known else "A run directory is what mixerkit train writes."
            raise UsageError(Problem(str(path), came, advice=advice))
        return cls(RunFolder(path), Recipe.load(path / "recipe.yaml"))

    @property
    def labels(self) -> list[str]:
        """The classes in the order of the model's logits."""
        return list(self._folder.read_json("labels.json"))

    @property
    def status(self) -> str:
        """running, finished, interrupted, diverged, out-of-memory or failed."""
        return str(self._folder.read_json("status.json")["status"])

    @property
    def summary(self) -> dict[str, Any]:
        """Figures of the best epoch, parameters, FLOPs, seconds. Raises UsageError while the run is unfinished."""
        return dict(self._folder.read_json("summary.json"))

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """One mapping per epoch."""
        return self._folder.read_metrics()

    def model(self) -> MixerModel:
        """The model with the weights of the best epoch, in evaluation mode: pictures ``[B, C, M, S]`` -> logits ``[B, K]``.

        Raises:
            UsageError: no epoch is finished yet.
            DataError: the weights are damaged.
        """
        path = self._folder.checkpoints / BEST
        if not path.is_file():
            raise UsageError(Problem(str(self.path), "No epoch of this run is finished, so it has no weights yet."))
        weights, _ = load_weights(path)
        model = build_model(self.recipe, len(self.labels))
        model.load_state_dict(weights)
        return model.eval()

    def front_end(self) -> FrontEnd:
        """The front end with this run's statistics: waveforms ``[B, L]``, lengths ``[B]`` -> pictures, valid frames."""
        front_end = build_front_end(self.recipe)
        front_end.set_statistics(Statistics(**self._folder.read_json("features.json")))
        return front_end

    def clips(self) -> list[Clip]:
        """The recordings of this run, each with its split."""
        return self._folder.read_splits(self.recipe.data.home())

    def evaluate(self, split: Split = "test") -> Metrics:
        """Metrics of the best weights on a split of this run: clips as they were split then, the precision it was trained in."""
        data = load_data(self.recipe, Reporter(), self.clips(), [split])
        spec = self.recipe.runner
        precision = "auto" if spec.precision == "float16" and not torch.cuda.is_available() else spec.precision
        here = {"devices": 1, "device": self._device_here(), "precision": precision}
        fabric = start_fabric(spec.model_copy(update=here))
        model, front_end = fabric.setup_module(self.model()), self.front_end().to(fabric.device)
        objective = Objective(spec.loss, len(data.labels))
        return evaluate_split(fabric, model, front_end, data.waves[split], data.targets(split), objective, spec.batch_size)

    def predict(self, recordings: Recording | Iterable[Recording], rate: int | None = None, top: int = 1) -> list[Prediction]:
        """The best classes of recordings, in the order given.

        A recording longer than what the model looks at is cut into windows, the last one ending at its end, and the scores
        of its windows are averaged.

        Args:
            recordings: audio files of any rate and channel count, or waveforms ``[L]`` (also rows of ``[B, L]``) within -1 and 1.
            rate: samples per second of waveforms; files say their own.
            top: how many classes to name.

        Raises:
            UsageError: a waveform without a rate, or ``top`` below 1.
        """
        if top < 1:
            raise UsageError(Problem("top", f"Came: {top}.", "At least 1."))
        device = torch.device("cuda" if self._device_here() == "auto" and torch.cuda.is_available() else "cpu")
        model, front_end = self.model().to(device), self.front_end().to(device)
        found = []
        for name, item in _named(recordings):
            try:
                wave = self._waveform(item, rate)
            except BadAudio as bad:
                found.append(Prediction(name, problem=str(bad)))
                continue
            best = self._scores(model, front_end, wave).topk(min(top, len(self.labels)))
            found.append(Prediction(name, tuple(self.labels[i] for i in best.indices.tolist()), tuple(best.values.tolist())))
        return found

    @torch.inference_mode()
    def _scores(self, model: MixerModel, front_end: FrontEnd, wave: Tensor) -> Tensor:
        """Scores ``[K]`` of one recording ``[L]``: the mean over its windows, some of them at a time."""
        samples, device = self.recipe.audio.samples, front_end_device(front_end)
        windows = [to_int16(window) for window in cut(wave, samples)]
        lengths = torch.tensor([len(window) for window in windows])
        padded = torch.stack([torch.nn.functional.pad(window, (0, samples - len(window))) for window in windows])
        objective, found = Objective(self.recipe.runner.loss, len(self.labels)), []
        for index in torch.split(torch.arange(len(windows)), self.recipe.runner.batch_size):
            picture, frames = front_end(to_float(padded[index].to(device)), lengths[index].to(device))
            found.append(objective.scores(model(picture, frames)).cpu())
        return torch.cat(found).mean(dim=0)

    def _device_here(self) -> Literal["auto", "cpu"]:
        """Where to compute now: also a machine without the GPU that a run was trained on will do."""
        return "cpu" if self.recipe.runner.device == "cpu" else "auto"

    def _waveform(self, item: Path | Tensor, rate: int | None) -> Tensor:
        audio = self.recipe.audio
        shortest = self.recipe.features.shortest(audio.rate)
        if isinstance(item, Path):
            return decode(item, audio.rate, None, shortest)
        if rate is None:
            raise UsageError(Problem("predict", "A waveform came without its rate.", advice="Say rate=..., samples per second."))
        if not torch.isfinite(item).all():
            raise BadAudio("it has samples that are NaN or infinite")
        wave = to_rate(item, rate, audio.rate)
        if len(wave) < shortest:
            raise BadAudio(f"it lasts {len(wave) / audio.rate * 1000:.0f} ms, less than one frame")
        return wave


def cut(wave: Tensor, samples: int) -> list[Tensor]:
    """Windows of at most ``samples`` that cover ``wave`` ``[L]``; the last one ends where the recording ends."""
    if len(wave) <= samples:
        return [wave]
    starts = [*range(0, len(wave) - samples, samples), len(wave) - samples]
    return [wave[start : start + samples] for start in starts]


def _named(recordings: Recording | Iterable[Recording]) -> list[tuple[str, Path | Tensor]]:
    """(name, file or waveform) of everything given."""
    if isinstance(recordings, str | PathLike) or (isinstance(recordings, Tensor | np.ndarray) and recordings.ndim == 1):
        recordings = [recordings]
    named: list[tuple[str, Path | Tensor]] = []
    for i, item in enumerate(recordings):
        if isinstance(item, str | PathLike):
            named.append((str(item), Path(item)))
        else:
            wave = torch.as_tensor(item, dtype=torch.float32)
            if wave.ndim != 1:
                raise DataError(Problem(f"waveform {i}", f"It has the shape {list(wave.shape)}.", "One channel: [L]."))
            named.append((f"waveform {i}", wave))
    return named
