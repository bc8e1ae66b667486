"""Layouts on disk become rows; what is another layout, or incomplete, is refused."""

from collections import Counter

import pytest

from mixerkit.audio import split
from mixerkit.datasets.casia import CasiaSpec
from mixerkit.datasets.folder import FolderSpec
from mixerkit.datasets.ravdess import RavdessSpec
from mixerkit.datasets.speech_commands import SpeechCommandsSpec
from mixerkit.datasets.urbansound8k import UrbanSound8kSpec
from mixerkit.errors import DataError
from tests.datasets import miniatures


def parts(spec):
    clips = split(spec.clips(), spec.division(), spec.seed)
    return {name: [clip for clip in clips if clip.split == name] for name in ("train", "val", "test")}


def test_speech_commands_follows_its_lists(tmp_path):
    spec = SpeechCommandsSpec(root=str(miniatures.speech_commands(tmp_path)))
    found = parts(spec)
    assert {name: len(clips) for name, clips in found.items()} == {"train": 70, "val": 35, "test": 35}
    assert {clip.group for clip in found["test"]} == {"0132a06d"}
    assert len(spec.labels()) == 35
    assert {"no", "off", "on", "yes"} <= set(spec.labels())


def test_speech_commands_misses_nothing_silently(tmp_path):
    root = miniatures.speech_commands(tmp_path)
    (root / "zero" / "0132a06d_nohash_0.wav").unlink()
    with pytest.raises(DataError, match=r"1 of 70 files in its lists are missing, first zero/0132a06d"):
        SpeechCommandsSpec(root=str(root)).clips()
    (root / "testing_list.txt").unlink()
    with pytest.raises(DataError, match="This list is missing"):
        SpeechCommandsSpec(root=str(root)).clips()


@pytest.mark.parametrize(("fold", "val"), [(1, "2"), (10, "1")])
def test_urbansound8k_tests_one_whole_fold_and_validates_on_the_next(tmp_path, fold, val):
    found = parts(UrbanSound8kSpec(root=str(miniatures.urbansound8k(tmp_path)), fold=fold))
    assert {clip.fold for clip in found["test"]} == {str(fold)}
    assert {clip.fold for clip in found["val"]} == {val}
    assert len({clip.fold for clip in found["train"]}) == 8


def test_urbansound8k_misses_nothing_silently(tmp_path):
    root = miniatures.urbansound8k(tmp_path)
    (root / "audio" / "fold3" / "3004-4-0-0.wav").unlink()
    with pytest.raises(DataError, match="1 of 100 files of its table are missing"):
        UrbanSound8kSpec(root=str(root)).clips()
    with pytest.raises(DataError, match=r"has no metadata/UrbanSound8K\.csv; it holds fold1"):
        UrbanSound8kSpec(root=str(root / "audio")).clips()


def test_casia_knows_its_aliases(tmp_path):
    spec = CasiaSpec(root=str(miniatures.casia(tmp_path)))
    clips = spec.clips()
    assert len(clips) == 240
    assert Counter(clip.label for clip in clips) == dict.fromkeys(spec.labels(), 40)
    counts = {name: Counter(clip.label for clip in clips) for name, clips in parts(spec).items()}
    assert counts["test"] == dict.fromkeys(spec.labels(), 4)


def test_casia_leaves_a_speaker_out(tmp_path):
    found = parts(CasiaSpec(root=str(miniatures.casia(tmp_path)), protocol="loso4", fold=4))
    assert {clip.fold for clip in found["test"]} == {"zhaozuoxiang"}
    assert {clip.fold for clip in found["val"]} == {"liuchanhg"}


def test_ravdess_reads_names_and_leaves_songs_out(tmp_path):
    spec = RavdessSpec(root=str(miniatures.ravdess(tmp_path)))
    found = parts(spec)
    assert sum(map(len, found.values())) == 24 * 8 * 2
    assert min(Counter(clip.label for clip in found["test"]).values()) >= 4


def test_ravdess_by_speaker_has_no_actor_in_two_splits(tmp_path):
    root = str(miniatures.ravdess(tmp_path))
    tested = []
    for fold in range(1, 11):
        found = parts(RavdessSpec(root=root, protocol="speaker10", fold=fold))
        actors = {name: {clip.group for clip in clips} for name, clips in found.items()}
        assert not actors["test"] & (actors["train"] | actors["val"])
        tested += sorted(actors["test"])
    assert sorted(tested) == [f"{actor:02d}" for actor in range(1, 25)]


def test_ravdess_refuses_names_of_something_else(tmp_path):
    miniatures.sound(tmp_path / "Actor_01" / "happy_01.wav")
    with pytest.raises(DataError, match="Its name is not RAVDESS's"):
        RavdessSpec(root=str(tmp_path)).clips()


def test_folder_reads_every_format_and_keeps_groups_together(tmp_path):
    spec = FolderSpec(root=str(miniatures.folder(tmp_path)), group="(speaker[0-9]+)_", val=0.2, test=0.2)
    found = parts(spec)
    assert sum(map(len, found.values())) == 40
    assert {clip.path.suffix for clip in spec.clips()} == {".wav", ".flac", ".ogg", ".mp3"}
    groups = {name: {clip.group for clip in clips} for name, clips in found.items()}
    assert sum(map(len, groups.values())) == 10
    assert {name: len(clips) for name, clips in found.items()} == {"train": 24, "val": 8, "test": 8}


@pytest.mark.parametrize(("layout", "kind"), [("fold1", "urbansound8k"), ("Actor_07", "ravdess")])
def test_folder_refuses_a_tree_that_is_something_else(tmp_path, layout, kind):
    miniatures.sound(tmp_path / layout / "a.wav")
    with pytest.raises(DataError, match=f"(?s){layout}.*Use data.kind: {kind}"):
        FolderSpec(root=str(tmp_path)).clips()


def test_folder_says_what_is_missing(tmp_path):
    with pytest.raises(DataError, match="There is no folder"):
        FolderSpec(root=str(tmp_path / "nothing")).clips()
    miniatures.sound(tmp_path / "only" / "a.wav")
    with pytest.raises(DataError, match=r"1 recordings in 1 folders"):
        FolderSpec(root=str(tmp_path)).clips()
    miniatures.sound(tmp_path / "other" / "b.wav")
    with pytest.raises(DataError, match="does not match its path"):
        FolderSpec(root=str(tmp_path), group="(speaker[0-9]+)").clips()


@pytest.mark.parametrize("pattern", ["(", "no parentheses"])
def test_a_group_pattern_that_names_nothing_is_refused(pattern):
    with pytest.raises(ValueError, match=r"regular expression|parentheses"):
        FolderSpec(root="x", group=pattern)
