"""The whole front end against transformers' ASTFeatureExtractor: log-mel, raw zeros behind it, AST's constants."""

import pytest
import torch
from transformers import ASTFeatureExtractor

from mixerkit.features import LogMelSpec, NormaliseSpec

RATE = 16_000


@pytest.mark.parametrize(("preset", "frames"), [("ast-audioset", 1024), ("ast-esc50", 512), ("ast-speech-commands", 128)])
@pytest.mark.parametrize("seconds", [0.4, 1.0, 6.0])
def test_spectrograms_are_asts(preset, frames, seconds):
    spec = LogMelSpec(frames=frames, normalise=NormaliseSpec(preset=preset))
    samples = round(RATE * seconds)
    front_end = spec.build(RATE, samples, "zero-raw")
    front_end.set_statistics(spec.normalise.given())
    wave = torch.randn(samples, generator=torch.Generator().manual_seed(0)) * 0.1
    ours, _ = front_end(wave[None], torch.tensor([samples]))
    given = spec.normalise.given()
    reference = ASTFeatureExtractor(max_length=frames, mean=given.mean, std=given.std)
    theirs = reference(wave.numpy(), sampling_rate=RATE, return_tensors="pt").input_values  # [1, S, M]
    assert (ours[0, 0] - theirs[0].T).abs().max() <= 1e-3
