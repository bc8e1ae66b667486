"""A user's tables: CSV, TSV and JSON lines become rows, and every mistake is reported with its line."""

import json
from pathlib import Path

import pytest

from mixerkit.audio import divide
from mixerkit.datasets import protocol
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
    folds = divide(TableSpec(file=write(tmp_path, "path,label,fold\n" + "\n".join(lines)), fold="fold2"))
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
        ("path,label,label\na.wav,x,y\n", r"Two columns are called 'label'"),
        ("path,label\na\0b.wav,x\n", "is no path"),
        ("path,label,split\na.wav,x,eval\n", r"(?s)'eval' means.*Call it val or test"),
        ("path,label,start\na.wav,x,0:30\n", r"(?s)csv:2.*start is '0:30'.*such as 1\.25"),
        ("path,label,start,end\na.wav,x,2,1\n", "ends at 1 s and begins at 2 s"),
        ("file,label\na.wav,x\n", r"data\.columns\.path=filename"),
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
        ('{"path": "a.wav", "label": null}', "no label"),
        ('{"path": "a.wav", "label": NaN}', "no label"),
        ('{"path": "a\\u0000.wav", "label": "x"}', r"(?s)t\.jsonl:1.*is no path"),
        ('{"path": "", "label": "x"}', "is no path"),
        ('{"path": "a.wav", "label": "\\ud800"}', r"label is '\\ud800'"),
        ('{"path": "a.wav", "label": {"id": 3}}', r"label is .*'id': 3.*\s+Text or a number"),
        ('{"path": "a.wav", "label": "x", "label": "y"}', "'label' stands twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"path": "a.wav", "label": Infinity}', "Infinity is no value"),
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


@pytest.mark.parametrize("name", ["t.csv", "T.CSV", "t.tsv"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_blank_rows_byte_order_marks_and_line_ends(tmp_path, name, separator):
    rows = ["path,label ,split", "", "a.wav,dog,train", ",,", '"b.wav",cat,']
    text = "\ufeff" + "\r\n".join(rows).replace(",", separator)
    (tmp_path / name).write_bytes(text.encode())
    clips = TableSpec(file=str(tmp_path / name)).clips()
    assert [(clip.path.name, clip.label, clip.split) for clip in clips] == [("a.wav", "dog", "train"), ("b.wav", "cat", None)]


def test_utf16_is_named(tmp_path):
    (tmp_path / "t.csv").write_bytes("path,label\na.wav,x\n".encode("utf-16"))
    with pytest.raises(DataError, match=r"(?s)UTF-16 text.*as UTF-8"):
        TableSpec(file=str(tmp_path / "t.csv")).clips()


def jsonl(tmp_path, *rows):
    return TableSpec(file=write(tmp_path, "\n".join(map(json.dumps, rows)), "t.jsonl"))


def test_trials_of_json_lines_are_the_same_text_however_they_are_written(tmp_path):
    rows = [
        {"path": f"{i}.wav", "label": label, "fold": i % 3} for i, label in enumerate([1, 1.0, "1", True, "true", "a\u2028b"])
    ]
    clips = jsonl(tmp_path, *rows).clips()
    assert [clip.label for clip in clips] == ["1", "1", "1", "true", "true", "a\u2028b"]
    assert [clip.fold for clip in clips] == ["0", "1", "2", "0", "1", "2"]


def test_rows_without_a_label_are_negatives_where_rows_have_several(tmp_path):
    rows = [{"path": f"{i}.wav", "label": labels} for i, labels in enumerate([["dog", "rain"], [], None, ["", None, "dog"]])]
    data = jsonl(tmp_path, *rows)
    assert [clip.labels for clip in data.clips()] == [("dog", "rain"), (), (), ("dog",)]
    assert "2 rows have no label" in data.notes([])[0]


def several_rows(tmp_path, *rows, **settings):
    return TableSpec(file=write(tmp_path, "path,label,split,start,end\n" + "\n".join(rows)), **settings)


def test_a_recording_with_different_labels_is_refused_or_merged(tmp_path):
    rows = ["a.wav,dog,,,", "b.wav,dog,,,", "x/../a.wav,rain,,,", "b.wav,dog,,,"]
    with pytest.raises(DataError, match=r"(?s)csv:4.*different labels: dog \(line 2\), rain \(line 4\).*merge_rows=true"):
        several_rows(tmp_path, *rows).clips()
    data = several_rows(tmp_path, *rows, merge_rows=True)
    assert [clip.labels for clip in data.clips()] == [("dog", "rain"), ("dog",)]
    assert data.notes([])[0] == "2 rows are merged with another row of the same recording"
    data = several_rows(tmp_path, rows[1], rows[3])
    assert len(data.clips()) == 1
    assert data.notes([])[0] == "1 rows are left out: the same as another row"
    with pytest.raises(DataError, match=r"2 rows that differ in split"):
        several_rows(tmp_path, "a.wav,dog,train,,", "a.wav,dog,test,,").clips()


def test_rows_of_stretches_are_clips_of_one_group(tmp_path):
    data = several_rows(tmp_path, "a.wav,dog,,0,1.5", "a.wav,rain,,1.5,", "b.wav,dog,,,2", "c.wav,dog,,,")
    found = [(clip.label, clip.start, clip.end, clip.group) for clip in data.clips()]
    assert found == [
        ("dog", None, 1.5, "a.wav"),
        ("rain", 1.5, None, "a.wav"),
        ("dog", None, 2.0, "b.wav"),
        ("dog", None, None, None),
    ]
    assert data.notes([])[0].startswith("3 rows are stretches of files, by start and end (")
    mixed = several_rows(tmp_path, "a.wav,dog,train,,", "a.wav,dog,test,1,")
    assert {clip.group for clip in mixed.clips()} == {"a.wav"}


def test_onset_offset_and_duration_say_a_stretch_too(tmp_path):
    file = write(tmp_path, "path,label,onset,offset\na.wav,x,1,2\n")
    assert [(clip.start, clip.end) for clip in TableSpec(file=file).clips()] == [(1.0, 2.0)]
    file = write(tmp_path, "path,label,begin,duration\na.wav,x,1,0.5\n")
    assert [(clip.start, clip.end) for clip in TableSpec(file=file, columns=ColumnsSpec(start="begin")).clips()] == [(1.0, 1.5)]
    whole = TableSpec(file=file)  # a duration alone is a fact about the file
    assert [(clip.start, clip.end) for clip in whole.clips()] == [(None, None)]
    assert whole.notes([]) == ["columns that are not used: begin, duration"]
    unread = ColumnsSpec(start=None, end=None)
    assert TableSpec(file=write(tmp_path, "path,label,start\na.wav,x,9\n"), columns=unread).clips()[0].start is None


def test_trials_that_list_labels_are_noticed(tmp_path):
    data = TableSpec(file=write(tmp_path, "path,label\na.wav,dog\nb.wav,dog;rain\nc.wav,rock & roll\n"))
    assert data.notes([]) == ["some labels are others joined by ';': if cells list labels, say data.separator=';'"]
    assert data.model_copy(update={"separator": ";"}).notes([]) == []


def test_val_is_taken_from_training_and_the_protocol_says_so(tmp_path):
    rows = [f"{label}{i}.wav,{label},{'test' if i < 4 else 'train'},g{i // 2}" for label in "ab" for i in range(24)]
    data = TableSpec(file=write(tmp_path, "path,label,split,group\n" + "\n".join(rows)), val_fraction=0.3)
    clips = divide(data)
    groups = {name: {clip.group for clip in clips if clip.split == name} for name in ("train", "val", "test")}
    assert groups["test"] == {"g0", "g1"}
    assert not groups["train"] & groups["val"]
    assert len(groups["val"]) == 3
    assert protocol(data) == "table own train and test, val 0.3 of train"


def test_groups_that_all_have_a_fixed_test_row(tmp_path):
    rows = [f"{i}.wav,{'ab'[i % 2]},{'test' if i < 4 else ''},g{i % 4}" for i in range(12)]
    with pytest.raises(DataError, match="All 12 clips are in test, by their own split or that of their group"):
        divide(TableSpec(file=write(tmp_path, "path,label,split,group\n" + "\n".join(rows))))


def test_splits_in_some_rows_and_folds_are_two_protocols(tmp_path):
    rows = "".join(f"{i}.wav,a,{'test' if i < 2 else ''},{i % 4}\n" for i in range(8))
    file = write(tmp_path, f"path,label,split,fold\n{rows}")
    with pytest.raises(DataError, match=r"(?s)Some of its rows say a split.*data\.columns\.fold=null"):
        TableSpec(file=file).division()
    assert TableSpec(file=file, columns=ColumnsSpec(split=None)).division().names == ("0", "1", "2", "3")


def test_classes_are_chosen_in_order_and_the_rest_is_counted(tmp_path):
    file = write(tmp_path, "path,label\n" + "".join(f"{i}.wav,{i % 4}{';5' * (i % 2)}\n" for i in range(80)))
    data, reported = TableSpec(file=file, classes=("5", "2"), separator=";"), []
    clips = divide(data, reported.append)
    assert {clip.labels for clip in clips} == {("5",), ("2",)}
    assert reported == ["2 of 5 classes are chosen: 20 of 80 rows are left out"]
    assert (data.chosen_labels(), protocol(data)) == (("5", "2"), "table 2 chosen classes")
    with pytest.raises(DataError, match=r"(?s)No recording is of class 'dgo'"):
        divide(TableSpec(file=file, classes=("dgo", "2")))
    with pytest.raises(ValueError, match="2 more than once"):
        TableSpec(file=file, classes=("2", 2))
