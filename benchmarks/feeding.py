"""How fast clips come: decoding into the store, and an epoch fed three ways.

    python benchmarks/feeding.py

Makes the recordings itself. (a) decodes WAV files of 44.1 kHz stereo and of the recipe's own rate into the store. (b) runs one
training epoch of a recipe from the store, and from tensors that are ready; the difference is what feeding costs. (c) feeds the
same model AST's way: torchaudio's kaldi.fbank for each item, in the workers of a DataLoader. Each is the best of some rounds, the
ways taken in turn. Figures are of this machine; the ratios are what to look at.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchaudio.compliance.kaldi import fbank

from mixerkit import Clip, Recipe, build_model
from mixerkit.assembly import build_front_end
from mixerkit.audio import Waves, digests, load

BATCH = 64
Batch = tuple[Tensor, Tensor]


class PerItem(Dataset[Tensor]):
    """AST's way: read a file, one fbank, cut or pad."""

    def __init__(self, clips: list[Clip], frames: int, n_mels: int) -> None:
        self.clips, self.frames, self.n_mels = clips, frames, n_mels

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Tensor:
        wave, rate = soundfile.read(self.clips[index].path, dtype="float32", always_2d=True)
        mono = torch.from_numpy(wave.mean(axis=1))[None]
        spectrogram = fbank(
            mono - mono.mean(), htk_compat=True, sample_frequency=rate, use_energy=False, window_type="hanning",
            num_mel_bins=self.n_mels, dither=0.0, frame_shift=10,
        )  # fmt: skip
        return nn.functional.pad(spectrogram, (0, 0, 0, max(0, self.frames - len(spectrogram))))[: self.frames].T[None]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=640)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--recipe", type=Path, default=Path("recipes/asm_rh.yaml"))
    asked = parser.parse_args()
    recipe = Recipe.load(asked.recipe)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MIXERKIT_CACHE"] = f"{folder}/cache"
        own = written(Path(folder) / "own", asked.clips, recipe.audio.rate, channels=1)
        other = written(Path(folder) / "other", asked.clips, 44_100, channels=2)
        print(f"{asked.clips} clips of 1 s, {torch.get_num_threads()} threads, batch {BATCH}, {recipe.name}\n")
        for name, clips in ((f"{recipe.audio.rate} Hz mono", own), ("44100 Hz stereo", other)):
            seconds, _ = timed(lambda clips=clips: stored(recipe, clips))  # type: ignore[misc]
            print(f"(a) into the store, {name}: {len(clips) / seconds:,.0f} clips/s")
        feeding(recipe, own, stored(recipe, own), asked.rounds)


def feeding(recipe: Recipe, clips: list[Clip], waves: Waves, rounds: int) -> None:
    """(b) and (c): the best epoch of each way of feeding."""
    front_end, spectrogram = build_front_end(recipe), recipe.input_shape()
    index = torch.split(torch.arange(len(clips)), BATCH)
    cpu = torch.device("cpu")

    def spectrograms() -> Iterable[Batch]:
        return (front_end(*waves.batch(rows, cpu)) for rows in index)

    ready = list(spectrograms())
    whole = torch.tensor(spectrogram.frames)
    items = DataLoader(PerItem(clips, spectrogram.frames, spectrogram.mels), BATCH, num_workers=os.cpu_count() or 1)
    ways: dict[str, Callable[[], Iterable[Batch]]] = {
        "ready tensors": lambda: ready,
        "(b) the store": spectrograms,
        "(c) fbank per item, DataLoader workers": lambda: ((batch, whole.expand(len(batch))) for batch in items),
    }
    best = dict.fromkeys(ways, float("inf"))
    epoch = trainer(recipe)
    for _ in range(rounds):
        for name, way in ways.items():
            best[name] = min(best[name], timed(lambda way=way: epoch(way()))[0])  # type: ignore[misc]
    for name, seconds in best.items():
        print(
            f"{name}: {len(clips) / seconds:,.0f} clips/s, {seconds / best['ready tensors']:.3f} of the time with ready tensors"
        )
    alone = timed(lambda: list(spectrograms()))[0]
    print(f"front end and gathering alone: {len(clips) / alone:,.0f} clips/s")


def trainer(recipe: Recipe) -> Callable[[Iterable[Batch]], None]:
    """One epoch of forward, backward and update over batches."""
    model = build_model(recipe, 10)
    optimizer = torch.optim.AdamW(model.parameters())

    def epoch(batches: Iterable[Batch]) -> None:
        for spectrogram, frames in batches:
            loss = nn.functional.cross_entropy(model(spectrogram, frames), torch.zeros(len(spectrogram), dtype=torch.int64))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return epoch


def stored(recipe: Recipe, clips: list[Clip]) -> Waves:
    """The clips in the store, decoded if they are not there yet."""
    names = digests([clip.path for clip in clips])
    return load(clips, names, recipe.audio, recipe.features.shortest(recipe.audio.rate)).waves


def written(folder: Path, count: int, rate: int, channels: int) -> list[Clip]:
    """WAV files of noise, a second each."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(rate)
    clips = [Clip(folder / f"{i}.wav", "x") for i in range(count)]
    for clip in clips:
        soundfile.write(clip.path, rng.uniform(-0.3, 0.3, (rate, channels)), rate)
    return clips


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """(seconds, result)."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


if __name__ == "__main__":
    main()
