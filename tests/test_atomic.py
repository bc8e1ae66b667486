"""Files and folders appear completely or not at all, and what the system refuses is reported."""

import pytest

from mixerkit.atomic import clear_drafts, create_folder, draft_of, write_errors
from mixerkit.errors import DataError


def names(folder):
    """Of all that lies in it, drafts included."""
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_appears_with_its_content_or_not_at_all(tmp_path, is_there):
    path = tmp_path / "set"
    if is_there:
        path.mkdir()
    draft_of(path).mkdir()  # of a killed process that had the same number
    (draft_of(path) / "stale").touch()
    with pytest.raises(KeyboardInterrupt), create_folder(path) as draft:
        (draft / "half").touch()
        raise KeyboardInterrupt
    assert names(tmp_path) == (["set"] if is_there else [])
    with create_folder(path) as draft:
        (draft / "all").touch()
        assert not (path / "all").exists()
    assert names(tmp_path) == ["all", "set"]


def test_nothing_is_overwritten_by_a_folder(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(OSError, match="not empty"), create_folder(tmp_path) as draft:
        (draft / "theirs").touch()
    assert (tmp_path / "mine").exists()
    assert not draft.exists()


def test_drafts_of_one_name_or_of_all_are_cleared(tmp_path):
    for name in (".[a].1", ".a.2", ".[a].lock", ".a.txt"):
        (tmp_path / name).mkdir()
    clear_drafts(tmp_path, "[a]")
    assert names(tmp_path) == [".[a].lock", ".a.2", ".a.txt"]
    clear_drafts(tmp_path)
    assert names(tmp_path) == [".[a].lock", ".a.txt"]


def test_a_refusal_of_the_system_is_reported_and_other_errors_are_not(tmp_path):
    with (
        pytest.raises(DataError, match=r"written: No such file.*\n.*Make room"),
        write_errors(tmp_path, "Make room."),
    ):
        (tmp_path / "nowhere" / "file").write_text("")
    with pytest.raises(RuntimeError, match="shapes"), write_errors(tmp_path):
        raise RuntimeError("shapes differ")
