"""A planted leak of each kind is found; what is known is a warning."""

from pathlib import Path

import pytest

from mixerkit.audio.leaks import find_leaks, refuse_leaks
from mixerkit.datasets import Clip
from mixerkit.datasets.folder import FolderSpec
from mixerkit.datasets.urbansound8k import UrbanSound8kSpec
from mixerkit.errors import DataError

FOLDER = FolderSpec(root="x")


def clips(*reported):
    return [Clip(Path(f"{i}.wav"), "a", split=split, group=group) for i, (split, group) in enumerate(reported)]


def test_nothing_is_found_where_nothing_is_shared():
    found = clips(("train", "a"), ("train", "a"), ("val", "b"), ("test", None))
    assert find_leaks(found, ["0", "0", "1", "2"]) == []


def test_a_group_in_two_splits_stops():
    leaks = find_leaks(clips(("train", "same"), ("test", "same"), ("val", "b")), ["0", "1", "2"])
    with pytest.raises(DataError, match=r"(?s)group 'same' in test and train \(2 clips\).*data\.on_leak=warn"):
        refuse_leaks(leaks, FOLDER)


def test_the_same_file_in_two_splits_stops():
    leaks = find_leaks(clips(("train", None), ("test", None), ("val", None)), ["0", "0", "2"])
    with pytest.raises(DataError, match=r"byte for byte: 0\.wav \(train\) = 1\.wav \(test\)"):
        refuse_leaks(leaks, FOLDER)


def test_a_warning_is_asked_for():
    leaks = find_leaks(clips(("train", "same"), ("test", "same"), ("val", "b")), ["0", "0", "2"])
    lines = refuse_leaks(leaks, FolderSpec(root="x", on_leak="warn"))
    assert [line.split(":")[0] for line in lines] == ["leak", "leak"]


def test_the_five_known_recordings_of_urbansound8k_are_a_warning_and_a_sixth_is_not():
    data = UrbanSound8kSpec(root="x")
    known = clips(("train", "106905"), ("test", "106905"), ("val", "b"))
    assert refuse_leaks(find_leaks(known, "012"), data) == [
        "known overlap: 1 groups stand in more than one split: group '106905' in test and train (2 clips)"
    ]
    both = [*known, *clips(("train", "6"), ("val", "6"))]
    with pytest.raises(DataError, match="group '6' in train and val"):
        refuse_leaks(find_leaks(both, "01234"), data)
