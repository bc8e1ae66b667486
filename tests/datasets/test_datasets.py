"""Layouts on disk become rows; what is another layout, or incomplete, is refused."""

from collections import Counter
from pathlib import Path

import pytest

from mixerkit.audio import divide, find_leaks
from mixerkit.datasets import casia, check_fold, speech_commands
from mixerkit.datasets import protocol as name_of
from mixerkit.datasets.casia import CasiaSpec
from mixerkit.datasets.esc50 import Esc50Spec
from mixerkit.datasets.folder import FolderSpec
from mixerkit.datasets.ravdess import RavdessSpec
from mixerkit.datasets.speech_commands import WORDS, SpeechCommandsSpec
from mixerkit.datasets.urbansound8k import UrbanSound8kSpec
from mixerkit.errors import DataError
from tests.datasets import miniatures


def parts(spec):
    clips = divide(spec)
    return {name: [clip for clip in clips if clip.split == name] for name in ("train", "val", "test")}


def test_speech_commands_follows_its_lists(tmp_path):
    spec = SpeechCommandsSpec(root=str(miniatures.speech_commands(tmp_path)), allow_subset=True)
    found = parts(spec)
    assert {name: len(clips) for name, clips in found.items()} == {"train": 70, "val": 35, "test": 35}
    assert {clip.group for clip in found["test"]} == {"0132a06d"}
    assert {clip.label for clip in found["test"]} == set(WORDS)
    assert len(WORDS) == len(SpeechCommandsSpec(root="x").labels()) == 35
    assert {"no", "off", "on", "yes"} <= set(WORDS)


def test_a_corpus_in_the_layout_of_speech_commands_brings_its_own_words(tmp_path):
    root = miniatures.speech_commands(tmp_path)
    miniatures.sound(root / "hello" / "bb05582b_nohash_0.wav")
    spec = SpeechCommandsSpec(root=str(root), allow_subset=True)
    assert spec.labels() is None
    assert "hello" in {clip.label for clip in spec.clips()}
    assert "_background_noise_" not in {clip.label for clip in spec.clips()}


def test_official_counts_are_insisted_on(tmp_path, monkeypatch):
    spec = SpeechCommandsSpec(root=str(miniatures.speech_commands(tmp_path)))
    with pytest.raises(DataError, match=r"(?s)70 clips in the train split.*84,843.*data\.allow_subset=true"):
        spec.clips()
    monkeypatch.setattr(speech_commands, "OFFICIAL", {"train": 70, "val": 35, "test": 35})
    assert len(spec.clips()) == 140
    assert sum({"train": 84_843, "val": 9_981, "test": 11_005}.values()) == 105_829


def test_speech_commands_misses_nothing_silently(tmp_path):
    root = miniatures.speech_commands(tmp_path)
    (root / "zero" / "0132a06d_nohash_0.wav").unlink()
    with pytest.raises(DataError, match=r"1 of 70 files in its lists are missing, first zero/0132a06d"):
        SpeechCommandsSpec(root=str(root), allow_subset=True).clips()
    (root / "testing_list.txt").unlink()
    with pytest.raises(DataError, match="This list is missing"):
        SpeechCommandsSpec(root=str(root), allow_subset=True).clips()


@pytest.mark.parametrize(("fold", "val"), [(1, "2"), (10, "1")])
def test_urbansound8k_tests_one_whole_fold_and_validates_on_the_next(tmp_path, fold, val):
    found = parts(UrbanSound8kSpec(root=str(miniatures.urbansound8k(tmp_path)), fold=fold, allow_subset=True))
    assert {clip.fold for clip in found["test"]} == {str(fold)}
    assert {clip.fold for clip in found["val"]} == {val}
    assert len({clip.fold for clip in found["train"]}) == 8


def test_urbansound8k_misses_nothing_silently(tmp_path):
    root = miniatures.urbansound8k(tmp_path)
    (root / "audio" / "fold3" / "3004-4-0-0.wav").unlink()
    with pytest.raises(DataError, match="1 of 100 files of its table are missing"):
        UrbanSound8kSpec(root=str(root), allow_subset=True).clips()
    with pytest.raises(DataError, match=r"has no metadata/UrbanSound8K\.csv or UrbanSound8K\.csv; it holds fold1"):
        UrbanSound8kSpec(root=str(root / "audio"), allow_subset=True).clips()


def test_urbansound8k_by_source_recording(tmp_path):
    root = str(miniatures.urbansound8k(tmp_path, sources=30))
    tested = []
    for fold in range(1, 11):
        found = parts(UrbanSound8kSpec(root=root, protocol="source10", fold=fold, allow_subset=True))
        groups = {name: {clip.group for clip in clips} for name, clips in found.items()}
        assert not groups["test"] & (groups["train"] | groups["val"])
        tested += [clip.path for clip in found["test"]]
    assert len(tested) == len(set(tested)) == 100


@pytest.mark.parametrize(("protocol", "tested"), [("random", 10), ("random10", 10)])
def test_urbansound8k_at_random_is_named_so(tmp_path, protocol, tested):
    spec = UrbanSound8kSpec(root=str(miniatures.urbansound8k(tmp_path, sources=30)), protocol=protocol, allow_subset=True)
    assert len(parts(spec)["test"]) == tested
    assert {clip.group for clip in spec.clips()} == {None}
    assert name_of(spec).startswith(f"urbansound8k {protocol}")


def test_urbansound8k_insists_on_its_count(tmp_path):
    with pytest.raises(DataError, match=r"(?s)100 clips.*8,732"):
        UrbanSound8kSpec(root=str(miniatures.urbansound8k(tmp_path))).clips()


def test_a_table_without_its_columns_is_refused(tmp_path):
    root = miniatures.urbansound8k(tmp_path)
    table = root / "metadata" / "UrbanSound8K.csv"
    table.write_text(table.read_text().replace("fsID", "source"))
    with pytest.raises(DataError, match=r"(?s)UrbanSound8K\.csv:1.*no column 'fsID'"):
        UrbanSound8kSpec(root=str(root), allow_subset=True).clips()


def test_esc50_tests_one_whole_fold(tmp_path):
    spec = Esc50Spec(root=str(miniatures.esc50(tmp_path)), fold=5, allow_subset=True)
    found = parts(spec)
    assert {clip.fold for clip in found["test"]} == {"5"}
    assert {clip.fold for clip in found["val"]} == {"1"}
    assert find_leaks([clip for part in found.values() for clip in part], list(map(str, range(50)))) == []
    with pytest.raises(DataError, match=r"(?s)50 clips.*2,000"):
        Esc50Spec(root=str(tmp_path)).clips()


@pytest.mark.parametrize("folds", [3, 5])
def test_any_data_set_can_be_divided_into_folds_whole_groups_at_a_time(tmp_path, folds):
    root = str(miniatures.speech_commands(tmp_path))
    tested = []
    for fold in range(1, folds + 1):
        spec = SpeechCommandsSpec(root=root, allow_subset=True, folds=folds, fold=fold)
        try:
            found = parts(spec)
        except DataError as error:
            assert folds == 5, error  # four speakers do not fill five folds
            return
        assert name_of(spec) == f"speech-commands {folds} folds, fold {fold} of {folds} tested"
        groups = {name: {clip.group for clip in clips} for name, clips in found.items()}
        assert not groups["test"] & (groups["train"] | groups["val"])
        tested += [clip.path for clip in found["test"]]
    assert len(tested) == len(set(tested)) == 140


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (UrbanSound8kSpec(root="x", fold=11), "1 to 10"),
        (UrbanSound8kSpec(root="x", protocol="random", fold=2), "null, or data.folds"),
        (FolderSpec(root="x", folds=5, fold=6), "1 to 5"),
        (RavdessSpec(root="x", protocol="actors6", fold=7), "1 to 6"),
    ],
)
def test_a_fold_that_is_not_there_is_a_issue(spec, message):
    assert [expected for _, _, expected in check_fold(spec)] == [message]


def test_casia_knows_its_aliases(tmp_path):
    spec = CasiaSpec(root=str(miniatures.casia(tmp_path)))
    clips = spec.clips()
    assert len(clips) == 240
    assert Counter(clip.label for clip in clips) == dict.fromkeys(spec.labels(), 40)
    counts = {name: Counter(clip.label for clip in clips) for name, clips in parts(spec).items()}
    assert counts["test"] == dict.fromkeys(spec.labels(), 4)


def test_casia_leaves_a_speaker_out(tmp_path):
    found = parts(CasiaSpec(root=str(miniatures.casia(tmp_path)), protocol="loso4", fold="zhaoquanyin"))
    assert {clip.fold for clip in found["test"]} == {"zhaoquanyin"}
    assert {clip.fold for clip in found["val"]} == {"wangzhe"}


def test_casia_says_which_variant_it_found_and_what_it_left_out(tmp_path):
    spec = CasiaSpec(root=str(miniatures.casia(tmp_path, texts=50)))
    miniatures.sound(tmp_path / "readme" / "example.wav")
    first, second = spec.notes(spec.clips())
    assert first == (
        "casia: 1,200 clips, the free part, 50 texts (wangzhe 300, zhaozuoxiang 300, liuchanhg 300, zhaoquanyin 300)"
    )
    assert second == "casia: 1 files name no speaker or no emotion and are left out"


@pytest.mark.parametrize(
    ("path", "speaker", "emotion"),
    [
        ("相同文本300/Chang.Liu/normal/201.wav", "liuchanhg", "neutral"),
        ("angry/201-angry-liuchanhg.wav", "liuchanhg", "angry"),
        ("6 classes/surprised/zhaoquanyin_7.wav", "zhaoquanyin", "surprise"),
        ("ZhaoZuoxiang/fear/201.wav", "zhaozuoxiang", "fear"),
        ("wangzhe/laughing/201.wav", "wangzhe", ""),
    ],
)
def test_casia_reads_the_layouts_that_go_round(path, speaker, emotion):
    assert casia._speaker_and_emotion(Path(path)) == (speaker, emotion)


def test_ravdess_reads_names_and_leaves_songs_out(tmp_path):
    spec = RavdessSpec(root=str(miniatures.ravdess(tmp_path)), allow_subset=True)
    found = parts(spec)
    assert sum(map(len, found.values())) == 24 * 8 * 2 + 2
    assert min(Counter(clip.label for clip in found["test"]).values()) >= 4


def test_ravdess_by_speaker_has_no_actor_in_two_splits(tmp_path):
    root = str(miniatures.ravdess(tmp_path))
    tested = []
    for fold in range(1, 11):
        found = parts(RavdessSpec(root=root, protocol="speaker10", fold=fold, allow_subset=True))
        actors = {name: {clip.group for clip in clips} for name, clips in found.items()}
        assert not actors["test"] & (actors["train"] | actors["val"])
        tested += sorted(actors["test"])
    assert sorted(tested) == [f"{actor:02d}" for actor in range(1, 25)]


def test_ravdess_has_emoboxs_six_folds(tmp_path):
    root = str(miniatures.ravdess(tmp_path))
    found = parts(RavdessSpec(root=root, protocol="actors6", fold=6, allow_subset=True))
    assert {clip.group for clip in found["test"]} == {"06", "13", "17", "22"}
    assert {clip.group for clip in found["val"]} == {"01", "11", "20", "21"}


@pytest.mark.parametrize(("vocal", "clips", "labels"), [("speech", 386, 8), ("song", 1, 6), ("both", 387, 8)])
def test_ravdess_speech_song_or_both(tmp_path, vocal, clips, labels):
    spec = RavdessSpec(root=str(miniatures.ravdess(tmp_path)), vocal=vocal, allow_subset=True)
    assert len(spec.clips()) == clips
    assert len(spec.labels()) == labels


def test_ravdess_insists_on_its_count(tmp_path):
    with pytest.raises(DataError, match=r"(?s)386 clips.*1,440"):
        RavdessSpec(root=str(miniatures.ravdess(tmp_path))).clips()


def test_ravdess_refuses_names_of_something_else(tmp_path):
    miniatures.sound(tmp_path / "Actor_01" / "happy_01.wav")
    with pytest.raises(DataError, match="Its name is not RAVDESS's"):
        RavdessSpec(root=str(tmp_path), allow_subset=True).clips()
