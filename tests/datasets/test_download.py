"""Archives become folders whole or not at all, through cuts, wrong files, hostile members and a second process."""

import hashlib
import io
import random
import socket
import stat
import tarfile
import threading
import zipfile

import pytest

from mixerkit.datasets import download
from mixerkit.datasets.download import Archive, fetch
from mixerkit.errors import DataError

CONTENT = {"Set/a/one.wav": random.Random(1).randbytes(90_000), "Set/b/two.wav": random.Random(2).randbytes(70_000)}


def tarred(*members, mode="w:gz"):
    """A tar of (name, content) or (name, content, {attribute of its TarInfo: value})."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content, *more in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in (more[0] if more else {}).items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(*members):
    """A zip of (name, content) or (name, content, Unix mode)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, *mode in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (mode[0] if mode else 0o644) << 16
            archive.writestr(info, content)
    return out.getvalue()


def inside(folder):
    """Every file of a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


TARRED, ZIPPED = tarred(*CONTENT.items()), zipped(*CONTENT.items())
HALF = len(TARRED) // 2


@pytest.mark.parametrize("name", ["set.tar.gz", "set.tgz", "set.tar", "set.zip"])
@pytest.mark.parametrize("top", ["", "Set", "Set/a"])
def test_a_folder_appears_with_the_content_and_nothing_else_is_left(index, tmp_path, name, top):
    folders = [("./", b"", {"type": tarfile.DIRTYPE}), ("./Set/", b"", {"type": tarfile.DIRTYPE})]
    tar = tarred(
        *folders, *((f"./{path}", content) for path, content in CONTENT.items()), mode="w" if name[-3:] == "tar" else "w:gz"
    )
    body = zipped(("Set/", b"", stat.S_IFDIR | 0o755), *CONTENT.items()) if name.endswith("zip") else tar
    home = tmp_path / "new" / "folder"
    assert fetch(index.put(name, body, size=len(body), top=top), home) == home
    start = f"{top}/" if top else ""
    wanted = {path.removeprefix(start): content for path, content in CONTENT.items() if path.startswith(start)}
    assert inside(tmp_path) == {f"new/folder/{path}": content for path, content in wanted.items()}
    assert not any(path.name.startswith(".") for path in tmp_path.rglob("*"))


def test_sha256_a_digest_in_capitals_and_an_address_with_a_query(index, tmp_path):
    url = index.put("set.zip", ZIPPED).url + "?download=1"
    fetch(Archive(url, f"sha256:{hashlib.sha256(ZIPPED).hexdigest().upper()}"), tmp_path / "set")
    assert len(inside(tmp_path / "set")) == 2


@pytest.mark.parametrize("cut", [False, True])
def test_where_no_digest_is_published_the_archive_must_still_be_whole(index, tmp_path, cut):
    index.reported = False
    url = index.put("set.zip", ZIPPED[:-30] if cut else ZIPPED).url
    if cut:
        with pytest.raises(DataError, match="This archive is broken"):
            fetch(Archive(url), tmp_path / "set")
    else:
        fetch(Archive(url), tmp_path / "set")
    assert len(inside(tmp_path)) == (0 if cut else 2)


def test_a_folder_that_is_there_is_left_alone(index, tmp_path):
    (tmp_path / "mine").write_bytes(b"")
    assert fetch(Archive("http://127.0.0.1:1/x.zip", "nonsense"), tmp_path) == tmp_path
    assert not index.asked


@pytest.mark.parametrize("size", [None, len(TARRED)])
def test_a_cut_download_goes_on_where_it_was_cut(index, tmp_path, size):
    archive, index.cut_at = index.put("set.tar.gz", TARRED, size=size), HALF
    with pytest.raises(DataError, match=rf"{HALF:,} bytes are there of {len(TARRED):,}[^$]*goes on from there"):
        fetch(archive, tmp_path / "set")
    assert inside(tmp_path) == {".set.tar.gz.part": TARRED[:HALF]}
    index.cut_at, reported = None, []
    fetch(archive, tmp_path / "set", lambda done, total: reported.append((done, total)))
    assert inside(tmp_path / "set") == CONTENT
    assert index.asked == [None, f"bytes={HALF}-"]
    assert index.sent == len(TARRED)  # not a byte twice
    assert reported[0] == (HALF, len(TARRED))


@pytest.mark.parametrize("trouble", ["no ranges", "another range"])
def test_a_server_that_cannot_go_on_starts_over(index, tmp_path, trouble):
    index.ranges, index.skew = trouble != "no ranges", 7 if trouble == "another range" else 0
    (tmp_path / ".set.tar.gz.part").write_bytes(TARRED[:HALF])
    fetch(index.put("set.tar.gz", TARRED), tmp_path / "set")
    assert inside(tmp_path / "set") == CONTENT
    assert index.asked == [f"bytes={HALF}-"] + ([None] if trouble == "another range" else [])


@pytest.mark.parametrize("size", [None, len(TARRED)])
def test_what_a_kill_left_is_used_or_cleared(index, tmp_path, size):
    """Killed while unpacking: the part is whole, a draft is half full."""
    (tmp_path / ".set.tar.gz.part").write_bytes(TARRED)
    (tmp_path / ".set.4711").mkdir()
    (tmp_path / ".set.4711" / "stale").write_bytes(b"")
    reported = []
    fetch(index.put("set.tar.gz", TARRED, size=size), tmp_path / "set", lambda *progress: reported.append(progress))
    assert inside(tmp_path) == {f"set/{path}": content for path, content in CONTENT.items()}
    assert index.sent == 0
    assert index.asked == ([] if size else [f"bytes={len(TARRED)}-"])
    assert reported == [(len(TARRED), len(TARRED))]


@pytest.mark.parametrize("size", [None, len(TARRED)])
def test_a_part_longer_than_the_file_starts_over(index, tmp_path, size):
    (tmp_path / ".set.tar.gz.part").write_bytes(TARRED + b"more")
    fetch(index.put("set.tar.gz", TARRED, size=size), tmp_path / "set")
    assert inside(tmp_path / "set") == CONTENT


def test_stopping_keeps_what_came(index, tmp_path):
    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    archive = index.put("set.tar.gz", TARRED)
    with pytest.raises(KeyboardInterrupt):
        fetch(archive, tmp_path / "set", stop)
    (name, got), *others = inside(tmp_path).items()
    assert (name, others) == (".set.tar.gz.part", [])
    assert TARRED.startswith(got) and got
    fetch(archive, tmp_path / "set")
    assert inside(tmp_path / "set") == CONTENT


@pytest.mark.parametrize("reported", [True, False])
def test_progress_only_grows_and_ends_at_the_total(index, tmp_path, reported):
    body, index.reported, seen = tarred(("a.wav", random.Random(3).randbytes(3_000_000))), reported, []
    fetch(index.put("set.tar.gz", body), tmp_path / "set", lambda *progress: seen.append(progress))
    done = [done for done, _ in seen]
    assert len(done) > 2
    assert done == sorted(set(done))
    assert done[-1] == len(body)
    assert {total for _, total in seen} == {len(body) if reported else 0}


def test_a_wrong_digest_is_refused_whole(index, tmp_path):
    archive = Archive(index.put("set.zip", ZIPPED).url, f"md5:{'0' * 32}")
    actual = hashlib.md5(ZIPPED).hexdigest()
    with pytest.raises(DataError, match=rf"{actual}\. They are refused and deleted\.\n    Expected: md5:0{{32}}"):
        fetch(archive, tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_a_login_page_is_refused_before_it_replaces_what_came(index, tmp_path):
    (tmp_path / ".set.zip.part").write_bytes(ZIPPED[:500])
    archive, index.ranges = index.put("set.zip", b"<html>Log in first", size=len(ZIPPED)), False
    with pytest.raises(DataError, match=r"has 18 bytes[^$]*login page"):
        fetch(archive, tmp_path / "set")
    assert inside(tmp_path) == {".set.zip.part": ZIPPED[:500]}


def test_what_the_server_answers_is_reported(index, tmp_path):
    url = index.put("set.zip", ZIPPED).url.replace("set", "moved")
    with pytest.raises(
        DataError, match=r"moved\.zip\n    The server answered 404 Not Found\.\n    0 bytes are there\. Try later"
    ):
        fetch(Archive(url, f"md5:{'0' * 32}"), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_nobody_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as bound:  # and does not listen
        bound.bind(("127.0.0.1", 0))
        archive = Archive(f"http://127.0.0.1:{bound.getsockname()[1]}/set.zip", f"md5:{'0' * 32}")
        with pytest.raises(DataError, match=r"cannot be reached: .*refused\.\n .*Check network and proxy"):
            fetch(archive, tmp_path / "set")


@pytest.mark.parametrize(
    ("url", "digest", "problem"),
    [
        ("file:///etc/x.zip", f"md5:{'0' * 32}", "begin with http: or https:"),
        ("ftp://127.0.0.1/x.zip", f"md5:{'0' * 32}", "begin with http: or https:"),
        ("http://127.0.0.1:1/x.rar", f"md5:{'0' * 32}", r"end in \.tar\.gz"),
        ("http://127.0.0.1:1/x.zip", "md5:00", "md5:00"),
        ("http://127.0.0.1:1/x.zip", "crc:" + "0" * 32, "crc:"),
        ("http://127.0.0.1:1/x.zip", f"md5:{'x' * 32}", "md5:x"),
    ],
)
def test_what_cannot_work_is_reported_first(tmp_path, url, digest, problem):
    with pytest.raises(DataError, match=problem):
        fetch(Archive(url, digest), tmp_path / "set")


def test_a_file_in_the_way_and_a_full_disk(index, tmp_path, monkeypatch):
    archive = index.put("set.zip", ZIPPED, size=len(ZIPPED))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="in the way"):
        fetch(archive, tmp_path / "file")
    with pytest.raises(DataError, match="cannot be written"):
        fetch(archive, tmp_path / "file" / "set")
    usage = download.shutil.disk_usage(tmp_path)._replace(free=3 * len(ZIPPED) - 1)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DataError, match=rf"about {3 * len(ZIPPED):,} bytes.*{usage.free:,} are free"):
        fetch(archive, tmp_path / "set")
    assert not index.asked


def test_of_two_that_want_it_one_fetches_and_the_other_waits(index, tmp_path):
    """Threads suffice: each call opens the lock file for itself."""
    archive, found = index.put("set.zip", ZIPPED), []
    threads = [threading.Thread(target=lambda: found.append(fetch(archive, tmp_path / "set"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tmp_path / "set"] * 2
    assert inside(tmp_path / "set") == CONTENT
    assert len(index.asked) == 1


def test_an_empty_folder_made_for_it_is_filled(index, tmp_path):
    (tmp_path / "set").mkdir()
    fetch(index.put("set.zip", ZIPPED), tmp_path / "set")
    assert inside(tmp_path / "set") == CONTENT
