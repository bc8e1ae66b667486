"""Labels that look like a mistake are said."""

import re

import pytest

from mixerkit.datasets import label_notes
from mixerkit.datasets.labels import combined_labels


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["Dog", "dog", "dog", "cat"], r"'Dog' \(1\) and 'dog' \(2\)"),
        (["Vo\u0308gel", "V\u00f6gel"], r"'Vo\\u0308gel' \(1\) and 'V\\xf6gel' \(1\)"),
        (["car horn", "car_horn", "Car  Horn"], "and 'car_horn'"),
        (["1", "1.0", "2"], r"'1' \(1\) and '1\.0' \(1\)"),
        (["nan", "dog"], r"missing values are classes: 'nan' \(1\)"),
        (["-0.1135", "0.25", "1"], r"numbers with decimals \(-0\.1135, 0\.25\): 3 classes"),
    ],
)
def test_an_odd_label_is_noticed(labels, message):
    (note,) = label_notes(labels)
    assert re.search(message, note)


def test_ordinary_labels_are_not():
    assert label_notes(["dog", "cat", "none", "1", "2", "10", "-1", "rain"]) == []


@pytest.mark.parametrize(
    ("labels", "separator"),
    [
        (["dog", "dog;rain"], ";"),
        (["dog", "rain | dog"], "|"),
        (["a", "b,c", "b"], ","),
        (["rock & roll", "pop"], ""),
        (["x"], ""),
    ],
)
def test_labels_made_of_labels(labels, separator):
    assert combined_labels(labels) == separator
