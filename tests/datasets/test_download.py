"""Archives become folders whole or not at all, through cuts, wrong files, hostile members and a second process."""

import gzip
import hashlib
import io
import random
import re
import socket
import stat
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mixerkit.datasets import download, unpack
from mixerkit.datasets.download import Archive, fetch
from mixerkit.errors import DataError

CONTENT = {"Set/a/one.wav": random.Random(1).randbytes(90_000), "Set/b/two.wav": random.Random(2).randbytes(70_000)}


class Site(ThreadingHTTPServer):
    """Serves ``files`` on this machine, as badly as it is told to, and writes down what was asked and sent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.asked, self.sent = {}, [], 0
        self.ranges, self.skew, self.cut_at, self.told = True, 0, None, True

    def put(self, name, body, size=None, top=""):
        self.files[f"/{name}"] = body
        return Archive(f"http://127.0.0.1:{self.server_port}/{name}", f"md5:{hashlib.md5(body).hexdigest()}", size, top)


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        site, asked = self.server, self.headers.get("Range")
        site.asked.append(asked)
        body = site.files.get(self.path.partition("?")[0])
        if body is None:
            return self.send_error(404)
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and site.ranges else 0
        if start and start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            return self.end_headers()
        start += site.skew if start else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if site.told:
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        rest = body[start : site.cut_at]
        site.sent += len(rest)
        self.wfile.write(rest)
        return None


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


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
def test_a_folder_appears_with_the_content_and_nothing_else_is_left(site, tmp_path, name, top):
    folders = [("./", b"", {"type": tarfile.DIRTYPE}), ("./Set/", b"", {"type": tarfile.DIRTYPE})]
    tar = tarred(
        *folders, *((f"./{path}", content) for path, content in CONTENT.items()), mode="w" if name[-3:] == "tar" else "w:gz"
    )
    body = zipped(("Set/", b"", stat.S_IFDIR | 0o755), *CONTENT.items()) if name.endswith("zip") else tar
    home = tmp_path / "new" / "folder"
    assert fetch(site.put(name, body, size=len(body), top=top), home) == home
    start = f"{top}/" if top else ""
    wanted = {path.removeprefix(start): content for path, content in CONTENT.items() if path.startswith(start)}
    assert inside(tmp_path) == {f"new/folder/{path}": content for path, content in wanted.items()}
    assert not any(path.name.startswith(".") for path in tmp_path.rglob("*"))


def test_sha256_a_digest_in_capitals_and_an_address_with_a_query(site, tmp_path):
    url = site.put("set.zip", ZIPPED).url + "?download=1"
    fetch(Archive(url, f"sha256:{hashlib.sha256(ZIPPED).hexdigest().upper()}"), tmp_path / "set")
    assert len(inside(tmp_path / "set")) == 2


def test_a_folder_that_is_there_is_left_alone(site, tmp_path):
    (tmp_path / "mine").write_bytes(b"")
    assert fetch(Archive("http://127.0.0.1:1/x.zip", "nonsense"), tmp_path) == tmp_path
    assert not site.asked


@pytest.mark.parametrize("size", [None, len(TARRED)])
def test_a_cut_download_goes_on_where_it_was_cut(site, tmp_path, size):
    archive, site.cut_at = site.put("set.tar.gz", TARRED, size=size), HALF
    with pytest.raises(DataError, match=rf"{HALF:,} bytes are there of {len(TARRED):,}[^$]*goes on from there"):
        fetch(archive, tmp_path / "set")
    assert inside(tmp_path) == {".set.tar.gz.part": TARRED[:HALF]}
    site.cut_at, told = None, []
    fetch(archive, tmp_path / "set", lambda done, total: told.append((done, total)))
    assert inside(tmp_path / "set") == CONTENT
    assert site.asked == [None, f"bytes={HALF}-"]
    assert site.sent == len(TARRED)  # not a byte twice
    assert told[0] == (HALF, len(TARRED))


@pytest.mark.parametrize("trouble", ["no ranges", "another range"])
def test_a_server_that_cannot_go_on_starts_over(site, tmp_path, trouble):
    site.ranges, site.skew = trouble != "no ranges", 7 if trouble == "another range" else 0
    (tmp_path / ".set.tar.gz.part").write_bytes(TARRED[:HALF])
    fetch(site.put("set.tar.gz", TARRED), tmp_path / "set")
    assert inside(tmp_path / "set") == CONTENT
    assert site.asked == [f"bytes={HALF}-"] + ([None] if trouble == "another range" else [])


@pytest.mark.parametrize("size", [None, len(TARRED)])
def test_what_a_kill_left_is_used_or_cleared(site, tmp_path, size):
    """Killed while unpacking: the part is whole, a draft is half full."""
    (tmp_path / ".set.tar.gz.part").write_bytes(TARRED)
    (tmp_path / ".set.draft").mkdir()
    (tmp_path / ".set.draft" / "stale").write_bytes(b"")
    told = []
    fetch(site.put("set.tar.gz", TARRED, size=size), tmp_path / "set", lambda *progress: told.append(progress))
    assert inside(tmp_path) == {f"set/{path}": content for path, content in CONTENT.items()}
    assert site.sent == 0
    assert site.asked == ([] if size else [f"bytes={len(TARRED)}-"])
    assert told == [(len(TARRED), len(TARRED))]


@pytest.mark.parametrize("size", [None, len(TARRED)])
def test_a_part_longer_than_the_file_starts_over(site, tmp_path, size):
    (tmp_path / ".set.tar.gz.part").write_bytes(TARRED + b"more")
    fetch(site.put("set.tar.gz", TARRED, size=size), tmp_path / "set")
    assert inside(tmp_path / "set") == CONTENT


def test_stopping_keeps_what_came(site, tmp_path):
    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    archive = site.put("set.tar.gz", TARRED)
    with pytest.raises(KeyboardInterrupt):
        fetch(archive, tmp_path / "set", stop)
    (name, came), *others = inside(tmp_path).items()
    assert (name, others) == (".set.tar.gz.part", [])
    assert TARRED.startswith(came) and came
    fetch(archive, tmp_path / "set")
    assert inside(tmp_path / "set") == CONTENT


@pytest.mark.parametrize("told", [True, False])
def test_progress_only_grows_and_ends_at_the_total(site, tmp_path, told):
    body, site.told, seen = tarred(("a.wav", random.Random(3).randbytes(3_000_000))), told, []
    fetch(site.put("set.tar.gz", body), tmp_path / "set", lambda *progress: seen.append(progress))
    done = [done for done, _ in seen]
    assert len(done) > 2
    assert done == sorted(set(done))
    assert done[-1] == len(body)
    assert {total for _, total in seen} == {len(body) if told else 0}


def test_a_wrong_digest_is_refused_whole(site, tmp_path):
    archive = Archive(site.put("set.zip", ZIPPED).url, f"md5:{'0' * 32}")
    actual = hashlib.md5(ZIPPED).hexdigest()
    with pytest.raises(DataError, match=rf"{actual}\. They are refused whole and deleted\.\n    Expected: md5:0{{32}}"):
        fetch(archive, tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_a_login_page_is_refused_before_it_replaces_what_came(site, tmp_path):
    (tmp_path / ".set.zip.part").write_bytes(ZIPPED[:500])
    archive, site.ranges = site.put("set.zip", b"<html>Log in first", size=len(ZIPPED)), False
    with pytest.raises(DataError, match=r"has 18 bytes[^$]*login page"):
        fetch(archive, tmp_path / "set")
    assert inside(tmp_path) == {".set.zip.part": ZIPPED[:500]}


def test_what_the_server_answers_is_told(site, tmp_path):
    url = site.put("set.zip", ZIPPED).url.replace("set", "moved")
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
def test_what_cannot_work_is_said_first(tmp_path, url, digest, problem):
    with pytest.raises(DataError, match=problem):
        fetch(Archive(url, digest), tmp_path / "set")


def test_a_file_in_the_way_and_a_full_disk(site, tmp_path, monkeypatch):
    archive = site.put("set.zip", ZIPPED, size=len(ZIPPED))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="in the way"):
        fetch(archive, tmp_path / "file")
    with pytest.raises(DataError, match="cannot be written"):
        fetch(archive, tmp_path / "file" / "set")
    usage = download.shutil.disk_usage(tmp_path)._replace(free=3 * len(ZIPPED) - 1)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DataError, match=rf"about {3 * len(ZIPPED):,} bytes.*{usage.free:,} are free"):
        fetch(archive, tmp_path / "set")
    assert not site.asked


def test_of_two_that_want_it_one_fetches_and_the_other_waits(site, tmp_path):
    """Threads suffice: each call opens the lock file for itself."""
    archive, found = site.put("set.zip", ZIPPED), []
    threads = [threading.Thread(target=lambda: found.append(fetch(archive, tmp_path / "set"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tmp_path / "set"] * 2
    assert inside(tmp_path / "set") == CONTENT
    assert len(site.asked) == 1


def test_an_empty_folder_made_for_it_is_filled(site, tmp_path):
    (tmp_path / "set").mkdir()
    fetch(site.put("set.zip", ZIPPED), tmp_path / "set")
    assert inside(tmp_path / "set") == CONTENT


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
def test_a_hostile_archive_is_refused_whole(site, tmp_path, monkeypatch, what):
    monkeypatch.setattr(unpack, "MOST_FILES", 20)
    name, members, why = HOSTILE[what]
    members = [(path.replace("{tmp}", str(tmp_path)), *more) for path, *more in members]
    body = zipped(*members) if name.endswith("zip") else tarred(*members)
    with pytest.raises(DataError, match=why):
        fetch(site.put(name, body), tmp_path / "deep" / "set")
    assert list(tmp_path.rglob("*")) == [tmp_path / "deep"]


def test_members_outside_the_wanted_folder_are_checked_too(site, tmp_path):
    with pytest.raises(DataError, match="leads out"):
        fetch(site.put("x.zip", zipped(("Set/a", b"fine"), ("../evil", b"")), top="Set"), tmp_path / "set")


@pytest.mark.skipif(not hasattr(tarfile, "data_filter"), reason="Python before 3.11.4 has no filters")
def test_python_s_own_guard_is_asked_too(site, tmp_path, monkeypatch):
    def refuse(member, folder):
        raise tarfile.FilterError(f"{member.name} is not for {folder}")

    monkeypatch.setattr(tarfile, "data_filter", refuse)
    with pytest.raises(DataError, match=r"ok\.wav is not for .*\.set\.draft"):
        fetch(site.put("x.tar.gz", tarred(GOOD)), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_a_wanted_folder_that_is_not_in_the_archive(site, tmp_path):
    with pytest.raises(DataError, match="has no files in Sett; it holds Set"):
        fetch(site.put("set.zip", ZIPPED, top="Sett"), tmp_path / "set")


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
def test_a_broken_archive_with_the_right_digest(site, tmp_path, name, body):
    with pytest.raises(DataError, match="archive is broken"):
        fetch(site.put(name, body), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []
