"""Tables lose no word and break none, whatever the terminal; a program reads a row per line."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.cli.table import table

WORD = st.text("abcXYZ019.,:[]/%-", min_size=1, max_size=12)
TEXT = st.lists(WORD, max_size=6).map(" ".join)
TABLES = st.integers(1, 4).flatmap(lambda columns: st.lists(st.lists(TEXT, min_size=columns, max_size=columns), min_size=1))


@given(TABLES, st.integers(1, 60) | st.none(), st.booleans())
def test_every_word_is_there_and_whole(rows, terminal, has_head):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdout, "isatty", lambda: terminal is not None)
        patch.setenv("COLUMNS", str(terminal))
        patch.setenv("TERM", "dumb")  # no bold
        written = table(rows[has_head:] or rows, rows[0] if has_head else (), right=(0,))
    wanted = rows if len(rows) > 1 or not has_head else rows * 2
    assert sorted(written.split()) == sorted(word for row in wanted for cell in row for word in cell.split())
    if terminal is None:
        assert [line.split() for line in written.split("\n")] == [" ".join(row).split() for row in wanted]


def test_columns_are_aligned_and_the_last_one_wraps_to_the_terminal(monkeypatch):
    rows = [("a", "1,234", "some long text"), ("bcd", "5", "more")]
    assert table(rows, ("name", "count", "words"), right=(1,)) == (
        "name  count  words\na     1,234  some long text\nbcd       5  more"
    )
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "22")
    monkeypatch.setenv("TERM", "dumb")
    assert table(rows, right=(1,)) == "a    1,234  some long\n            text\nbcd      5  more"
