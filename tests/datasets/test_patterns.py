"""Patterns out of recipes end, whatever they are; paths that lead to no file are not opened."""

import os
import socket

import pytest

from mixerkit.datasets import patterns
from mixerkit.datasets.files import no_file
from mixerkit.datasets.folder import FolderSpec
from mixerkit.datasets.rows import read_rows
from mixerkit.errors import DataError
from tests.datasets import miniatures


def test_a_pattern_that_would_never_end_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(patterns, "LIMIT_SECONDS", 0.05)
    miniatures.sound(tmp_path / "dog" / f"{'a' * 60}b.wav")
    miniatures.sound(tmp_path / "elk" / "x.wav")
    with pytest.raises(
        DataError, match=r"(?s)data\.group.*searches for more than 0\.05 s in 'dog/aaa.*repetition inside"
    ) as caught:
        FolderSpec(root=str(tmp_path), group=r"((a|aa)+)\.$").clips()
    assert caught.value.exit_code == 3


def test_nested_repetition_that_matches_is_fine():
    assert patterns.first_group(r"((a+)+)\.", "dog/" + "a" * 60 + ".wav", "data.group") == "a" * 60


def test_what_is_no_regular_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s")) if len(str(tmp_path)) < 90 else (tmp_path / "s").mkdir()
        reported = {name: no_file(tmp_path / name) for name in ("pipe", "link", "loop", "file", "none", "file/x", "a\0b", "s")}
    pipe = "it is a named pipe (FIFO), not a file"
    missing = "there is no such file"
    assert reported.pop("s") in ("it is a socket, not a file", "it is a folder, not a file")
    assert reported == {
        "pipe": pipe,
        "link": pipe,
        "loop": missing,
        "file": "",
        "none": missing,
        "file/x": missing,
        "a\0b": missing,
    }


def test_a_table_that_is_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "t.csv")
    with pytest.raises(DataError, match=r"it is a named pipe \(FIFO\), not a file"):
        read_rows(tmp_path / "t.csv", ("path",))
