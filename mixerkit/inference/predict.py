"""The best classes of any recordings, by a trained run."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mixerkit.audio import BadAudio, to_float, to_int16
from mixerkit.errors import DataError, Problem, UsageError
from mixerkit.features import FrontEnd, front_end_device
from mixerkit.inference.load import device_here, load_front_end, load_model
from mixerkit.inference.recordings import Recording, checked_rate, checked_top, named_recordings, waveform
from mixerkit.model import MixerModel
from mixerkit.rundir import RunDir
from mixerkit.runner import hint_here, memory_errors


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


def predict(run: RunDir, recordings: Recording | Iterable[Recording], rate: int | None = None, top: int = 1) -> list[Prediction]:
    """The best classes of recordings, in the order given.

    A recording longer than the model's input is cut into windows, the last one ending at its end, and the scores of its
    windows are averaged.

    Args:
        recordings: audio files of any rate and channel count, or waveforms ``[L]`` (also rows of ``[B, L]``), floats within
            -1 and 1 or integers of up to 32 bits, which are scaled by their range.
        rate: samples per second of waveforms; files say their own.
        top: how many classes to name.

    Raises:
        UsageError: something given is no recording, a waveform without a rate, ``top`` below 1, or a model of precomputed
            spectrograms.
        OutOfMemoryError: the device has too little memory.
    """
    top, rate = checked_top(top), None if rate is None else checked_rate(rate)
    given = named_recordings(recordings)
    if run.recipe.features.input_kind == "spectrogram":
        hint = "Give spectrograms to run.model(), normalised as run.front_end() does it."
        raise UsageError(Problem(str(run.path), "This model takes precomputed spectrograms, not recordings.", hint=hint))
    device = torch.device("cuda" if device_here(run) == "auto" and torch.cuda.is_available() else "cpu")
    with memory_errors(str(run.path), device, run.recipe.runner.batch_size, hint_here(device)):
        predictor = _Predictor(run, device)
        return [predictor.prediction(name, item, rate, top) for name, item in given]


class _Predictor:
    """A run's model and front end on a device."""

    def __init__(self, run: RunDir, device: torch.device) -> None:
        self.recipe, self.labels = run.recipe, run.labels()
        self.model: MixerModel = load_model(run).to(device)
        self.front_end: FrontEnd = load_front_end(run).to(device)

    def prediction(self, name: str, item: Path | Tensor, rate: int | None, top: int) -> Prediction:
        audio = self.recipe.audio
        try:
            wave = waveform(item, rate, audio.rate, self.recipe.features.shortest(audio.rate), audio.channels)
        except BadAudio as bad:
            return Prediction(name, problem=str(bad))
        best = self.scores(wave).topk(min(top, len(self.labels)))
        return Prediction(name, tuple(self.labels[i] for i in best.indices.tolist()), tuple(best.values.tolist()))

    @torch.inference_mode()
    def scores(self, wave: Tensor) -> Tensor:
        """Scores ``[K]`` of one recording ``[L]``: the mean over its windows, some of them at a time."""
        samples, device = self.recipe.audio.samples, front_end_device(self.front_end)
        windows = [to_int16(window) for window in cut(wave, samples)]
        lengths = torch.tensor([len(window) for window in windows])
        padded = torch.stack([torch.nn.functional.pad(window, (0, samples - len(window))) for window in windows])
        objective, found = self.recipe.runner.loss.build(len(self.labels)), []
        for index in torch.split(torch.arange(len(windows)), self.recipe.runner.clips_at_once):
            spectrogram, frames = self.front_end(to_float(padded[index].to(device)), lengths[index].to(device))
            found.append(objective.scores(self.model(spectrogram, frames)).cpu())
        return torch.cat(found).mean(dim=0)


def cut(wave: Tensor, samples: int) -> list[Tensor]:
    """Windows of at most ``samples`` that cover ``wave`` ``[L]``; the last one ends where the recording ends."""
    if len(wave) <= samples:
        return [wave]
    starts = [*range(0, len(wave) - samples, samples), len(wave) - samples]
    return [wave[start : start + samples] for start in starts]
