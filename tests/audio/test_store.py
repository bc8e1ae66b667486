"""Decoded once: what the store holds, when it is made anew, and what becomes of two builders and of a killed one."""

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import soundfile
import torch

from mixerkit.audio import AudioSpec, contents, digests, load, store_folder
from mixerkit.audio import seal as seal_module
from mixerkit.audio import store as store_module
from mixerkit.datasets import Clip, cache_folder
from mixerkit.errors import DataError

RATE = 16_000
CPU = torch.device("cpu")
HALF = AudioSpec(seconds=0.5)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def decodes(monkeypatch):
    """The files that were decoded."""
    seen = []
    real = store_module.decode_all
    monkeypatch.setattr(store_module, "decode_all", lambda path, *rest: seen.append(path.name) or real(path, *rest))
    return seen


def wav(folder, name, values):
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / name, values, RATE)
    return Clip(folder / name, "a")


def steady(tmp_path, lengths=(500, 8000, 2000, 9000)):
    return [wav(tmp_path / "data", f"{i}.wav", np.full(n, (i + 1) / 10)) for i, n in enumerate(lengths)]


def waves_of(clips, audio=HALF, on_progress=lambda done, total: None):
    return loaded(clips, audio, on_progress).waves


def loaded(clips, audio=HALF, on_progress=lambda done, total: None):
    return load(clips, contents(clips), audio, 400, on_progress)


def test_clips_keep_their_order_and_their_lengths(tmp_path):
    waves = waves_of(steady(tmp_path))
    assert waves.lengths.tolist() == [500, 8000, 2000, 8000]
    batch, found = waves.batch(torch.tensor([3, 0]), CPU)
    assert found.tolist() == [8000, 500]
    assert batch[0].mean().item() == pytest.approx(0.4, abs=1e-4)
    assert batch[1, :500].mean().item() == pytest.approx(0.1, abs=1e-4)
    assert batch[1, 500:].abs().max() == 0


def test_sixteen_bits_come_through_bit_for_bit(tmp_path):
    values = np.random.default_rng(0).integers(-32768, 32767, 8000).astype(np.int16)
    waves = waves_of([wav(tmp_path / "data", "x.wav", values)])
    assert torch.equal(waves.batch(torch.tensor([0]), CPU)[0][0], torch.from_numpy(values).float() / 32768)


def test_a_second_look_decodes_nothing(tmp_path, decodes):
    clips = steady(tmp_path)
    first, again = waves_of(clips), waves_of(clips[::-1])
    assert len(decodes) == 4
    assert torch.equal(first.batch(torch.tensor([1]), CPU)[0], again.batch(torch.tensor([2]), CPU)[0])


def test_a_changed_file_is_decoded_anew_and_a_moved_or_touched_one_is_not(tmp_path, decodes):
    clips = steady(tmp_path)
    waves_of(clips)
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    moved = [Clip(tmp_path / "elsewhere" / clip.path.name, "a") for clip in clips]
    os.utime(moved[0].path)
    waves_of(moved)
    assert len(decodes) == 4
    soundfile.write(moved[0].path, np.full(500, 0.9), RATE)
    batch, _ = waves_of(moved).batch(torch.tensor([0]), CPU)
    assert batch[0, :500].mean().item() == pytest.approx(0.9, abs=1e-4)


@pytest.mark.parametrize("setting", [{"rate": 8000}, {"seconds": 0.25}, {"channels": "first"}, {"crop": "centre"}])
def test_other_settings_are_another_store(setting):
    assert store_folder(["x"], HALF, 400) != store_folder(["x"], HALF.model_copy(update=setting), 400)


def test_the_same_content_is_kept_once(tmp_path, decodes):
    clips = [wav(tmp_path / "data", f"{i}.wav", np.full(800, 0.5)) for i in range(3)]
    waves = waves_of(clips)
    assert len(decodes) == 1
    assert len(waves.clips) == 3
    assert len(waves.samples) == 800


def test_progress_is_reported_as_it_goes(tmp_path):
    reported = []
    waves_of(steady(tmp_path), on_progress=lambda done, total: reported.append((done, total)))
    assert reported == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert all(b[0] > a[0] for a, b in pairwise(reported))


def bad_and_good(tmp_path, good, bad):
    clips = [wav(tmp_path / "data", f"good{i}.wav", np.full(8000, i / 10)) for i in range(good)]
    for i in range(bad):
        (tmp_path / "data" / f"bad{i}.wav").write_bytes(b"x" * i)
        clips.insert(i, Clip(tmp_path / "data" / f"bad{i}.wav", "a"))
    return clips


def test_bad_files_are_left_out_and_known_also_the_second_time(tmp_path, decodes):
    for _ in range(2):
        found = loaded(bad_and_good(tmp_path, good=3, bad=2))
        assert [clip.path.name for clip in found.waves.clips] == ["good0.wav", "good1.wav", "good2.wav"]
        assert len(found.waves.starts) == len(found.waves.lengths) == 3
        assert [one.problem for one in found.found[:2]] == [
            "it is empty (0 bytes)",
            "it cannot be decoded (Format not recognised)",
        ]
        assert [(one.problem, one.silent) for one in found.found[2:]] == [("", True), ("", False), ("", False)]
    assert len(decodes) == 5


def test_a_missing_file_that_comes_back_is_read(tmp_path):
    clips = steady(tmp_path)
    raw = clips[0].path.read_bytes()
    clips[0].path.unlink()
    assert loaded(clips).found[0].problem == "there is no such file"
    clips[0].path.write_bytes(raw)
    assert len(waves_of(clips).clips) == 4


@pytest.mark.parametrize(("crop", "expected"), [("head", 0.0), ("centre", 0.5)])
def test_a_longer_recording_is_cropped_as_the_policy_says(tmp_path, crop, expected):
    values = np.concatenate([np.zeros(4000), np.full(8000, 0.5), np.zeros(4000)])
    waves = waves_of([wav(tmp_path / "data", "x.wav", values)], AudioSpec(seconds=0.25, crop=crop))
    batch, length = waves.batch(torch.tensor([0]), CPU)
    assert batch.shape == (1, 4000)
    assert length.tolist() == [4000]
    assert batch.mean().item() == pytest.approx(expected, abs=1e-4)


def test_a_random_crop_follows_its_number_and_is_the_centre_without_one(tmp_path):
    values = np.arange(16_000) / 32768
    waves = waves_of([wav(tmp_path / "data", "x.wav", values)], AudioSpec(seconds=0.25, crop="random"))
    numbers = (0, 6000, 12_000, 12_001, -1)  # of 12,001 places
    first = [waves.batch(torch.tensor([0]), CPU, torch.tensor([number]))[0][0, 0].item() * 32768 for number in numbers]
    assert first == [0, 6000, 12_000, 0, 12_000]
    assert waves.batch(torch.tensor([0]), CPU)[0][0, 0].item() * 32768 == 6000


def test_two_builders_make_it_once(tmp_path, decodes):
    clips = steady(tmp_path, lengths=range(8000, 8030))
    threads = [Thread(target=waves_of, args=(clips,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(decodes) == 30


def test_what_a_killed_builder_left_is_cleared_away(tmp_path):
    clips = steady(tmp_path)
    script = f"""
        import os, signal
        from pathlib import Path
        from mixerkit.audio import store, load, contents, AudioSpec
        from mixerkit.datasets import Clip
        real, seen = store.decode_all, []
        def decode(path, *rest):
            seen.append(path)
            if len(seen) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path, *rest)
        store.decode_all = decode
        clips = [Clip(Path(p), "a") for p in {[str(clip.path) for clip in clips]!r}]
        load(clips, contents(clips), AudioSpec(seconds=0.5), 400)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -9
    left = list((cache_folder() / "waves").glob(".*.[0-9]*"))
    assert left
    began = time.monotonic()
    assert len(waves_of(clips).clips) == 4
    assert time.monotonic() - began < 30  # the dead one's lock holds nobody up
    assert not list((cache_folder() / "waves").glob(".*.[0-9]*"))


def test_a_cache_that_cannot_be_written_is_reported(tmp_path, monkeypatch):
    clips = steady(tmp_path)
    names = digests([clip.path for clip in clips])
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"(?s)cannot be written.*MIXERKIT_CACHE"):
        load(clips, names, HALF, 400)


def test_digests_remember_files_that_stay_as_they_are(tmp_path, monkeypatch):
    clips = steady(tmp_path)
    paths = [clip.path for clip in clips]
    first = digests(paths)
    reads = []
    monkeypatch.setattr("mixerkit.audio.fingerprint.digest", lambda path: reads.append(path) or "new")
    assert digests(paths) == first
    assert not reads
    os.utime(paths[1], ns=(1, 1))
    assert digests(paths) == [first[0], "new", *first[2:]]


def test_stretches_of_a_file_are_kept_apart(tmp_path, decodes):
    values = np.concatenate([np.full(8000, 0.25), np.full(8000, 0.5), np.full(8000, 0.75)])
    clip = wav(tmp_path / "data", "x.wav", values)
    clips = [replace(clip, start=start, end=end) for start, end in ((None, 0.5), (0.5, 0.75), (1.0, None), (0.5, 0.75))]
    waves = waves_of(clips)
    assert len(decodes) == 3
    assert waves.lengths.tolist() == [8000, 4000, 8000, 4000]
    assert [wave.mean().item() for wave in waves.batch(torch.arange(3), CPU)[0]] == pytest.approx([0.25, 0.25, 0.75], abs=1e-4)


# the cache is believed only while it is whole

DAMAGES = {
    "cut": lambda path: os.truncate(path, 1000),
    "emptied": lambda path: path.write_bytes(b""),
    "overwritten": lambda path: path.write_bytes(b"x" * path.stat().st_size),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"xx"),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("name", ["samples.int16", "index.json", "seal.json"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_is_made_anew_and_that_is_reported(tmp_path, decodes, name, damage):
    clips = steady(tmp_path)
    (before,) = waves_of(clips).batch(torch.tensor([1]), CPU)[0]
    (folder,) = (cache_folder() / "waves").glob("[!.]*")
    DAMAGES[damage](folder / name)
    found = loaded(clips)
    assert len(decodes) == 8
    assert torch.equal(found.waves.batch(torch.tensor([1]), CPU)[0][0], before)
    assert found.note.startswith(f"decoded again, because the cache was damaged: in {folder}, ")
    assert loaded(clips).note == ""
    assert len(decodes) == 8


def test_one_changed_byte_is_found_even_if_the_time_is_set_back(tmp_path, decodes):
    clips = steady(tmp_path)
    waves_of(clips)
    (path,) = (cache_folder() / "waves").glob("*/samples.int16")
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(20_000)
        file.write(b"\x01")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "samples.int16 was changed" in loaded(clips).note


def test_a_copied_or_touched_store_is_read_once_and_believed(tmp_path, decodes, monkeypatch):
    clips = steady(tmp_path)
    waves_of(clips)
    shutil.copytree(tmp_path / "cache", tmp_path / "copy")
    monkeypatch.setenv("MIXERKIT_CACHE", str(tmp_path / "copy"))
    sums, real = [], seal_module.zlib.crc32
    monkeypatch.setattr(seal_module.zlib, "crc32", lambda block: sums.append(len(block)) or real(block))
    assert loaded(clips).note == ""
    assert sums
    sums.clear()
    waves_of(clips)
    assert not sums
    assert len(decodes) == 4


def test_a_memory_of_digests_that_is_garbage_or_locked_says_to_delete_it(tmp_path, monkeypatch):
    clips = steady(tmp_path)
    paths = [clip.path for clip in clips]
    digests(paths)
    memory = cache_folder() / "digests.sqlite"
    monkeypatch.setattr("mixerkit.audio.fingerprint.WAIT_SECONDS", 0.01)
    with closing(sqlite3.connect(memory, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DataError, match=r"(?s)digests\.sqlite.*locked.*Delete it, and it is made again"):
            digests(paths)
    memory.write_bytes(b"garbage" * 1000)
    with pytest.raises(DataError, match=r"(?s)digests\.sqlite.*not a database.*Delete it, and it is made again") as caught:
        digests(paths)
    assert caught.value.exit_code == 3
    memory.unlink()
    assert len(digests(paths)) == 4


def test_names_that_are_not_utf8_have_digests_and_waves(tmp_path):
    clips = steady(tmp_path, lengths=(500,))
    unknown = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    clips[0].path.rename(unknown)
    assert digests([unknown]) == digests([unknown])
    assert waves_of([Clip(unknown, "a")]).lengths.tolist() == [500]
