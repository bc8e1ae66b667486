"""What a run makes of recordings, files or waveforms."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

import mixerkit
from mixerkit import build_model
from mixerkit.errors import DataError, UsageError
from mixerkit.rundir.checkpoint import load_state


def tone(rate, seconds=0.4):
    return np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate).astype(np.float32) * 0.3


def test_predict_takes_files_of_any_rate_and_waveforms(run, tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(16_000), 16_000)
    soundfile.write(tmp_path / "b.flac", np.stack([tone(44_100)] * 2, axis=1), 44_100)
    one, other = run.predict([tmp_path / "a.wav", str(tmp_path / "b.flac")], top=3)
    assert one.source.endswith("a.wav")
    assert one.label == other.label
    assert one.scores == pytest.approx(other.scores, abs=0.02)
    assert list(one.scores) == sorted(one.scores, reverse=True)
    assert len(one.labels) == 3
    (same_wave,) = run.predict(torch.from_numpy(soundfile.read(tmp_path / "a.wav", dtype="float32")[0]), rate=16_000, top=3)
    assert same_wave.scores == one.scores
    assert sum(run.predict(tone(16_000), rate=16_000, top=99)[0].scores) == pytest.approx(1.0)


def test_predict_agrees_with_the_training_pipeline(run):
    """A test clip gets the same class whether it comes as a file or through the split."""
    clips = [clip for clip in run.clips() if clip.split == "test"]
    predicted = [found.label for found in run.predict([clip.path for clip in clips])]
    right = sum(label == clip.label for label, clip in zip(predicted, clips, strict=True))
    assert right / len(clips) == run.summary["test/accuracy"]


def test_a_long_recording_is_cut_into_windows_and_averaged(run):
    rate, wave = 16_000, np.concatenate([tone(16_000, 0.5), np.zeros(8000, np.float32)])
    whole = run.predict(wave, rate=rate, top=10)[0]
    halves = [run.predict(part, rate=rate, top=10)[0] for part in (wave[:8000], wave[8000:])]
    mean = {label: np.mean([dict(zip(h.labels, h.scores, strict=True))[label] for h in halves]) for label in run.labels}
    assert dict(zip(whole.labels, whole.scores, strict=True)) == pytest.approx(mean, abs=1e-6)


def test_the_windows_of_a_long_recording_go_through_in_batches(run, monkeypatch):
    sizes = []
    model = run.model()
    model.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))
    monkeypatch.setattr(importlib.import_module("mixerkit.inference.predict"), "load_model", lambda run: model)
    run.predict(tone(16_000, seconds=10.0), rate=16_000)
    assert sizes == [8, 8, 4]


def test_predict_names_what_it_cannot_use(run, tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"")
    good = tmp_path / "good.wav"
    soundfile.write(good, tone(16_000), 16_000)
    bad, fine, missing = run.predict([tmp_path / "bad.wav", good, Path("nothing.wav")])
    assert bad.problem == "it is empty (0 bytes)"
    assert fine.problem == ""
    assert missing.problem == "there is no such file"
    assert run.predict(np.full(8000, np.nan, np.float32), rate=16_000)[0].problem.endswith("samples are NaN or infinite")
    assert "make one frame" in run.predict(np.zeros(100, np.float32), rate=16_000)[0].problem
    with pytest.raises(UsageError, match="without its rate"):
        run.predict(tone(16_000))
    with pytest.raises(UsageError, match="At least 1"):
        run.predict(good, top=0)
    with pytest.raises(DataError, match=r"One channel: \[L\]"):
        run.predict([np.zeros((2, 8000), np.float32)], rate=16_000)


def test_damaged_weights_are_refused(tiny, tmp_path):
    found = mixerkit.train(tiny, out=tmp_path / "run")
    path = found.path / "checkpoints" / "best.safetensors"
    raw = bytearray(path.read_bytes())
    raw[-5] ^= 4
    path.write_bytes(raw)
    with pytest.raises(DataError, match="a byte has changed"):
        found.model()


def test_the_checkpoint_is_plain_data(run):
    state = load_state(run.path / "checkpoints" / "last.pt")
    assert set(state) == {"format", "run", "model", "average", "optimizer", "precision", "position"}
    assert state["position"]["epoch"] == 2
    assert build_model(run.recipe, 10).load_state_dict(state["model"])
