"""Folds are chosen by their names, numbers compared as numbers, everywhere alike."""

import numpy as np
import pytest

from mixerkit.audio import divide
from mixerkit.datasets import Folds, check_fold, natural_order, protocol
from mixerkit.datasets.table import TableSpec
from mixerkit.datasets.tensors import TensorsSpec
from mixerkit.errors import DataError


def table(folder, names, fold=None):
    rows = "".join(f"{label}{i}.wav,{label},{name}\n" for i, name in enumerate(names) for label in "ab")
    (folder / "t.csv").write_text(f"path,label,fold\n{rows}")
    return TableSpec(file=str(folder / "t.csv"), fold=fold)


def tensors(folder, names, fold=None):
    labels, folds = ["a", "b"] * len(names), [name for name in names for _ in "ab"]
    np.savez(folder / "t.npz", spectrograms=np.zeros((len(labels), 1, 2, 2)), labels=labels, fold=folds)
    return TensorsSpec(file=str(folder / "t.npz"), fold=fold)


NUMBERS = [str(float(i)) for i in range(1, 11)]
SPEAKERS = ["theo", "george", "Anna", "anna2", "anna10"]


@pytest.mark.parametrize("make", [table, tensors])
@pytest.mark.parametrize(
    ("names", "fold", "tested", "val", "message"),
    [
        (range(5), 2, "2", "3", "5 folds, fold 2 of 0 to 4 tested"),
        (range(5), None, "0", "1", "5 folds, fold 0 of 0 to 4 tested"),
        (range(2, 6), 5, "5", "2", "4 folds, fold 5 of 2 to 5 tested"),
        (NUMBERS, 2, "2.0", "3.0", "10 folds, fold 2.0 of 10 tested"),
        (NUMBERS, "10", "10.0", "1.0", "10 folds, fold 10.0 of 10 tested"),
        (["01", "02", "03", "10"], 3, "03", "10", "4 folds, fold 03 of 01 to 10 tested"),
        (SPEAKERS, "theo", "theo", "Anna", "5 folds, fold theo of 5 tested"),
        (SPEAKERS, "anna2", "anna2", "anna10", "5 folds, fold anna2 of 5 tested"),
        (["fold10", "fold2", "fold1"], None, "fold1", "fold2", "3 folds, fold fold1 of 3 tested"),
    ],
)
def test_the_fold_of_that_name_is_tested_and_the_next_one_validates(tmp_path, make, names, fold, tested, val, message):
    data = make(tmp_path, list(names), fold)
    clips = divide(data)
    assert {clip.fold for clip in clips if clip.split == "test"} == {tested}
    assert {clip.fold for clip in clips if clip.split == "val"} == {val}
    assert protocol(data) == f"{data.kind} {message}"


def test_two_spellings_of_a_number_are_one_fold(tmp_path):
    clips = divide(table(tmp_path, ["1", "1.0", "01", "2", "3"], 1))
    assert {clip.fold for clip in clips if clip.split == "test"} == {"1", "1.0", "01"}


def test_an_unknown_fold_lists_those_there_are(tmp_path):
    data = table(tmp_path, SPEAKERS, "ben")
    assert check_fold(data) == [("fold", "ben of 5 folds", "Anna, anna2, anna10, george, theo")]
    with pytest.raises(DataError, match=r"(?s)no fold 'ben'.*Anna, anna2, anna10, george, theo"):
        divide(data)


def test_fewer_than_three_folds_cannot_be_divided(tmp_path):
    with pytest.raises(DataError, match=r"(?s)2 folds: 1 to 2.*Three folds at least.*data\.folds=3"):
        divide(table(tmp_path, [1, 2]))


def test_a_row_in_no_fold_is_named(tmp_path):
    with pytest.raises(DataError, match=r"(?s)b4\.wav|a4\.wav.*It is in no fold\. 2 of 10"):
        divide(table(tmp_path, [1, 2, 3, 4, ""]))


def test_names_sort_as_people_count():
    names = ["b", "10", "a10", "2", "-1", "a2", "1.5", "A1"]
    assert sorted(names, key=natural_order) == ["-1", "1.5", "2", "10", "A1", "a2", "a10", "b"]
    assert Folds.found(["3", "03", "1"], None).names == ("1", "03")
