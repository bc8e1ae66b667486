"""Tables of one's own: CSV, TSV and JSON lines become rows, and every mistake is told with its line."""

import json
from pathlib import Path

import pytest

from mixerkit.audio import divide
from mixerkit.datasets.table import ColumnsSpec, TableSpec
from mixerkit.errors import DataError


def write(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_csv_with_everything(tmp_path):
    file = write(
        tmp_path,
        "path,label,split,fold,group,comment\n"
        "a/1.wav,dog,train,1,anna,loud\n"
        "a\\2.wav, cat ,Validation,2,ben,\n"
        '"b,3.wav",dog,testing,,,\n',
    )
    first, second, third = TableSpec(file=file).clips()
    assert (first.path, first.label, first.split, first.fold, first.group) == (tmp_path / "a/1.wav", "dog", "train", "1", "anna")
    assert (second.path, second.label, second.split) == (tmp_path / "a/2.wav", "cat", "val")
    assert (third.path.name, third.split, third.fold, third.group) == ("b,3.wav", "test", None, None)


def test_tsv_with_columns_of_other_names(tmp_path):
    file = write(tmp_path, "filename\tclass\tspeaker\n1.wav\tdog\tanna\n", "table.tsv")
    columns = ColumnsSpec(path="filename", label="class", group="speaker")
    (clip,) = TableSpec(file=file, columns=columns).clips()
    assert (clip.path.name, clip.label, clip.group) == ("1.wav", "dog", "anna")


def test_jsonl_with_several_labels(tmp_path):
    rows = [{"path": "1.wav", "label": ["dog", "rain"]}, {"path": "2.wav", "label": 3, "fold": 2}]
    first, second = TableSpec(file=write(tmp_path, "\n\n".join(map(json.dumps, rows)), "t.jsonl")).clips()
    assert first.labels == ("dog", "rain")
    assert (second.labels, second.fold) == (("3",), "2")


def test_csv_with_several_labels_in_a_trials(tmp_path):
    file = write(tmp_path, "path,label\n1.wav,dog; rain\n2.wav,dog\n")
    assert [clip.labels for clip in TableSpec(file=file, separator=";").clips()] == [("dog", "rain"), ("dog",)]
    assert [clip.labels for clip in TableSpec(file=file).clips()] == [("dog; rain",), ("dog",)]


def test_rows_without_a_split_are_divided_by_share_or_by_the_tables_folds(tmp_path):
    lines = [f"{label}{i}.wav,{label},fold{i % 12 + 1}" for label in "ab" for i in range(36)]
    fractions = divide(
        TableSpec(file=write(tmp_path, "path,label,f\n" + "\n".join(lines)), val_fraction=0.25, test_fraction=0.25)
    )
    assert sum(clip.split == "test" for clip in fractions) == 18
    folds = divide(TableSpec(file=write(tmp_path, "path,label,fold\n" + "\n".join(lines)), fold=2))
    assert {clip.fold for clip in folds if clip.split == "test"} == {"fold2"}
    assert {clip.fold for clip in folds if clip.split == "val"} == {"fold3"}  # by number, not by letter: fold10 is far


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na.wav,x\n", r"(?s)table\.csv:1.*no column 'path'"),
        ("path,lable\na.wav,x\n", r"(?s)no column 'label'.*Did you mean 'lable'"),
        ("path,label\na.wav\n", r"(?s)table\.csv:2.*not 2 cells"),
        ("path,label\na.wav,x,y\n", r"(?s)table\.csv:2.*not 2 cells"),
        ("path,label\n", "no rows"),
        ("", "no column 'path'"),
        ("path,label\na.wav,\n", r"(?s)table\.csv:2.*no label"),
        ("path,label,split\na.wav,x,trian\n", r"(?s)table\.csv:2.*'trian'.*Did you mean 'train'"),
        ("path,label\n../../etc/a.wav,x\n", r"(?s)table\.csv:2.*outside.*data\.outside=true"),
        ("path,label\n/etc/a.wav,x\n", "outside"),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        TableSpec(file=write(tmp_path, text)).clips()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"path": "a.wav", "label": "x"}\n{"path": ', r"(?s)t\.jsonl:2.*not JSON"),
        ('{"path": "a.wav"}', r"(?s)t\.jsonl:1.*no 'label'"),
        ("[1]", "no 'path'"),
        ('{"path": "a.wav", "label": []}', "no label"),
    ],
)
def test_a_mistake_in_json_lines_is_reported_with_its_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        TableSpec(file=write(tmp_path, text, "t.jsonl")).clips()


def test_paths_may_leave_the_folder_when_that_is_reported(tmp_path):
    file = write(tmp_path, "path,label\n/elsewhere/a.wav,x\n")
    assert TableSpec(file=file, outside=True).clips()[0].path == Path("/elsewhere/a.wav")


def test_a_table_that_is_none(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        TableSpec(file=str(tmp_path / "x.csv")).clips()
    with pytest.raises(DataError, match=r"A \.csv, \.tsv or \.jsonl file"):
        TableSpec(file=write(tmp_path, "", "x.xlsx")).clips()
    (tmp_path / "latin.csv").write_bytes("path,label\na.wav,Vögel\n".encode("latin-1"))
    with pytest.raises(DataError, match="UTF-8"):
        TableSpec(file=str(tmp_path / "latin.csv")).clips()
