"""Batched features against torchaudio's kaldi fbank, clip by clip."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchaudio.compliance.kaldi import fbank

from mixerkit.features import LogMelSpec

ONE_ROUNDING = 2e-6
"""torch's matrix product rounds differently with another number of rows: up to two units in the last place of a log of -16."""


def kaldi(wave, rate=16_000, **settings):
    ast = {"htk_compat": True, "use_energy": False, "window_type": "hanning", "num_mel_bins": 128, "dither": 0.0}
    return fbank(wave[None], sample_frequency=rate, **{**ast, **settings}).T


@settings(max_examples=15)
@given(
    lengths=st.lists(st.integers(400, 9000), min_size=1, max_size=5), level=st.sampled_from([1.0, 1e-3]), seed=st.integers(0, 9)
)
def test_every_clip_of_a_batch_is_kaldis(lengths, level, seed):
    waves = torch.zeros(len(lengths), 9000)
    generator = torch.Generator().manual_seed(seed)
    for row, length in zip(waves, lengths, strict=True):
        row[:length] = torch.randn(length, generator=generator) * level
    front_end = LogMelSpec(remove_mean=False).build(16_000, 9000, "zero-raw")
    spectrograms, valid = front_end.values(waves, torch.tensor(lengths))
    for row, length, spectrogram, frames in zip(waves, lengths, spectrograms, valid, strict=True):
        expected = kaldi(row[:length])
        assert frames == expected.shape[1]
        assert (spectrogram[0, :, :frames] - expected).abs().max() <= ONE_ROUNDING


@pytest.mark.parametrize(
    ("ours", "theirs", "rate"),
    [
        ({"n_mels": 64, "f_min": 50.0, "f_max": 7000.0}, {"num_mel_bins": 64, "low_freq": 50.0, "high_freq": 7000.0}, 16_000),
        ({"window_ms": 32.0, "hop_ms": 8.0}, {"frame_length": 32.0, "frame_shift": 8.0}, 16_000),
        ({"n_mels": 40}, {"num_mel_bins": 40}, 8_000),
        ({"window": "povey"}, {"window_type": "povey"}, 16_000),
        ({"window": "hamming"}, {"window_type": "hamming"}, 16_000),
        ({"n_mels": 80}, {"num_mel_bins": 80}, 44_100),
    ],
)
def test_other_settings_are_kaldis_too(ours, theirs, rate):
    wave = torch.randn(rate)
    front_end = LogMelSpec(remove_mean=False, **ours).build(rate, rate, "zero-raw")
    spectrogram, _ = front_end.values(wave[None], torch.tensor([rate]))
    expected = kaldi(wave, rate, **theirs)
    assert spectrogram.shape[2:] == expected.shape
    assert (spectrogram[0, 0] - expected).abs().max() <= ONE_ROUNDING


def test_removing_the_mean_is_asts_first_step():
    wave = torch.randn(8000) + 0.3
    front_end = LogMelSpec().build(16_000, 16_000, "zero-raw")
    padded = torch.nn.functional.pad(wave, (0, 8000))
    spectrogram, valid = front_end.values(padded[None], torch.tensor([8000]))
    expected = kaldi(wave - wave.mean())
    assert (spectrogram[0, 0, :, : int(valid)] - expected).abs().max() <= 1e-4


@pytest.mark.parametrize(("rate", "hop_ms"), [(11_025, 10.0), (12_345, 10.0), (16_000, 10.035)])
def test_windows_and_hops_of_broken_samples_are_cut_as_kaldi_cuts_them(rate, hop_ms):
    wave = torch.randn(rate)
    spectrogram, _ = (
        LogMelSpec(remove_mean=False, n_mels=40, hop_ms=hop_ms)
        .build(rate, rate, "zero-raw")
        .values(wave[None], torch.tensor([rate]))
    )
    expected = kaldi(wave, rate, num_mel_bins=40, frame_shift=hop_ms)
    assert spectrogram.shape[2:] == expected.shape
    assert (spectrogram[0, 0] - expected).abs().max() <= ONE_ROUNDING
