"""Precomputed spectrograms: an .npz file becomes rows, and what is none is refused."""

from collections import Counter

import numpy as np
import pytest

from mixerkit.audio import divide
from mixerkit.datasets import protocol
from mixerkit.datasets.tensors import TensorsSpec
from mixerkit.errors import DataError


def npz(tmp_path, **arrays):
    np.savez(tmp_path / "x.npz", **arrays)
    return TensorsSpec(file=str(tmp_path / "x.npz"))


SPECTROGRAMS = np.arange(3 * 2 * 4 * 5, dtype=np.float64).reshape(3, 2, 4, 5)


def test_rows_and_spectrograms_belong_together(tmp_path):
    data = npz(tmp_path, spectrograms=SPECTROGRAMS, labels=[2, 0, 2], split=["train", "val", "test"], group=["a", "b", "c"])
    clips = data.clips()
    assert [(clip.label, clip.split, clip.group, clip.fold) for clip in clips] == [
        ("2", "train", "a", None),
        ("0", "val", "b", None),
        ("2", "test", "c", None),
    ]
    assert np.array_equal(data.spectrograms(clips[::-1]), SPECTROGRAMS[::-1].astype(np.float32))


def test_trials_are_text_however_they_are_written(tmp_path):
    data = npz(tmp_path, spectrograms=SPECTROGRAMS, labels=np.array([b"dog", b"cat", b"dog"]), split=["Training", "dev", "TEST"])
    assert [(clip.label, clip.split) for clip in data.clips()] == [("dog", "train"), ("cat", "val"), ("dog", "test")]
    assert [clip.label for clip in npz(tmp_path, spectrograms=SPECTROGRAMS, labels=[1.0, 2.0, 2.5]).clips()] == ["1", "2", "2.5"]


def test_what_the_file_lacks_is_taken_from_training(tmp_path):
    labels, split = ["a", "b"] * 20, ["train"] * 30 + ["test"] * 10
    data = npz(tmp_path, spectrograms=np.zeros((40, 1, 1, 1)), labels=labels, split=split)
    assert Counter(clip.split for clip in divide(data)) == {"train": 27, "val": 3, "test": 10}
    assert protocol(data) == "tensors own train and test, val 0.1 of train"


def test_folds_are_the_files_own(tmp_path):
    data = npz(tmp_path, spectrograms=SPECTROGRAMS, labels=["a", "a", "a"], fold=[10, 2, 3])
    assert data.division().names == ("2", "3", "10")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"spectrograms": SPECTROGRAMS}, "no labels"),
        ({"labels": ["a", "b"]}, "no spectrograms"),
        ({"spectrograms": SPECTROGRAMS[0], "labels": ["a", "b"]}, r"float64 \[2, 4, 5\]"),
        ({"spectrograms": SPECTROGRAMS, "labels": [["a"], ["b"], ["c"]]}, r"shape \[3, 1\]"),
        ({"spectrograms": SPECTROGRAMS, "labels": ["a"] * 4}, "3 spectrograms and more labels"),
        ({"spectrograms": SPECTROGRAMS, "labels": ["a"] * 3, "split": ["train"]}, "3 labels, 1 splits"),
        ({"spectrograms": SPECTROGRAMS, "labels": ["a"] * 3, "split": ["x"] * 3}, "'x'"),
        ({"spectrograms": SPECTROGRAMS, "labels": [1.0, np.nan, 2.0]}, "Number 1 is empty, or NaN"),
        ({"spectrograms": np.full((2, 1, 1, 1), np.nan), "labels": ["a", "b"]}, "2 spectrograms hold NaN"),
        ({"spectrograms": np.array([object()]), "labels": ["a"]}, "without objects"),
    ],
)
def test_what_is_none_is_refused(tmp_path, arrays, message):
    data = npz(tmp_path, **arrays)
    with pytest.raises(DataError, match=message):
        data.spectrograms(data.clips())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"text"])
def test_a_file_that_is_no_npz(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        TensorsSpec(file=str(tmp_path / "x.npz")).clips()


def test_a_single_array_is_no_npz(tmp_path):
    np.save(tmp_path / "x.npy", SPECTROGRAMS)
    with pytest.raises(DataError, match="cannot be read"):
        TensorsSpec(file=str(tmp_path / "x.npy")).clips()
