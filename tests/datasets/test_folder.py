"""One folder per class: every format, groups kept together, nothing left out silently."""

import pytest

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
        f"left out: {root}/stray.wav lies in no class's folder",
        f"left out: {root}/_odd, because its name begins with _",
        f"left out: {root}/yes/more is a link to a folder",
        f"left out: 1 files in {root}/yes that are not .wav, .flac, .ogg, .mp3: .txt",
    ]


@pytest.mark.parametrize("root", ["~nobody_of_that_name/x", "a" * 5000, "a\0b"])
def test_a_path_that_can_be_none(root):
    with pytest.raises(DataError, match="is no path"):
        FolderSpec(root=root).clips()
