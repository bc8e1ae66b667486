"""What predict takes: waveforms of every dtype and layout, and what it refuses."""

import numpy as np
import pytest
import torch

import mixerkit
from mixerkit.errors import DataError, UsageError
from mixerkit.inference import Prediction
from tests.conftest import TINY

RATE = 16_000


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One tiny run that is only looked at."""
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "tiny.yaml").write_text(TINY)
    return mixerkit.train(folder / "tiny.yaml", out=folder / "run")


@pytest.fixture(scope="module")
def wave():
    """A tone with the amplitudes of 8 bits, so that every dtype holds it exactly."""
    tone = np.round(np.sin(2 * np.pi * 440 * np.arange(8000) / RATE) * 100) / 128
    return tone.astype(np.float32)


def scores(run, wave):
    (found,) = run.predict(wave, rate=RATE, top=10)
    assert found.problem == ""
    return dict(zip(found.labels, found.scores, strict=True))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "uint8", "uint16", "uint32", ">i2", "<i4"])
def test_whole_numbers_are_scaled_by_their_range(run, wave, dtype):
    kind = np.dtype(dtype)
    half = 2 ** (8 * kind.itemsize - 1)
    whole = (wave.astype(np.float64) * half + (half if kind.kind == "u" else 0)).astype(kind)
    assert scores(run, whole) == scores(run, wave)


@pytest.mark.parametrize("dtype", [torch.int8, torch.int16, torch.int32, torch.uint8])
def test_whole_numbers_in_tensors_too(run, wave, dtype):
    half = -torch.iinfo(dtype).min or 128
    whole = (torch.from_numpy(wave).double() * half + (128 if dtype == torch.uint8 else 0)).to(dtype)
    assert scores(run, whole) == scores(run, wave)


LAYOUTS = {
    "float64": lambda wave: wave.astype(np.float64),
    "big-endian": lambda wave: wave.astype(">f4"),
    "negative strides": lambda wave: wave[::-1].copy()[::-1],
    "strides": lambda wave: np.stack([wave, wave], axis=1)[:, 0],
    "read-only": lambda wave: np.frombuffer(wave.tobytes(), np.float32),
    "with gradient": lambda wave: torch.from_numpy(wave).requires_grad_(),
    "float64 tensor": lambda wave: torch.from_numpy(wave).double(),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_waveforms_of_every_layout(run, wave, name):
    assert scores(run, LAYOUTS[name](wave)) == scores(run, wave)


def test_half_precision_is_enough_for_a_wave_of_8_bits(run, wave):
    assert scores(run, torch.from_numpy(wave).bfloat16()) == scores(run, wave)
    assert scores(run, wave.astype(np.float16)) == scores(run, wave)


def test_a_wave_far_above_1_says_so(run, wave):
    loud, fine = run.predict([wave * 32768, wave * 3], rate=RATE)
    assert "within -1 and 1" in loud.problem
    assert fine.problem == ""


KINDS = {
    "bool": np.ones(8000, bool),
    "complex": np.ones(8000, np.complex64),
    "complex tensor": torch.ones(8000, dtype=torch.complex64),
    "bool tensor": torch.ones(8000, dtype=torch.bool),
    "text": np.array(["x"] * 8000),
    "objects": np.array([object()] * 8000),
    "int64": np.ones(8000, np.int64),
}


@pytest.mark.parametrize("name", KINDS)
def test_numbers_that_are_no_wave_are_refused(run, name):
    for given in (KINDS[name], [KINDS[name]]):
        with pytest.raises(UsageError, match=r"waveform 0\n.*(bool|complex|str|object|<U|int64)"):
            run.predict(given, rate=RATE)


@pytest.mark.parametrize(
    "given", [None, 5, 0.5, b"a.wav", [None], [5], [[0.1, 0.2]], np.float32(1.0), torch.tensor(1.0)], ids=repr
)
def test_what_is_no_recording_is_refused(run, given):
    with pytest.raises(UsageError, match=r"(predict|recording 0)\n.*Got: "):
        run.predict(given, rate=RATE)


def test_a_stack_of_several_channels_is_refused(run, wave):
    with pytest.raises(DataError, match=r"waveform 0\n.*\[2, 8000\]"):
        run.predict(np.stack([wave, wave])[None], rate=RATE)


@pytest.mark.parametrize("rate", [0, -1, 999, 768_001, 16_000.5, "16000", True, float("nan"), [16_000]])
def test_a_rate_is_a_whole_number_of_samples(run, wave, rate):
    with pytest.raises(UsageError, match=r"rate\n.*Got: (?s:.*)1,000 to 768,000"):
        run.predict(wave, rate=rate)


def test_a_rate_may_come_from_numpy(run, wave):
    (found,) = run.predict(wave, rate=np.int64(RATE))
    assert (found.label,) == run.predict(wave, rate=RATE)[0].labels


@pytest.mark.parametrize("top", [0, -1, 1.5, "1", None, True])
def test_top_is_a_whole_number(run, wave, top):
    with pytest.raises(UsageError, match=r"top\n.*Got: (?s:.*)At least 1"):
        run.predict(wave, rate=RATE, top=top)


def test_a_failed_prediction_has_no_label_and_says_why():
    failed = Prediction("a.wav", problem="it is empty (0 bytes)")
    for ask in (lambda: failed.label, lambda: failed.score):
        with pytest.raises(DataError, match=r"a\.wav\n.*it is empty"):
            ask()


def test_nothing_given_is_nothing_found(run):
    assert run.predict([]) == []
