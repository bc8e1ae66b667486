"""The table of bad audio, row by row: what decode says of a damaged file, and which odd files are right all the same."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from mixerkit.audio import BadAudio, decode
from mixerkit.audio.decode import length_at, open_sound, to_rate

RATE, SHORTEST = 16_000, 400


def tone(seconds=0.5, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)


def noisy(seconds):
    """Sound that no codec makes small: a file of many pages and frames."""
    return np.random.default_rng(0).uniform(-0.5, 0.5, round(RATE * seconds))


def written(path, values=None, container="WAV", subtype=None, rate=RATE):
    soundfile.write(path, tone(rate=rate) if values is None else values, rate, format=container, subtype=subtype)
    return path.read_bytes()


def header(raw, **fields):
    """A canonical WAV of 44 + n bytes with other fields in its header."""
    places = {"riff": (4, "<I"), "channels": (22, "<H"), "rate": (24, "<I"), "data": (40, "<I")}
    raw = bytearray(raw)
    for name, value in fields.items():
        struct.pack_into(places[name][1], raw, places[name][0], value)
    return bytes(raw)


def cut(container, fraction=0.5, subtype=None, values=None):
    def make(path):
        raw = written(path, values, container, subtype)
        path.write_bytes(raw[: int(len(raw) * fraction)])

    return make


def of(container, change):
    return lambda path: path.write_bytes(change(written(path, container=container)))


def of_wav(change):
    return of("WAV", change)


def odd_chunk(raw, at=36):
    """With a chunk of odd length, its pad byte included, before the sound."""
    return raw[:at] + b"LIST" + struct.pack("<I", 7) + b"INFOabc\0" + raw[at:]


def id3(raw):
    return b"ID3\x03\0\0\0\0\x07\x76" + bytes(1014) + raw + b"TAG" + bytes(125)


def floats(*bad, subtype="FLOAT"):
    def make(path):
        values = tone()
        values[1000 : 1000 + len(bad)] = bad
        written(path, values, subtype=subtype)

    return make


def big_endian(path):
    soundfile.write(path, tone(), RATE, format="WAV", endian="BIG")
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])


def flac_of(frames):
    """A FLAC whose header tells of so many samples; 0 is what a pipe leaves."""

    def make(path):
        raw = bytearray(written(path, container="FLAC"))
        raw[21] = raw[21] & 0xF0 | frames >> 32
        struct.pack_into(">I", raw, 22, frames & 0xFFFFFFFF)
        path.write_bytes(raw)

    return make


BAD = {
    "missing": (lambda path: None, "there is no such file"),
    "folder": (Path.mkdir, "it is a folder, not a file"),
    "FIFO": (os.mkfifo, "it is a named pipe (FIFO), not a file"),
    "link to a device": (lambda path: path.symlink_to("/dev/zero"), "it is a device, not a file"),
    "0 bytes": (Path.touch, "it is empty (0 bytes)"),
    "random bytes": (lambda path: path.write_bytes(np.random.default_rng(0).bytes(4000)), "cannot be decoded (Format not"),
    "text": (lambda path: path.write_text("<html>404</html>" * 50), "cannot be decoded (Format not recognised)"),
    "header cut at 20 bytes": (
        of_wav(lambda raw: raw[:20]),
        "cannot be decoded (Error in WAV/W64/RF64 file. Malformed 'fmt ' chunk)",
    ),
    "header cut before data": (of_wav(lambda raw: raw[:36]), "cannot be decoded (Error in WAV file. No 'data' chunk marker)"),
    "header only": (of_wav(lambda raw: raw[:44]), "cut short: 16,000 of 16,000 bytes of sound are missing"),
    "header without samples": (lambda path: written(path, np.zeros(0)), "it lasts 0 ms; at least 25 ms make one frame"),
    "header never finished": (
        of_wav(lambda raw: header(raw, riff=0, data=0)),
        "never finished: it says 0 bytes of sound, and 16,0",
    ),
    "WAV cut": (cut("WAV"), "cut short: 8,022 of 16,000 bytes of sound are missing"),
    "big-endian WAV cut": (big_endian, "cut short: 8,022 of 16,000 bytes"),
    "WAVEX cut": (cut("WAVEX"), "cut short: 8,040 of 16,000 bytes"),
    "RF64 cut": (cut("RF64"), "cut short: 8,052 of 16,000 bytes"),
    "W64 cut": (cut("W64", subtype="PCM_16"), "cut short: 8,052 of 16,000 bytes"),
    "AIFF cut": (cut("AIFF"), "cut short: 8,027 of 16,008 bytes"),
    "AU cut": (cut("AU", subtype="PCM_16"), "cut short: 8,012 of 16,000 bytes"),
    "CAF cut at its end": (cut("CAF", fraction=0.9), "cut short: 2,010 of 16,004 bytes"),
    "NIST cut": (cut("NIST"), "cut short: 8,512 of 16,000 bytes"),
    "8SVX cut": (cut("SVX"), "cut short: 8,051 of 16,000 bytes"),
    "RF64 with an odd chunk cut": (of("RF64", lambda raw: odd_chunk(raw, 96)[:-9]), "cut short: 9 of 16,000 bytes"),
    "MP3 cut": (cut("MP3"), "cut short: "),
    "MP3 with a spectrogram cut": (of("MP3", lambda raw: id3(raw[: len(raw) // 2])), "of 8,000 samples of sound are missing"),
    "FLAC cut": (cut("FLAC"), "cannot be decoded (flac decoder lost sync)"),
    "FLAC of fewer samples than it says": (flac_of(16_000), "cut short: 8,000 of 16,000 samples of sound are missing"),
    "FLAC of samples for 500 hours": (flac_of(1 << 35), "cut short: 34,359,730,368 of 34,359,738,368 samples"),
    "OGG of one page cut": (cut("OGG", fraction=0.97), "cut short: its last page is not whole"),
    "OGG of many pages cut": (cut("OGG", values=noisy(8)), "cut short: its last page is not whole"),
    "Opus cut": (cut("OGG", fraction=0.99, subtype="OPUS", values=noisy(8)), "cut short: its last page is not whole"),
    "NaN": (floats(np.nan), "1 samples are NaN or infinite"),
    "infinite": (floats(np.inf, -np.inf, np.nan), "3 samples are NaN or infinite"),
    "too large for float32": (floats(1e300, subtype="DOUBLE"), "1 samples are NaN or infinite"),
    "one sample short": (lambda path: written(path, tone()[:399]), "it lasts 25 ms; at least 25 ms make one frame"),
    "short after resampling": (lambda path: written(path, tone(0.0249, 44_100), rate=44_100), "at least 25 ms make one frame"),
    "rate 0": (of_wav(lambda raw: header(raw, rate=0)), "cannot be decoded"),
    "rate 1 Hz": (of_wav(lambda raw: header(raw, rate=1)), "its header says 1 Hz, which cannot become 16,000 Hz"),
    "rate 2 GHz": (of_wav(lambda raw: header(raw, rate=0x7FFFFFFF)), "says 2,147,483,647 Hz, which cannot become"),
    "no channels": (of_wav(lambda raw: header(raw, channels=0)), "cannot be decoded (Channel count is zero)"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_reported(tmp_path, name):
    make, message = BAD[name]
    make(tmp_path / "bad")
    with pytest.raises(BadAudio) as caught:
        decode(tmp_path / "bad", RATE, None, SHORTEST)
    assert message in str(caught.value)


def pcm(container="WAV", subtype=None, channels=1, rate=RATE):
    return lambda path: written(path, np.repeat(tone(rate=rate)[:, None], channels, axis=1), container, subtype, rate)


GOOD = {
    "8 bits": (pcm(subtype="PCM_U8"), 0.01),
    "24 bits": (pcm(subtype="PCM_24"), 1e-6),
    "32 bits": (pcm(subtype="PCM_32"), 1e-6),
    "float": (pcm(subtype="FLOAT"), 1e-6),
    "float64": (pcm(subtype="DOUBLE"), 1e-6),
    "a-law": (pcm(subtype="ALAW"), 0.03),
    "IMA ADPCM": (pcm(subtype="IMA_ADPCM"), 0.05),
    "GSM, which cannot seek": (pcm(subtype="GSM610"), 0.6),
    "WAVE_FORMAT_EXTENSIBLE": (pcm("WAVEX"), 1e-4),
    "WAVE_FORMAT_EXTENSIBLE, 24 bits, 8 channels": (pcm("WAVEX", "PCM_24", 8), 1e-6),
    "8 channels": (pcm(channels=8), 1e-4),
    "odd rate": (pcm(rate=44_101), 0.02),
    "big-endian": (lambda path: soundfile.write(path, tone(), RATE, format="WAV", endian="BIG"), 1e-4),
    "RF64": (pcm("RF64"), 1e-4),
    "W64": (pcm("W64", "PCM_16"), 1e-4),
    "AIFF": (pcm("AIFF", "PCM_16"), 1e-4),
    "AU": (pcm("AU", "PCM_16"), 1e-4),
    "CAF": (pcm("CAF", "PCM_16"), 1e-4),
    "NIST": (pcm("NIST", "PCM_16"), 1e-4),
    "FLAC": (pcm("FLAC"), 1e-4),
    "OGG": (pcm("OGG"), 0.05),
    "MP3": (pcm("MP3"), 0.1),
    "a LIST chunk of odd length": (of_wav(odd_chunk), 1e-4),
    "junk behind": (of_wav(lambda raw: raw + b"junk" * 100), 1e-4),
    "one byte behind": (of_wav(lambda raw: raw + b"\0"), 1e-4),
    "FLAC with junk behind": (of("FLAC", lambda raw: raw + b"junk" * 100), 1e-4),
    "OGG with junk behind": (of("OGG", lambda raw: raw + b"junk" * 100), 0.05),
    "MP3 in tags": (of("MP3", id3), 0.1),
    "MP3 with junk behind": (of("MP3", lambda raw: raw + b"junk" * 100), 0.1),
    "MP3 without its last byte": (of("MP3", lambda raw: raw[:-1]), 0.1),
    "FLAC from a pipe": (flac_of(0), 1e-4),
    "WAV from ffmpeg's pipe": (of_wav(lambda raw: header(raw, riff=0xFFFFFFFF, data=0xFFFFFFFF)), 1e-4),
    "WAV from sox's pipe": (of_wav(lambda raw: header(raw, riff=0x7FFFF024, data=0x7FFFF000)), 1e-4),
    "WAV from arecord's pipe": (of_wav(lambda raw: header(raw, riff=0x80000024, data=0x80000000)), 1e-4),
    "WAV that counts its header": (of_wav(lambda raw: header(raw, riff=0xFFFFFFFF, data=0xFFFFFFFF - 36)), 1e-4),
}


@pytest.mark.parametrize("name", GOOD)
def test_odd_files_are_right(tmp_path, name):
    make, tolerance = GOOD[name]
    make(tmp_path / "odd")
    wave = decode(tmp_path / "odd", RATE, 8000, SHORTEST)
    assert 7400 <= len(wave) <= 8000
    middle = slice(1000, 6500)
    assert (wave[middle] - torch.from_numpy(tone()).float()[middle]).abs().max() < tolerance


def test_digital_silence_is_no_error(tmp_path):
    written(tmp_path / "zeros", np.zeros(8000))
    assert decode(tmp_path / "zeros", RATE, None, SHORTEST).abs().max() == 0


KBIT = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]


def mpeg_frames(raw):
    """The frames of an MP3 at 16 kHz, one after another."""
    found, at = [], 0
    while at + 4 <= len(raw):
        bits = raw[at + 2]
        length = 72_000 * KBIT[bits >> 4] // RATE + (bits >> 1 & 1)
        found.append(raw[at : at + length])
        at += length
    return found


@pytest.mark.parametrize("kept", [slice(1, None), slice(1, -60), slice(10, None)])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_an_mp3_without_a_xing_header_does_not_know_its_length(tmp_path, kept, mode):
    """libsndfile guesses it from the size and the first frames: fewer samples than guessed are no damage."""
    with soundfile.SoundFile(tmp_path / "x", "w", RATE, 1, format="MP3", bitrate_mode=mode, compression_level=0.5) as file:
        file.write(np.concatenate([np.zeros(RATE), tone(1), noisy(2), np.zeros(RATE)]))
    frames = mpeg_frames((tmp_path / "x").read_bytes())
    assert b"Xing" in frames[0] or b"Info" in frames[0]
    (tmp_path / "x").write_bytes(b"".join(frames[kept]))
    with soundfile.SoundFile(tmp_path / "x") as file:
        guessed, read = file.frames, len(file.read())
    if (mode, kept) == ("VARIABLE", slice(10, None)):
        assert read < guessed - 3000  # else this test shows nothing
    assert len(decode(tmp_path / "x", RATE, None, SHORTEST)) == read > 0


def test_an_mp3_may_lack_two_frames_of_what_its_xing_header_counts(tmp_path):
    frames = mpeg_frames(written(tmp_path / "x", noisy(3), "MP3"))
    (tmp_path / "x").write_bytes(b"".join(frames[:-2]))
    assert 3 * RATE - 1200 < len(decode(tmp_path / "x", RATE, None, SHORTEST)) < 3 * RATE
    (tmp_path / "x").write_bytes(b"".join(frames[:-5]))
    with pytest.raises(BadAudio, match=r"of 48,000 samples of sound are missing"):
        decode(tmp_path / "x", RATE, None, SHORTEST)


def test_damage_behind_what_is_wanted_matters_only_where_the_header_tells_of_it(tmp_path):
    for container, reported in (("WAV", True), ("OGG", True), ("FLAC", False), ("MP3", False)):
        cut(container, values=noisy(8))(tmp_path / "x")
        if reported:
            with pytest.raises(BadAudio, match="cut short"):
                decode(tmp_path / "x", RATE, 4000, SHORTEST)
        else:
            assert len(decode(tmp_path / "x", RATE, 4000, SHORTEST)) == 4000


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
def test_blocks_join_without_a_seam(tmp_path, container, monkeypatch):
    written(tmp_path / "x", noisy(3), container)
    with soundfile.SoundFile(tmp_path / "x") as file:
        whole = file.read(dtype="float32")
    monkeypatch.setitem(open_sound.__globals__, "BLOCK", 5000)  # the module, which its function hides
    assert torch.equal(decode(tmp_path / "x", RATE, None, SHORTEST), torch.from_numpy(whole))


def test_a_name_that_is_not_utf8(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xc4\xe3.wav"))
    path.write_bytes(written(tmp_path / "x"))
    assert len(decode(path, RATE, None, SHORTEST)) == 8000


def test_a_file_without_a_header_by_its_name(tmp_path):
    written(tmp_path / "x")
    (tmp_path / "x").rename(tmp_path / "x.raw")
    with pytest.raises(BadAudio, match="cannot be decoded"):
        decode(tmp_path / "x.raw", RATE, None, SHORTEST)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    written(tmp_path / "x")

    def refuse(*_):
        raise PermissionError(13, "Permission denied", "x")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(BadAudio, match=r"^it cannot be read \(Permission denied\)$"):
        decode(tmp_path / "x", RATE, None, SHORTEST)


@pytest.mark.parametrize("own_rate", [8000, 11_025, 16_000, 22_050, 44_100, 44_101, 48_000, 96_000])
def test_the_length_after_resampling_is_known_beforehand(own_rate):
    for frames in [0, 1, 399, 400, 401, 1102, 1103, 10_007]:
        assert length_at(frames, own_rate, RATE) == len(to_rate(torch.zeros(frames), own_rate, RATE))
