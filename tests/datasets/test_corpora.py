"""Published corpora: their protocols, their parts, their mirrors and re-encoded copies."""

from collections import Counter

import pytest
import soundfile

from mixerkit.audio import digests, divide, find_leaks
from mixerkit.datasets import DATASETS, check_fold, speech_commands
from mixerkit.datasets import protocol as name_of
from mixerkit.datasets.commands12 import COMMANDS
from mixerkit.datasets.corpus import CorpusSpec
from mixerkit.datasets.download import Archive
from mixerkit.datasets.emodb import SPEAKERS, EmodbSpec
from mixerkit.datasets.esc10 import Esc10Spec
from mixerkit.datasets.esc50 import Esc50Spec
from mixerkit.datasets.fsdd import FsddSpec
from mixerkit.datasets.ravdess import PUBLISHED_TWICE, RavdessSpec
from mixerkit.datasets.speech_commands import SpeechCommandsSpec
from mixerkit.datasets.urbansound8k import UrbanSound8kSpec
from mixerkit.errors import DataError
from tests.datasets import miniatures
from tests.datasets.test_datasets import parts


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "cache"))


def test_fsdd_tests_its_first_takes(tmp_path):
    spec = FsddSpec(root=str(miniatures.fsdd(tmp_path, suffix=".flac")), allow_subset=True)
    takes = {split: {int(clip.path.stem.split("_")[2]) for clip in clips} for split, clips in parts(spec).items()}
    assert takes == {"test": {0, 4}, "val": {5, 9}, "train": {10, 49}}
    assert name_of(spec) == "fsdd official takes, subset: 2 classes, 72 clips"


def test_fsdd_leaves_a_speaker_out_by_name(tmp_path):
    spec = FsddSpec(root=str(miniatures.fsdd(tmp_path)), allow_subset=True, protocol="speakers", fold="theo")
    groups = {split: {clip.group for clip in clips} for split, clips in parts(spec).items()}
    assert groups == {"test": {"theo"}, "val": {"yweweler"}, "train": {"george", "jackson", "lucas", "nicolas"}}
    assert name_of(spec).endswith("fold theo of 6 tested")
    assert check_fold(FsddSpec(root="x", protocol="speakers", fold="teo"))


def test_fsdd_takes_speakers_who_came_later(tmp_path):
    miniatures.sound(miniatures.fsdd(tmp_path) / "recordings" / "0_zoe_3.wav")
    spec = FsddSpec(root=str(tmp_path), allow_subset=True, protocol="speakers", fold="yweweler")
    assert {clip.group for clip in parts(spec)["val"]} == {"zoe"}


def test_emodb_reads_its_names_and_leaves_a_speaker_out(tmp_path):
    spec = EmodbSpec(root=str(miniatures.emodb(tmp_path)), allow_subset=True, fold="16")
    found = parts(spec)
    assert {clip.group for clip in found["test"]} == {"16"}
    assert {clip.group for clip in found["val"]} == {"03"}
    assert Counter(clip.label for clip in found["val"])["neutral"] == 2
    assert {clip.label for clip in found["train"]} == set(spec.labels())
    assert len(SPEAKERS) == 10


@pytest.mark.parametrize(
    ("spec", "name", "message"),
    [
        (EmodbSpec, "wav/03a01Xa.wav", "EmoDB's"),
        (EmodbSpec, "wav/99a01Wa.wav", "EmoDB's"),
        (FsddSpec, "recordings/seven_theo_1.wav", "FSDD's"),
        (Esc10Spec, "001 - Dog bark/dog.flac", "ESC-10's"),
    ],
)
def test_names_of_something_else_are_refused(tmp_path, spec, name, message):
    miniatures.sound(tmp_path / name)
    with pytest.raises(DataError, match=f"Its name is not {message}"):
        spec(root=str(tmp_path), allow_subset=True).clips()


@pytest.mark.parametrize("below", ["", "audio"])
def test_esc10_is_read_from_its_own_tree(tmp_path, below):
    miniatures.esc10(tmp_path / below)
    spec = Esc10Spec(root=str(tmp_path), allow_subset=True, fold=5)
    found = parts(spec)
    assert {clip.fold for clip in found["test"]} == {"5"}
    assert {clip.fold for clip in found["val"]} == {"1"}
    assert {clip.label for clip in found["test"]} == set(spec.labels())
    assert Counter(clip.group for clip in found["test"]).most_common(1)[0][1] == 2  # takes of one recording


def test_esc10_is_read_from_esc50(tmp_path):
    clips = Esc10Spec(root=str(miniatures.esc50(tmp_path)), allow_subset=True).clips()
    assert Counter(clip.label for clip in clips) == {"dog": 5, "rooster": 5}


def test_a_part_of_esc50_is_called_a_part(tmp_path, monkeypatch):
    spec = Esc50Spec(root=str(miniatures.esc50(tmp_path)), allow_subset=True)
    assert name_of(spec) == "esc50 official5, subset: 10 classes, 50 clips, fold 1 of 5 tested"
    monkeypatch.setattr(Esc50Spec, "official", lambda self: 50)
    assert name_of(spec) == name_of(Esc50Spec(root="gone")) == "esc50 official5, fold 1 of 5 tested"
    assert name_of(Esc50Spec(root="gone", allow_subset=True)) == "esc50 official5, subset, fold 1 of 5 tested"


def test_urbansound8k_is_read_as_mirrors_have_it(tmp_path):
    mirrored = UrbanSound8kSpec(root=str(miniatures.urbansound8k(tmp_path / "kaggle", mirrored=True)), allow_subset=True)
    original = UrbanSound8kSpec(root=str(miniatures.urbansound8k(tmp_path / "zenodo")), allow_subset=True)
    rows = [[(clip.path.name, clip.label, clip.fold, clip.group) for clip in spec.clips()] for spec in (mirrored, original)]
    assert rows[0] == rows[1]


def test_a_table_finds_recordings_that_were_re_encoded(tmp_path):
    root = miniatures.esc50(tmp_path)
    for path in sorted(root.glob("audio/*.wav")):
        wave, rate = soundfile.read(path)
        soundfile.write(path.with_suffix(".flac"), wave, rate)
        path.unlink()
    assert {clip.path.suffix for clip in Esc50Spec(root=str(root), allow_subset=True).clips()} == {".flac"}


def test_the_advice_names_the_folder_that_holds_it(tmp_path):
    miniatures.esc50(tmp_path / "ESC-50-master")
    with pytest.raises(DataError, match=r"Say --set data\.root=\S+ESC-50-master\."):
        Esc50Spec(root=str(tmp_path)).clips()


@pytest.mark.parametrize("fold", range(1, 11))
def test_ravdess_keeps_a_recording_that_was_published_twice_in_one_split(tmp_path, fold):
    spec = RavdessSpec(root=str(miniatures.ravdess(tmp_path, actors=8, suffix=".flac")), fold=fold, allow_subset=True)
    clips = divide(spec)
    assert find_leaks(clips, digests([clip.path for clip in clips])) == []
    twice = [clip for clip in clips if clip.path.stem in PUBLISHED_TWICE]
    assert len(twice) == 2
    assert [line for line in spec.notes(clips) if "one recording, published twice" in line]


def test_speech_commands_takes_some_words_and_other_formats(tmp_path):
    root = miniatures.speech_commands(tmp_path, suffix=".flac")
    for word in set(speech_commands.WORDS) - {"yes", "no"}:
        for path in (root / word).iterdir():
            path.unlink()
        (root / word).rmdir()
    spec = SpeechCommandsSpec(root=str(root), allow_subset=True)
    assert {name: len(clips) for name, clips in parts(spec).items()} == {"train": 4, "val": 2, "test": 2}
    assert spec.notes(spec.clips())[0].startswith("speech-commands: 33 words of its lists have no folder: backward, bed,")
    with pytest.raises(DataError, match="files in its lists are missing"):
        SpeechCommandsSpec(root=str(root)).clips()


def test_ten_words(tmp_path):
    spec = SpeechCommandsSpec(root=str(miniatures.speech_commands(tmp_path)), allow_subset=True, task="words10")
    assert Counter(clip.label for clip in spec.clips()) == dict.fromkeys(COMMANDS, 4)
    assert name_of(spec) == "speech-commands V2-10 lists"


def test_twelve_classes_are_made_as_the_authors_balance_them(tmp_path):
    root = str(miniatures.speech_commands(tmp_path / "sc"))
    miniatures.sound(tmp_path / "sc" / "yes" / "0a7c2a8d_nohash_0.wav")
    spec = SpeechCommandsSpec(root=root, allow_subset=True, task="commands12")
    found = parts(spec)
    for split, each, made in (("train", 2, 3), ("val", 1, 1), ("test", 1, 1)):  # a tenth of 21, 10 and 10, rounded up
        counts = Counter(clip.label for clip in found[split])
        assert counts == dict.fromkeys(COMMANDS, each) | {
            "yes": 3 if split == "train" else 1,
            "_unknown_": made,
            "_silence_": made,
        }
    clips = [clip for part in found.values() for clip in part]
    assert find_leaks(clips, digests([clip.path for clip in clips])) == []
    assert {soundfile.info(clip.path).frames for clip in clips if clip.label == "_silence_"} == {16_000}
    assert "made here" in spec.notes(clips)[0]
    assert name_of(spec) == "speech-commands V2-12 lists, unknown and silence made"
    again, other = spec.clips(), SpeechCommandsSpec(root=root, allow_subset=True, task="commands12", seed=1).clips()
    assert [clip.path for clip in again] == [clip.path for clip in spec.clips()]
    unknown = [{clip.path for clip in clips if clip.label == "_unknown_"} for clips in (again, other)]
    assert unknown[0] != unknown[1]


def test_silences_come_back_after_the_cache_was_cleared(tmp_path):
    spec = SpeechCommandsSpec(root=str(miniatures.speech_commands(tmp_path / "sc")), allow_subset=True, task="commands12")
    silences = [clip.path for clip in spec.clips() if clip.label == "_silence_"]
    before = [path.read_bytes() for path in silences]
    for path in silences:
        path.unlink()
    silences[0].parent.parent.rename(tmp_path / "cleared")
    spec.prepare()
    assert [path.read_bytes() for path in silences] == before


def test_no_silence_without_noise(tmp_path):
    root = miniatures.speech_commands(tmp_path)
    miniatures.sound(root / "_background_noise_" / "doing_the_dishes.wav", seconds=9.0)
    with pytest.raises(DataError, match=r"(?s)none of which lasts ten seconds.*words10"):
        SpeechCommandsSpec(root=str(root), allow_subset=True, task="commands12").clips()


def test_the_twelve_class_test_archive_is_tested_or_divided_by_speaker(tmp_path):
    root, archive = str(miniatures.speech_commands(tmp_path / "sc")), str(miniatures.commands_test(tmp_path / "test"))
    spec = SpeechCommandsSpec(root=root, allow_subset=True, task="commands12", test_root=archive)
    found = parts(spec)
    assert len(found["test"]) == 120
    assert Counter(clip.label for clip in found["train"])["_unknown_"] == 2
    assert name_of(spec).endswith("twelve-class test archive")
    alone = SpeechCommandsSpec(root=archive, allow_subset=True, task="commands12")
    groups = {split: {clip.group for clip in clips if clip.group} for split, clips in parts(alone).items()}
    assert not groups["test"] & (groups["train"] | groups["val"])
    assert len(groups["train"] | groups["val"] | groups["test"]) == 10
    assert len(SpeechCommandsSpec(root=archive, allow_subset=True, task="words10").clips()) == 100
    with pytest.raises(DataError, match=r"data\.task=commands12"):
        SpeechCommandsSpec(root=archive, allow_subset=True).clips()


def test_a_test_archive_goes_with_twelve_classes_only():
    assert SpeechCommandsSpec(root="x", test_root="y", task="words10").check()


def test_whoever_made_a_corpus_is_named():
    published = {"speech-commands", "urbansound8k", "esc50", "esc10", "ravdess", "casia", "fsdd", "emodb"}
    kinds = DATASETS.kinds()
    assert {kind for kind, spec in kinds.items() if spec.citation and spec.licence and spec.source} == published


def test_an_archive_without_a_digest_is_reported(tmp_path):
    fetched = FsddSpec(root=str(miniatures.fsdd(tmp_path)), allow_subset=True, download=True)
    assert "no digest" in fetched.notes(fetched.clips())[0]
    assert not FsddSpec(root=str(tmp_path), allow_subset=True).notes([])
    digests = {spec.kind: spec.archive.digest for spec in (FsddSpec(root="x"), RavdessSpec(root="x"))}
    assert isinstance(FsddSpec.archive, Archive)
    assert issubclass(FsddSpec, CorpusSpec)
    assert digests["fsdd"] == "" != digests["ravdess"]
