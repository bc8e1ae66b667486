"""Splits: seeded, stratified, whole groups at a time, and no leak."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.audio import split
from mixerkit.audio.split import distribute
from mixerkit.datasets import Clip, Folds, Fractions
from mixerkit.errors import DataError


def clips(counts, groups=None, root="/data"):
    """counts: clips per label; groups: how many groups the clips of all labels share in turn."""
    return [
        Clip(Path(f"{root}/{label}/{i}.wav"), label, group=None if groups is None else f"g{i % groups}")
        for label, count in counts.items()
        for i in range(count)
    ]


COUNTS = st.dictionaries(st.sampled_from("abcd"), st.integers(10, 60), min_size=2)


@given(counts=COUNTS, seed=st.integers(0, 5))
def test_shares_are_kept_for_every_label(counts, seed):
    found = split(clips(counts), Fractions(0.1, 0.2), seed)
    for label, count in counts.items():
        parts = Counter(clip.split for clip in found if clip.label == label)
        assert abs(parts["val"] - 0.1 * count) <= 1
        assert abs(parts["test"] - 0.2 * count) <= 1


@given(counts=COUNTS, groups=st.integers(10, 30), seed=st.integers(0, 5))
def test_a_group_stays_in_one_split(counts, groups, seed):
    found = split(clips(counts, groups), Fractions(0.2, 0.2), seed)
    where = {}
    for clip in found:
        where.setdefault(clip.group, set()).add(clip.split)
    assert all(len(splits) == 1 for splits in where.values())
    assert {clip.split for clip in found} == {"train", "val", "test"}


@given(seed=st.integers(0, 20))
def test_the_seed_decides_and_the_order_of_files_does_not(seed):
    given_clips = clips({"a": 30, "b": 30})
    one = {clip.path: clip.split for clip in split(given_clips, Fractions(), seed)}
    other = {clip.path: clip.split for clip in split(given_clips[::-1], Fractions(), seed)}
    assert one == other
    assert one != {clip.path: clip.split for clip in split(given_clips, Fractions(), seed + 1)}


def test_moving_the_data_moves_no_clip_to_another_split():
    here = split(clips({"a": 30, "b": 30}), Fractions(), 0)
    there = split(clips({"a": 30, "b": 30}, root="/elsewhere/data"), Fractions(), 0)
    assert [clip.split for clip in here] == [clip.split for clip in there]


@given(count=st.integers(2, 6), seed=st.integers(0, 3))
def test_folds_are_even_and_each_is_tested_once(count, seed):
    given_clips = clips({"a": 24, "b": 36})
    tested = []
    for test in range(1, count + 1):
        found = split(given_clips, Folds.numbered(count, test, made=True), seed) if count > 2 else None
        if found is None:
            return
        tested += [clip.path for clip in found if clip.split == "test"]
        assert {clip.fold for clip in found if clip.split == "val"} == {str(test % count + 1)}
    assert sorted(tested) == sorted(clip.path for clip in given_clips)


def test_parts_are_filled_in_proportion():
    parts = distribute(clips({"a": 100}), [0.7, 0.2, 0.1], 0)
    assert Counter(parts) == {0: 70, 1: 20, 2: 10}


def test_too_little_data_says_what_is_missing():
    with pytest.raises(DataError, match="No clip is left for"):
        split(clips({"a": 2, "b": 2}), Fractions(), 0)
    one_sided = [Clip(Path(f"{s}{label}.wav"), label, split=s) for s, label in (("train", "a"), ("val", "a"), ("test", "b"))]
    with pytest.raises(DataError, match="No clip to train on for b"):
        split(one_sided, Fractions(), 0)


def test_an_unknown_fold_is_named():
    unknown = [Clip(Path("x.wav"), "a", fold="11")]
    with pytest.raises(DataError, match="fold '11'"):
        split(unknown, Folds.numbered(10, 1), 0)


def test_a_given_test_split_gets_no_other_clips():
    rest = clips({"a": 50, "b": 50})
    official = [Clip(Path(f"/data/{label}/t{i}.wav"), label, split="test") for label in "ab" for i in range(10)]
    found = split([*rest, *official], Fractions(0.1, 0.1), 0)
    assert {clip.path for clip in found if clip.split == "test"} == {clip.path for clip in official}
    counts = Counter(clip.split for clip in found)
    assert 10 <= counts["val"] <= 12  # a tenth of nine tenths of a hundred


def test_clips_of_a_group_follow_the_one_that_has_a_split():
    rest = clips({"a": 30, "b": 30}, groups=30)
    given_split = Clip(Path("/data/a/x.wav"), "a", split="test", group="g3")
    found = split([*rest, given_split], Fractions(0.2, 0.2), 0)
    assert {clip.split for clip in found if clip.group == "g3"} == {"test"}


def test_a_share_of_nothing_is_no_split():
    found = distribute(clips({"a": 10}), [0.5, 0.5], 0)
    assert Counter(found) == {0: 5, 1: 5}
    with pytest.raises(DataError, match="No clip is left for test"):
        split(clips({"a": 10, "b": 10}), Fractions(0.2, 0.0), 0)
