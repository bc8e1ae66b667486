"""Hostile and broken archives are refused whole."""

import gzip
import stat
import tarfile

import pytest

from mixerkit.datasets import unpack
from mixerkit.datasets.download import fetch
from mixerkit.errors import DataError
from tests.datasets.test_download import CONTENT, HALF, TARRED, ZIPPED, tarred, zipped

GOOD = ("ok.wav", b"fine")
LINK, HARD, PIPE = ({"type": kind, "linkname": "ok.wav"} for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE))
DEVICE = {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 3}
HOSTILE_NAMES = {
    "up": ("../evil", "leads out"),
    "up from inside": ("a/../../evil", "leads out"),
    "up and back": ("a/../b", "leads out"),
    "absolute": ("/{tmp}/evil", "leads out"),
    "drive": ("C:evil", "leads out"),
    "root of a drive": ("C:/evil", "leads out"),
    "up, as on Windows": ("..\\evil", "leads out"),
    "absolute, as on Windows": ("\\evil", "leads out"),
    "dots that Windows drops": ("a/.. /evil", "leads out"),
    "duplicate": ("ok.wav", "has its name"),
    "duplicate spelt otherwise": ("./ok.wav", "has its name"),
    "case": ("OK.wav", "has its name"),
    "file as folder": ("ok.wav/evil", "has its name"),
}
HOSTILE = {
    **{f"tar: {key}": ("x.tar.gz", (GOOD, (name, b"evil")), why) for key, (name, why) in HOSTILE_NAMES.items()},
    **{f"zip: {key}": ("x.zip", (GOOD, (name, b"evil")), why) for key, (name, why) in HOSTILE_NAMES.items()},
    "tar: symlink": ("x.tar.gz", (GOOD, ("evil", b"", LINK)), "a link or device"),
    "tar: hardlink": ("x.tar.gz", (GOOD, ("evil", b"", HARD)), "a link or device"),
    "tar: device": ("x.tar.gz", (GOOD, ("evil", b"", DEVICE)), "a link or device"),
    "tar: pipe": ("x.tar.gz", (GOOD, ("evil", b"", PIPE)), "a link or device"),
    "zip: symlink": ("x.zip", (GOOD, ("evil", b"ok.wav", stat.S_IFLNK | 0o777)), "a link or device"),
    "zip: device": ("x.zip", (GOOD, ("evil", b"", stat.S_IFCHR | 0o666)), "a link or device"),
    "tar: case of folders": ("x.tar.gz", (("a/1", b""), ("A/2", b"")), "has its name"),
    "zip: composed and decomposed": ("x.zip", (("\u00e9", b""), ("e\u0301", b"")), "has its name"),
    "tar: folder as file": ("x.tar.gz", (("a/1", b""), ("a", b"")), "has its name"),
    "tar: bomb": ("x.tar.gz", (GOOD, ("evil", bytes(3_000_000))), "more than 200 times"),
    "zip: bomb": ("x.zip", (GOOD, ("evil", bytes(3_000_000))), "more than 200 times"),
    "zip: bomb in pieces": ("x.zip", [(f"evil{i}", bytes(100_000)) for i in range(9)], "more than 200 times"),
    "zip: too many": ("x.zip", [(f"{i}", b"") for i in range(21)], "more than 20 files"),
    "zip: nothing": ("x.zip", (), "has no files in it; it holds nothing"),
    "tar: folders only": ("x.tar.gz", (("a", b"", {"type": tarfile.DIRTYPE}),), "has no files in it; it holds a"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_archive_is_refused_whole(index, tmp_path, monkeypatch, what):
    monkeypatch.setattr(unpack, "MOST_FILES", 20)
    name, members, why = HOSTILE[what]
    members = [(path.replace("{tmp}", str(tmp_path)), *more) for path, *more in members]
    body = zipped(*members) if name.endswith("zip") else tarred(*members)
    with pytest.raises(DataError, match=why):
        fetch(index.put(name, body), tmp_path / "deep" / "set")
    assert list(tmp_path.rglob("*")) == [tmp_path / "deep"]


def test_members_outside_the_wanted_folder_are_checked_too(index, tmp_path):
    with pytest.raises(DataError, match="leads out"):
        fetch(index.put("x.zip", zipped(("Set/a", b"fine"), ("../evil", b"")), top="Set"), tmp_path / "set")


@pytest.mark.skipif(not hasattr(tarfile, "data_filter"), reason="Python before 3.11.4 has no filters")
def test_python_s_own_guard_is_asked_too(index, tmp_path, monkeypatch):
    def refuse(member, folder):
        raise tarfile.FilterError(f"{member.name} is not for {folder}")

    monkeypatch.setattr(tarfile, "data_filter", refuse)
    with pytest.raises(DataError, match=r"ok\.wav is not for .*\.set\.\d+"):
        fetch(index.put("x.tar.gz", tarred(GOOD)), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_a_wanted_folder_that_is_not_in_the_archive(index, tmp_path):
    with pytest.raises(DataError, match="has no files in Sett; it holds Set"):
        fetch(index.put("set.zip", ZIPPED, top="Sett"), tmp_path / "set")


HALF_ZIPPED = gzip.compress(tarred(*CONTENT.items(), mode="w")[:100_000])


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("x.tar.gz", b"no archive"),
        ("x.zip", b"no archive"),
        ("x.tar.gz", TARRED[:HALF]),
        ("x.tar.gz", HALF_ZIPPED + b"then something else"),
        ("x.zip", ZIPPED[:30_000] + b"????" + ZIPPED[30_004:]),
    ],
    ids=["tar: garbage", "zip: garbage", "tar: half", "tar: half, then garbage", "zip: flipped"],
)
def test_a_broken_archive_with_the_right_digest(index, tmp_path, name, body):
    with pytest.raises(DataError, match="archive is broken"):
        fetch(index.put(name, body), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []
