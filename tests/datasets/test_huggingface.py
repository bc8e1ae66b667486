"""Hugging Face data sets, made on the spot: read from folders and from a cache laid out as the hub's, never from a network."""

import io
import os
import sys
from collections import Counter

import numpy as np
import pytest
import soundfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before that library is imported
hf = pytest.importorskip("datasets")

from mixerkit.audio import divide  # noqa: E402
from mixerkit.datasets import protocol as name_of  # noqa: E402
from mixerkit.datasets.huggingface import HubColumnsSpec, HuggingFaceSpec  # noqa: E402
from mixerkit.errors import DataError, UsageError  # noqa: E402

COMMIT = "a" * 40


def recording(number, container="WAV"):
    file = io.BytesIO()
    wave = np.random.default_rng(number).uniform(-0.3, 0.3, 1_600)
    soundfile.write(file, wave, 16_000, format=container)
    return file.getvalue()


def table(rows, container="WAV", named=True, **columns):
    """Rows of two classes and a speaker for every two of them."""
    sounds = [{"bytes": recording(i, container), "path": f"a{i}.wav" if named else None} for i in range(rows)]
    found = {"label": [i % 2 for i in range(rows)], "speaker": [f"s{i // 2}" for i in range(rows)], **columns}
    made = hf.Dataset.from_dict(found).cast_column("label", hf.ClassLabel(names=["no", "yes"]))
    return made.add_column("audio", sounds).cast_column("audio", hf.Audio())


@pytest.fixture(autouse=True)
def own_caches(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(hf.config, "HF_DATASETS_CACHE", tmp_path / "hf")
    monkeypatch.setattr(hf.config, "HF_HUB_OFFLINE", True)


@pytest.fixture
def saved(tmp_path):
    """What save_to_disk writes of two splits."""
    hf.DatasetDict(train=table(20), validation=table(6), test=table(4)).save_to_disk(str(tmp_path / "saved"))
    return str(tmp_path / "saved")


def test_own_splits_and_the_names_of_classes(saved):
    spec = HuggingFaceSpec(root=saved, columns=HubColumnsSpec(group="speaker"))
    clips = divide(spec)
    assert Counter(clip.split for clip in clips) == {"train": 20, "val": 6, "test": 4}
    assert {clip.label for clip in clips} == {"no", "yes"}
    assert clips[5].group == "s2"
    assert clips[5].path.read_bytes() == recording(5)
    assert clips[5].path == spec.home() / "train" / "00000005.wav"
    assert "train 20, validation 6, test 4" in spec.notes(clips)[0]


def test_files_are_written_once_for_each_data_set(saved, tmp_path):
    hf.DatasetDict(train=table(20, "FLAC"), validation=table(6), test=table(4)).save_to_disk(str(tmp_path / "other"))
    spec = HuggingFaceSpec(root=saved)
    assert HuggingFaceSpec(root=str(tmp_path / "other")).clips()[0].path.read_bytes() != spec.clips()[0].path.read_bytes()
    first = {path: path.stat().st_mtime_ns for path in spec.home().rglob("*.wav")}
    assert {path: path.stat().st_mtime_ns for path in spec.home().rglob("*.wav")} == first
    assert len(first) == 30


def test_one_split_is_divided_groups_whole(tmp_path):
    table(40).save_to_disk(str(tmp_path / "one"))
    clips = divide(HuggingFaceSpec(root=str(tmp_path / "one"), columns=HubColumnsSpec(group="speaker")))
    groups = {name: {clip.group for clip in clips if clip.split == name} for name in ("train", "val", "test")}
    assert not groups["test"] & (groups["train"] | groups["val"])


def test_one_split_is_divided_by_its_folds(tmp_path):
    table(12, fold=[1.0 + i // 4 for i in range(12)]).save_to_disk(str(tmp_path / "one"))
    spec = HuggingFaceSpec(root=str(tmp_path / "one"), fold=2)
    assert {clip.fold for clip in divide(spec) if clip.split == "test"} == {"2"}
    assert name_of(spec) == "huggingface 3 folds, fold 2 of 3 tested"


def test_a_column_of_splits_serves_a_data_set_of_one(tmp_path):
    table(12, split=["train", "train", "dev", "dev", "Test", "Test"] * 2).save_to_disk(str(tmp_path / "one"))
    clips = divide(HuggingFaceSpec(root=str(tmp_path / "one")))
    assert Counter(clip.split for clip in clips) == {"train": 4, "val": 4, "test": 4}


def test_a_folder_of_parquet_files(tmp_path):
    (tmp_path / "parquet").mkdir()
    table(8).to_parquet(str(tmp_path / "parquet" / "train.parquet"))
    assert len(HuggingFaceSpec(root=str(tmp_path / "parquet")).clips()) == 8


@pytest.mark.parametrize(("container", "suffix"), [("FLAC", ".flac"), ("OGG", ".ogg"), ("WAV", ".wav"), ("MP3", ".mp3")])
def test_recordings_without_a_name_get_the_suffix_of_what_they_are(tmp_path, container, suffix):
    table(4, container, named=False).save_to_disk(str(tmp_path / "one"))
    assert {clip.path.suffix for clip in HuggingFaceSpec(root=str(tmp_path / "one")).clips()} == {suffix}


def test_several_labels(tmp_path):
    tags = hf.List(hf.ClassLabel(names=["loud", "near"]))
    table(5, tags=[[0], [0, 1], [1], [1, 0], []]).cast_column("tags", tags).save_to_disk(str(tmp_path / "one"))
    clips = HuggingFaceSpec(root=str(tmp_path / "one"), columns=HubColumnsSpec(label="tags")).clips()
    assert [clip.labels for clip in clips] == [("loud",), ("loud", "near"), ("near",), ("near", "loud"), ()]


def hub_cache(folder, tables):
    """The cache of the library after OWNER/NAME was fetched."""
    from datasets.arrow_writer import ArrowWriter

    place = folder / "owner___small" / "default" / "0.0.0" / COMMIT
    place.mkdir(parents=True)
    sizes = {name: hf.SplitInfo(name, 1, len(rows), dataset_name="small") for name, rows in tables.items()}
    for name, rows in tables.items():
        with ArrowWriter(features=rows.features, path=str(place / f"small-{name}.arrow")) as writer:
            writer.write_table(rows.data.table.combine_chunks())
            writer.finalize()
    hf.DatasetInfo(
        features=next(iter(tables.values())).features,
        builder_name="parquet",
        dataset_name="small",
        config_name="default",
        version="0.0.0",
        splits=hf.SplitDict(sizes),
        download_checksums={f"hf://datasets/owner/small@{COMMIT}/data/train.parquet": {"num_bytes": 1, "checksum": None}},
    ).write_to_directory(str(place))


def test_the_cache_of_the_hub_is_read_and_its_commit_reported(tmp_path):
    hub_cache(tmp_path / "hf", {"train": table(6), "test": table(4)})
    spec = HuggingFaceSpec(name="owner/small", revision="aaaaaaa")
    assert len(spec.clips()) == 10
    assert f"owner/small, commit {COMMIT}; rows: train 6, test 4" in spec.notes([])[0]
    with pytest.raises(DataError, match=r"(?s)holds commit a+; data\.revision asks for bbbbbbb.*download=true"):
        HuggingFaceSpec(name="owner/small", revision="bbbbbbb").clips()


def test_without_download_the_hub_is_not_asked(monkeypatch):
    monkeypatch.setattr(hf.config, "HF_HUB_OFFLINE", False)
    asked = []

    def load_dataset(name, config, revision):
        asked.append((name, hf.config.HF_HUB_OFFLINE))
        raise ConnectionError("no such data set")

    monkeypatch.setattr(hf, "load_dataset", load_dataset)
    with pytest.raises(DataError, match=r"(?s)ConnectionError: no such data set.*data\.download=true"):
        HuggingFaceSpec(name="owner/none").prepare()
    with pytest.raises(DataError, match="no such data set"):
        HuggingFaceSpec(name="owner/none", download=True).prepare()
    assert asked == [("owner/none", True), ("owner/none", True), ("owner/none", False)]
    assert hf.config.HF_HUB_OFFLINE is False


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": HubColumnsSpec(group="speker")}, r"(?s)columns\.group.*no column 'speker'.*Did you mean 'speaker'"),
        ({"columns": HubColumnsSpec(label="lable")}, r"(?s)no column 'lable'.*Did you mean 'label'"),
        ({"columns": HubColumnsSpec(audio="speaker")}, r"(?s)'speaker' is no audio.*speaker \(Value\), audio \(Audio\)"),
        ({"splits": ("tset",)}, r"(?s)no split 'tset'.*Did you mean 'test'"),
    ],
)
def test_mistakes_are_reported_with_what_there_is(saved, settings, message):
    with pytest.raises(DataError, match=message):
        HuggingFaceSpec(root=saved, **settings).clips()


def test_splits_of_other_names_are_chosen(tmp_path):
    hf.DatasetDict({"train": table(4), "clean.extra": table(4)}).save_to_disk(str(tmp_path / "saved"))
    with pytest.raises(DataError, match=r"data\.splits.*clean\.extra"):
        HuggingFaceSpec(root=str(tmp_path / "saved")).clips()
    assert len(HuggingFaceSpec(root=str(tmp_path / "saved"), splits=("train",)).clips()) == 4


def test_a_row_without_a_label_is_named(tmp_path):
    table(4).map(lambda row, i: {"label": None if i == 2 else 0}, with_indices=True).save_to_disk(str(tmp_path / "one"))
    with pytest.raises(DataError, match=r"(?s)row 2 of .*no label"):
        HuggingFaceSpec(root=str(tmp_path / "one")).clips()


def test_what_cannot_be_read_is_reported_in_the_librarys_words(tmp_path):
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "train.txt").write_text("hello")
    with pytest.raises(DataError, match="0 columns hold audio"):
        HuggingFaceSpec(root=str(tmp_path / "text"), columns=HubColumnsSpec(label="text")).clips()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="It cannot be read: EmptyDatasetError"):
        HuggingFaceSpec(root=str(tmp_path / "empty")).clips()
    with pytest.raises(DataError, match="There is no folder"):
        HuggingFaceSpec(root=str(tmp_path / "gone")).clips()


def test_the_package_that_is_missing_is_named(monkeypatch, saved):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UsageError, match=r"pip install 'mixerkit\[huggingface\]'"):
        HuggingFaceSpec(root=saved).clips()


def test_a_name_or_a_folder():
    assert HuggingFaceSpec().check()
    assert HuggingFaceSpec(name="a/b", root="c").check()
    assert not HuggingFaceSpec(name="a/b").check()
