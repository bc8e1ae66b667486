"""Weights and training state on disk: read back as written, every damage noticed, nothing run."""

import os
import zipfile

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.errors import DataError
from mixerkit.rundir.checkpoint import load_state, load_weights, save_state, save_weights

WEIGHTS = {"a": torch.randn(3, 4), "b": torch.arange(5), "c": torch.randn(2, dtype=torch.bfloat16)}


def test_weights_come_back_with_what_is_reported_about_them(tmp_path):
    save_weights(tmp_path / "c" / "w.safetensors", WEIGHTS, {"epoch": "3"})
    weights, about = load_weights(tmp_path / "c" / "w.safetensors")
    assert about["epoch"] == "3"
    assert all(torch.equal(weights[name], tensor) for name, tensor in WEIGHTS.items())
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["w.safetensors"]


@given(place=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(place, bit, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flip")
    save_weights(folder / "w.safetensors", WEIGHTS, {})
    save_state(folder / "s.pt", {"model": WEIGHTS, "n": 1})
    for name, load in (("w.safetensors", load_weights), ("s.pt", load_state)):
        raw = bytearray((folder / name).read_bytes())
        raw[int(place * len(raw))] ^= 1 << bit
        (folder / name).write_bytes(raw)
        try:
            found = load(folder / name)
        except DataError:
            continue
        tensors = (
            found[0] if name.endswith("safetensors") else found["model"]
        )  # a bit in the padding of a container may change nothing
        assert all(torch.equal(tensors[key], tensor) for key, tensor in WEIGHTS.items())


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.99])
def test_a_cut_file_is_refused(tmp_path, keep):
    save_weights(tmp_path / "w.safetensors", WEIGHTS, {})
    save_state(tmp_path / "s.pt", {"model": WEIGHTS})
    for name, load in (("w.safetensors", load_weights), ("s.pt", load_state)):
        raw = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(raw[: int(keep * len(raw))])
        with pytest.raises(DataError, match=name):
            load(tmp_path / name)


class Hostile:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def test_a_hostile_state_runs_nothing(tmp_path):
    marker = tmp_path / "marker"
    torch.save({"model": Hostile(marker)}, tmp_path / "s.pt")
    with pytest.raises(DataError, match="not one of ours"):
        load_state(tmp_path / "s.pt")
    assert not marker.exists()


def test_a_failed_write_keeps_the_old_file_and_leaves_no_draft(tmp_path, monkeypatch):
    save_state(tmp_path / "s.pt", {"n": 1})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(DataError, match="No space"):
        save_state(tmp_path / "s.pt", {"n": 2})
    assert load_state(tmp_path / "s.pt") == {"n": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["s.pt"]
    assert zipfile.is_zipfile(tmp_path / "s.pt")
