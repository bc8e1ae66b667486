"""Recordings from disk: any rate, any channels; every kind of damage has its sentence."""

import numpy as np
import pytest
import soundfile
import torch

from mixerkit.audio import BadAudio, decode, to_int16, to_rate
from tests.datasets.miniatures import sound

RATE = 16_000


def tone(rate, seconds=0.5, hertz=440.0):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 44_101, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_rate_and_channels_become_the_same_tone(tmp_path, rate, channels):
    path = tmp_path / "t.wav"
    soundfile.write(path, np.repeat(tone(rate)[:, None], channels, axis=1), rate)
    wave = decode(path, RATE, 8000, 400)
    expected = torch.from_numpy(tone(RATE)).float()
    assert abs(len(wave) - 8000) <= 1
    middle = slice(500, 7500)
    assert (wave[middle] - expected[middle]).abs().max() < 0.02


def test_channels_are_averaged(tmp_path):
    path = tmp_path / "t.wav"
    soundfile.write(path, np.stack([tone(RATE), -tone(RATE)], axis=1), RATE)
    assert decode(path, RATE, None, 400).abs().max() < 1e-4


def test_sixteen_bits_come_through_bit_for_bit(tmp_path):
    values = np.arange(-32768, 32768, 7, dtype=np.int16)
    soundfile.write(tmp_path / "t.wav", values, RATE)
    assert torch.equal(to_int16(decode(tmp_path / "t.wav", RATE, None, 400)), torch.from_numpy(values))


def test_what_is_louder_than_full_scale_is_clipped_not_wrapped():
    assert to_int16(torch.tensor([1.5, -1.5, 1.0])).tolist() == [32767, -32768, 32767]


def test_only_the_start_is_read(tmp_path):
    path = sound(tmp_path / "long.wav", seconds=3.0, rate=44_100)
    assert len(decode(path, RATE, 8000, 400)) == 8000
    assert abs(len(decode(path, RATE, None, 400)) - 48_000) <= 1
    whole = decode(path, RATE, None, 400)[:7900]
    torch.testing.assert_close(decode(path, RATE, 8000, 400)[:7900], whole, atol=1e-6, rtol=0)


def test_a_wave_of_no_samples_resamples_to_none():
    assert len(to_rate(torch.zeros(0), 44_100, RATE)) == 0


def wav(tmp_path, name, values=None, subtype="PCM_16"):
    path = tmp_path / name
    soundfile.write(path, tone(RATE) if values is None else values, RATE, subtype=subtype)
    return path


def damaged(tmp_path, name):
    """Files that cannot be used, by what is wrong with them."""
    path = tmp_path / "bad.wav"
    match name:
        case "missing":
            return path
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("this is no sound")
        case "random":
            path.write_bytes(np.random.default_rng(0).bytes(4000))
        case "header cut":
            path.write_bytes(wav(tmp_path, "x.wav").read_bytes()[:20])
        case "header only":
            path.write_bytes(wav(tmp_path, "x.wav").read_bytes()[:44])
        case "cut in half":
            raw = wav(tmp_path, "x.wav").read_bytes()
            path.write_bytes(raw[: len(raw) // 2])
        case "no samples":
            wav(tmp_path, "bad.wav", np.zeros(0))
        case "nan":
            values = tone(RATE)
            values[100] = np.nan
            wav(tmp_path, "bad.wav", values, "FLOAT")
        case "infinite":
            wav(tmp_path, "bad.wav", np.full(8000, np.inf), "FLOAT")
        case "one sample short":
            wav(tmp_path, "bad.wav", tone(RATE)[:399])
        case "flac cut":
            flac = tmp_path / "x.flac"
            soundfile.write(flac, tone(RATE), RATE)
            raw = flac.read_bytes()
            path.write_bytes(raw[: len(raw) // 2])
        case "folder":
            path.mkdir()
    return path


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "no such file"),
        ("empty", r"empty \(0 bytes\)"),
        ("text", "cannot be decoded"),
        ("random", "cannot be decoded"),
        ("header cut", "cannot be decoded"),
        ("header only", "cut short: 16,000 of 16,000 bytes"),
        ("cut in half", r"cut short: 8,022 of 16,000 bytes of sound are missing"),
        ("no samples", "lasts 0 ms; at least 25 ms"),
        ("nan", "1 samples are NaN or infinite"),
        ("infinite", "8000 samples are NaN or infinite"),
        ("one sample short", "lasts 25 ms; at least 25 ms"),
        ("flac cut", "cannot be decoded"),
        ("folder", "it is a folder, not a file"),
    ],
)
def test_every_kind_of_damage_has_its_sentence(tmp_path, name, message):
    with pytest.raises(BadAudio, match=message):
        decode(damaged(tmp_path, name), RATE, 8000, 400)


def test_a_wav_written_to_a_pipe_does_not_know_its_length(tmp_path):
    raw = bytearray(wav(tmp_path, "x.wav").read_bytes())
    raw[40:44] = b"\xff\xff\xff\xff"
    (tmp_path / "pipe.wav").write_bytes(raw)
    assert len(decode(tmp_path / "pipe.wav", RATE, 8000, 400)) == 8000


@pytest.mark.parametrize(("peak", "fits"), [(1.0, True), (3.9, True), (32_767.0, False), (3e38, False)])
def test_floats_of_another_scale_are_refused(tmp_path, peak, fits):
    path = wav(tmp_path, "loud.wav", np.array([tone(RATE) * peak, tone(RATE) * peak]).T, "FLOAT")
    if fits:
        assert len(decode(path, RATE, 8000, 400)) == 8000
    else:
        with pytest.raises(BadAudio, match="within -1 and 1"):
            decode(path, RATE, 8000, 400)
