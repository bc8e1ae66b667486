"""A scan reads everything and stops at nothing: its facts are right, its reasons are those of decode."""

import hashlib
import json
import math
import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixerkit.audio import BadAudio, decode
from mixerkit.audio.scan import SILENCE, look_at, scan
from mixerkit.datasets import Clip
from tests.audio.test_bad_audio import BAD, GOOD, RATE, SHORTEST, noisy, tone, written

BLOCK = 1 << 20


def facts(path, **settings):
    return look_at(Clip(path, "a"), RATE, SHORTEST, **settings)


def reason(path, rate=RATE, shortest=SHORTEST):
    """What decode says of the whole file."""
    try:
        decode(path, rate, None, shortest)
    except BadAudio as bad:
        return str(bad)
    return ""


@pytest.mark.parametrize("name", [*BAD, *GOOD])
def test_the_reason_is_the_one_that_decode_gives(tmp_path, name):
    (BAD | GOOD)[name][0](tmp_path / "x")
    found = facts(tmp_path / "x")
    assert found.problem == reason(tmp_path / "x")
    assert bool(found.problem) == (name in BAD)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Whole files to damage, by container."""
    path = tmp_path_factory.mktemp("whole") / "x"
    return {name: written(path, noisy(0.2), name) for name in ("WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3")}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_bytes_are_damaged_both_say_the_same_and_nothing_escapes(tmp_path, whole, data):
    raw = bytearray(whole[data.draw(st.sampled_from(sorted(whole)), "container")])
    raw = raw[: data.draw(st.integers(0, len(raw)), "kept")]
    near = st.integers(0, max(0, min(len(raw) - 1, 160)))
    for place in data.draw(st.lists(near, max_size=4), "changed") if raw else []:
        raw[place] = data.draw(st.integers(0, 255))
    (tmp_path / "x").write_bytes(raw)
    assert facts(tmp_path / "x").problem == reason(tmp_path / "x", RATE)


@given(rate=st.integers(100, 400_000), frames=st.integers(0, 3000), shortest=st.integers(1, 600))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_agree_on_what_is_too_short(tmp_path, rate, frames, shortest):
    soundfile.write(tmp_path / "x.wav", np.full(frames, 0.5), rate)
    assert look_at(Clip(tmp_path / "x.wav", "a"), RATE, shortest).problem == reason(tmp_path / "x.wav", shortest=shortest)


def test_the_facts_of_a_file(tmp_path):
    left = np.concatenate([np.full(6000, 0.5), np.full(2000, -1.0)])
    written(tmp_path / "x.wav", np.stack([left, np.zeros(8000)], axis=1), rate=8000)
    clip = Clip(tmp_path / "x.wav", "dog", split="val")
    (found,) = scan([clip], RATE, SHORTEST).files
    assert (found.path, found.label, found.split, found.problem) == (clip.path, "dog", "val", "")
    assert (found.declared_frames, found.decoded_frames, found.rate, found.channels) == (8000, 8000, 8000, 2)
    assert (found.subtype, found.seconds, found.peak, found.silent) == ("PCM_16", 1.0, 1.0, False)
    assert found.clipped_fraction == 2000 / 16_000
    assert found.dc == pytest.approx((6000 * 0.25 - 2000 * 0.5) / 8000)
    assert found.rms_db == pytest.approx(10 * math.log10((6000 * 0.25**2 + 2000 * 0.5**2) / 8000))
    assert found.digest == hashlib.sha256(clip.path.read_bytes()).hexdigest()


def test_the_first_channel_alone_if_that_is_trained_on(tmp_path):
    written(tmp_path / "x.wav", np.stack([np.zeros(8000), tone()], axis=1))
    assert facts(tmp_path / "x.wav", channels="first").silent
    assert not facts(tmp_path / "x.wav").silent


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT"])
def test_clipping_is_seen_at_any_width(tmp_path, subtype):
    written(tmp_path / "x.wav", np.clip(4 * tone(), -1, 1), subtype=subtype)
    written(tmp_path / "y.wav", 0.98 * 2 * tone(), subtype=subtype)
    assert 0.5 < facts(tmp_path / "x.wav").clipped_fraction < 0.9
    assert facts(tmp_path / "y.wav").clipped_fraction == 0


def test_floats_beyond_full_scale_show_their_peak(tmp_path):
    written(tmp_path / "x.wav", 32_768 * tone(), subtype="FLOAT")
    assert facts(tmp_path / "x.wav").peak == pytest.approx(16_384, rel=1e-3)


@pytest.mark.parametrize(("level", "silent"), [(0.0, True), (0.9 * SILENCE, True), (1.1 * SILENCE, False)])
def test_silence_is_no_problem_and_is_reported(tmp_path, level, silent):
    written(tmp_path / "x.wav", np.full(8000, level), subtype="FLOAT")
    found = scan([Clip(tmp_path / "x.wav", "a")], RATE, SHORTEST)
    assert (found.bad(), len(found.silent())) == ([], int(silent))
    assert math.isinf(found.files[0].rms_db) == (level == 0.0)


def test_channels_that_cancel_each_other_are_silent(tmp_path):
    written(tmp_path / "x.wav", np.stack([tone(), -tone()], axis=1), subtype="FLOAT")
    found = facts(tmp_path / "x.wav")
    assert found.silent
    assert found.peak == pytest.approx(0.5, abs=1e-3)


def test_of_a_bad_file_what_could_be_read_is_reported(tmp_path):
    values = tone()
    values[7000] = np.nan
    written(tmp_path / "x.wav", values, subtype="FLOAT")
    found = facts(tmp_path / "x.wav")
    assert found.problem == "1 samples are NaN or infinite"
    assert (found.rate, found.decoded_frames) == (RATE, 8000)
    assert found.peak == pytest.approx(0.5, abs=1e-3)
    assert math.isfinite(found.rms_db) and math.isfinite(found.dc)


def test_a_file_longer_than_a_block(tmp_path):
    """The only loud sample, the only NaN and the end lie in the last block."""
    values = np.full(2 * BLOCK + 777, 0.25, np.float32)
    values[-5] = 1.0
    written(tmp_path / "x.wav", values, subtype="FLOAT")
    found = facts(tmp_path / "x.wav")
    assert (found.declared_frames, found.decoded_frames, found.peak) == (len(values), len(values), 1.0)
    assert found.dc == pytest.approx(0.25, abs=1e-6)
    assert found.clipped_fraction == 1 / len(values)
    values[-4] = np.nan
    written(tmp_path / "x.wav", values, subtype="FLOAT")
    assert facts(tmp_path / "x.wav").problem == "1 samples are NaN or infinite"


def kit(tmp_path):
    """Two alike of two classes, two alike in two splits, two alike and innocent, two empty, one alone."""
    clips = []
    alike = [
        (1, "cat", "train"),
        (1, "dog", "train"),
        (2, "cat", "train"),
        (2, "cat", "test"),
        (3, "cat", "val"),
        (3, "cat", None),
    ]
    for content, label, split in [*alike, (0, "cat", "train"), (0, "dog", "test"), (4, "dog", "test")]:
        path = tmp_path / "data" / f"{len(clips)}.wav"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(written(tmp_path / "x", content / 10 * np.ones(8000 * content)) if content else b"")
        clips.append(Clip(path, label, split))
    return scan(clips, RATE, SHORTEST)


def names(groups):
    return [[one.path.name for one in group] for group in groups]


def test_the_same_file_twice(tmp_path):
    found = kit(tmp_path)
    assert names(found.duplicates()) == [["0.wav", "1.wav"], ["2.wav", "3.wav"], ["4.wav", "5.wav"]]


def test_counts(tmp_path):
    found = kit(tmp_path)
    assert found.by_label() == {"cat": 6, "dog": 3}
    assert found.rates() == {"16000": 7}
    assert found.channels() == {"1": 7}
    assert found.seconds() == [0.5, 0.5, 1.0, 1.0, 1.5, 1.5, 2.0]
    assert names([found.bad()]) == [["6.wav", "7.wav"]]
    assert [fact.path.name for fact in found.files] == [f"{i}.wav" for i in range(9)]


def test_missing_files_are_not_duplicates(tmp_path):
    found = scan([Clip(tmp_path / name, "a") for name in ("x", "y")], RATE, SHORTEST)
    assert [fact.problem for fact in found.files] == ["there is no such file"] * 2
    assert found.duplicates() == []
    assert len({fact.digest for fact in found.files}) == 2


def test_rows_are_json_and_their_paths_relative_to_the_root(tmp_path):
    found = kit(tmp_path)
    rows = [json.loads(json.dumps(row, allow_nan=False)) for row in found.rows(tmp_path / "data")]
    assert [row["path"] for row in rows] == [f"{i}.wav" for i in range(9)]
    assert (rows[6]["problem"], rows[6]["rms_db"]) == ("it is empty (0 bytes)", None)
    assert (rows[8]["decoded_frames"], rows[8]["labels"], rows[8]["split"]) == (32_000, ["dog"], "test")
    assert next(found.rows())["path"] == (tmp_path / "data" / "0.wav").as_posix()
    assert next(found.rows(tmp_path / "elsewhere"))["path"] == (tmp_path / "data" / "0.wav").as_posix()


def test_a_name_that_is_not_utf8_can_be_written(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xc4\xe3.wav"))
    path.write_bytes(written(tmp_path / "x"))
    row = json.dumps(next(scan([Clip(path, "a")], RATE, SHORTEST).rows(tmp_path)), ensure_ascii=False)
    assert json.loads(row.encode())["path"] == r"\xc4\xe3.wav"


def test_what_is_wrong_behind_the_part_that_is_trained_on_is_kept_apart(tmp_path):
    """As training, which does not read that far: neither stops at it."""
    values = noisy(2.0)
    values[30_000] = np.nan
    written(tmp_path / "nan", values, subtype="FLOAT")
    raw = written(tmp_path / "cut", noisy(4.0), "FLAC")
    (tmp_path / "cut").write_bytes(raw[: len(raw) // 2])
    quiet = np.concatenate([np.zeros(12_000), tone(1.0)])
    written(tmp_path / "quiet", quiet)
    for name, behind in (("nan", "1 samples are NaN or infinite"), ("cut", "cannot be decoded")):
        found = facts(tmp_path / name, samples=8000)
        assert found.problem == "" and behind in found.behind
        decode(tmp_path / name, RATE, 8000, SHORTEST)
        assert behind in facts(tmp_path / name).problem
    found = facts(tmp_path / "quiet", samples=8000)
    assert found.silent and found.seconds == 1.75 and found.peak == pytest.approx(0.5, abs=1e-3)
    assert not facts(tmp_path / "quiet").silent


def test_what_goes_beyond_full_scale_is_a_share_of_what_is_trained_on(tmp_path):
    values = np.concatenate([np.full(9600, 0.5), np.full(1200, 1.5), np.full(1200, 0.5), np.full(8000, -3.0)])
    written(tmp_path / "x", values, subtype="FLOAT")
    assert facts(tmp_path / "x").beyond_share == 9200 / 20_000
    assert facts(tmp_path / "x", samples=10_400).beyond_share == 800 / 10_400


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_stretch_is_looked_at_alone(tmp_path, container):
    values = np.concatenate([np.zeros(16_000), noisy(0.5), np.zeros(16_000)])
    written(tmp_path / "x", values, container)
    loud = look_at(Clip(tmp_path / "x", "a", start=1.1, end=1.4), RATE, SHORTEST)
    assert (loud.problem, loud.seconds, loud.silent) == ("", 0.3, False)
    assert look_at(Clip(tmp_path / "x", "a", end=0.8), RATE, SHORTEST).silent
    assert look_at(Clip(tmp_path / "x", "a", start=1.7), RATE, SHORTEST).silent
    late = look_at(Clip(tmp_path / "x", "a", start=2.0, end=4.0), RATE, SHORTEST)
    assert "its stretch ends at 4 s, and the file lasts 2.5" in late.problem


def test_a_stream_declares_no_length(tmp_path):
    GOOD["FLAC from a pipe"][0](tmp_path / "x")
    found = facts(tmp_path / "x")
    assert (found.declared_frames, found.decoded_frames, found.problem) == (0, 8000, "")


def test_progress_is_reported_as_it_goes(tmp_path):
    reported = []
    written(tmp_path / "x")
    scan([Clip(tmp_path / "x", "a")] * 3, RATE, SHORTEST, lambda done, total: reported.append((done, total)))
    assert reported == [(1, 3), (2, 3), (3, 3)]


def test_an_interrupt_does_not_wait_for_the_rest(tmp_path, monkeypatch):
    seen, lock = [], threading.Lock()
    real = scan.__globals__["look_at"]

    def look(clip, *rest):
        with lock:
            seen.append(clip)
        return real(clip, *rest)

    def interrupt(done, total):
        raise KeyboardInterrupt

    written(tmp_path / "x")
    monkeypatch.setitem(scan.__globals__, "look_at", look)
    with pytest.raises(KeyboardInterrupt):
        scan([Clip(tmp_path / "x", "a")] * 5000, RATE, SHORTEST, interrupt)
    assert len(seen) < 500


def test_memory_does_not_grow_with_what_a_header_tells(tmp_path):
    """A FLAC that tells of 500 hours: nobody asks for 137 GB."""
    BAD["FLAC of samples for 500 hours"][0](tmp_path / "x")
    assert struct.unpack(">I", (tmp_path / "x").read_bytes()[22:26])[0] == 0
    found = facts(tmp_path / "x")
    assert (found.declared_frames, found.decoded_frames) == (1 << 35, 8000)
