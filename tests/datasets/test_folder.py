"""One folder per class: every format, groups kept together, nothing left out silently."""

from collections import Counter

import pytest

from mixerkit.audio import divide
from mixerkit.datasets import protocol
from mixerkit.datasets.folder import FolderSpec
from mixerkit.errors import DataError
from tests.datasets import miniatures
from tests.datasets.test_datasets import parts


def test_folder_reads_every_format_and_keeps_groups_together(tmp_path):
    spec = FolderSpec(root=str(miniatures.folder(tmp_path)), group="(speaker[0-9]+)_", val_fraction=0.2, test_fraction=0.2)
    found = parts(spec)
    assert sum(map(len, found.values())) == 40
    assert {clip.path.suffix for clip in spec.clips()} == {".wav", ".flac", ".ogg", ".mp3"}
    groups = {name: {clip.group for clip in clips} for name, clips in found.items()}
    assert sum(map(len, groups.values())) == 10
    assert {name: len(clips) for name, clips in found.items()} == {"train": 24, "val": 8, "test": 8}


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ("fold1/a.wav", "urbansound8k"),
        ("metadata/UrbanSound8K.csv", "urbansound8k"),
        ("Actor_07/a.wav", "ravdess"),
        ("validation_list.txt", "speech-commands"),
        ("meta/esc50.csv", "esc50"),
        ("liuchanhg/angry/201.wav", "casia"),
    ],
)
def test_folder_refuses_a_tree_that_is_something_else(tmp_path, found, kind):
    (tmp_path / found).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / found).write_text("")
    with pytest.raises(DataError, match=f"(?s)not classes.*Use data.kind: {kind}"):
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


def test_folder_says_what_it_leaves_out(tmp_path):
    root = miniatures.folder(tmp_path)
    miniatures.sound(root / "stray.wav")
    miniatures.sound(root / "_odd" / "a.wav")
    miniatures.sound(root / "aside" / "a.wav")
    (root / "yes" / "notes.txt").write_text("")
    (root / "yes" / "more").symlink_to(root / "aside")
    (root / "no" / "gone.wav").symlink_to(root / "nowhere.wav")
    (root / "no" / "folder.wav").mkdir()
    spec = FolderSpec(root=str(root))
    clips = spec.clips()
    assert {"gone.wav", "folder.wav"} <= {clip.path.name for clip in clips}  # decoding says what is wrong with them
    assert spec.notes(clips) == [
        f"left out: 1 recordings in {root} that lie in no class's folder: stray.wav",
        f"left out: 1 folders in {root} whose names begin with _: _odd",
        "left out: 1 links to folders, which are not followed: yes/more",
        "left out: 1 files that are not .wav, .flac, .ogg, .mp3: .txt",
    ]


HIDDEN = ["yes/._a.wav", "yes/.ipynb_checkpoints/a.wav", "no/deep/.Trash-1000/a.wav", "no/@eaDir/a.wav/b.wav", ".cache/a.wav"]
HIDDEN += ["__MACOSX/yes/a.wav", "yes/desktop.ini", "no/Thumbs.db", "yes/.DS_Store", "lost+found/a.wav"]


def test_hidden_and_tool_made_entries_are_left_out_at_every_depth_and_counted(tmp_path):
    root = miniatures.folder(tmp_path)
    miniatures.sound(root / "no" / "deep" / "a.wav")
    for name in HIDDEN:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"\0\5\x16\7")
    spec = FolderSpec(root=str(root))
    clips = spec.clips()
    assert len(clips) == 41
    assert spec.notes(clips) == [
        "left out: 10 hidden or tool-made entries: no/@eaDir, no/Thumbs.db, no/deep/.Trash-1000, yes/.DS_Store and 6 more"
    ]


def tree(root, *names):
    for name in names:
        for take in "ab":
            miniatures.sound(root / name / f"{take}.wav")
    return FolderSpec(root=str(root))


def test_folders_of_splits_are_splits_in_any_case(tmp_path):
    spec = tree(tmp_path, "Train/dog", "Train/cat", "VALID/dog", "VALID/cat/deep", "test/dog", "test/cat")
    clips = divide(spec)
    assert {(clip.label, clip.split) for clip in clips} == {(a, b) for a in ("dog", "cat") for b in ("train", "val", "test")}
    assert protocol(spec) == "folder own splits"
    assert spec.notes(clips) == ["folders read as splits: Train (train), VALID (val), test (test)"]


def test_what_folders_of_splits_lack_is_taken_from_training(tmp_path):
    spec = tree(tmp_path, *(f"{split}/{label}/{i}" for split in ("train", "test") for label in ("dog", "cat") for i in range(5)))
    clips = divide(spec.model_copy(update={"val_fraction": 0.2, "group": "((?:train|test)/.*/[0-9])/"}))
    assert Counter(clip.split for clip in clips) == {"train": 16, "val": 4, "test": 20}
    assert protocol(spec) == "folder own train and test, val 0.1 of train"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("train/dog", "train/cat", "test/dog", "bird"), r"holds test, train, names of splits, beside bird.*in a table"),
        (("train", "test"), r"test, the folder of a split, holds recordings that lie in no class's folder"),
        (("train", "test", "bus"), r"names of splits, beside bus"),
        (("dog/train", "dog/test", "cat/train"), r"dog holds test, train: splits below a class.*above the classes"),
        (("train/dog", "train/cat", "eval/dog"), r"'eval' means the validation split to some.*Call it val or test"),
        (("set/dog", "set/cat"), r"1 folders.*--set data\.root=.*set"),
        ((".",), r"0 recordings in 0 folders.*2 recordings lie in no folder.*kind: table"),
    ],
)
def test_a_tree_that_could_be_read_in_two_ways_is_refused(tmp_path, names, message):
    with pytest.raises(DataError, match=f"(?s){message}"):
        tree(tmp_path, *names).clips()


def test_a_class_may_be_called_train(tmp_path):
    assert {clip.label for clip in tree(tmp_path, "train", "bus", "tram").clips()} == {"train", "bus", "tram"}


@pytest.mark.parametrize("root", ["~nobody_of_that_name/x", "a" * 5000, "a\0b"])
def test_a_path_that_can_be_none(root):
    with pytest.raises(DataError, match="is no path"):
        FolderSpec(root=root).clips()
