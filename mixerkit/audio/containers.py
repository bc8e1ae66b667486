"""What the headers of sound files declare, and whether it is there: libsndfile reads a truncated file without an error."""

import os
import re
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

MOST_CHUNKS = 10_000
OGG_PAGE = 27 + 255 + 255 * 255


class BadAudio(Exception):
    """Why a file cannot be used, in one sentence."""


class _Chunks(NamedTuple):
    """How a container is cut into chunks, each with its name and length."""

    first: int
    head: str
    """Name and length, as struct reads them."""
    own: int
    """Bytes of a chunk's head that its length counts."""
    align: int


RIFF = _Chunks(12, "<4sI", 0, 2)
CONTAINERS = {b"RIFF": RIFF, b"RF64": RIFF, b"BW64": RIFF, b"RIFX": _Chunks(12, ">4sI", 0, 2), b"FORM": _Chunks(12, ">4sI", 0, 2)}
CONTAINERS |= {b"riff": _Chunks(40, "<4s12xQ", 24, 8), b"caff": _Chunks(8, ">4sQ", 0, 1)}
SOUND_CHUNKS = (b"data", b"SSND", b"BODY")


def refuse_cut(path: Path) -> None:
    """Raise BadAudio if the header declares more bytes than there are. libsndfile reads what is there without a word."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            raise BadAudio("it is empty (0 bytes)")
        file.seek(0)
        head = file.read(1024)
        if head[:4] == b"OggS" and _ogg_is_cut(file, size):
            raise BadAudio("it was cut short: its last page is not whole")
        start, length = _declared(file, head, size)
        missing = start + length - size
        file.seek(start)
        if length == 0 and head[:4] == b"RIFF" and missing < -64 and not file.read(4).isalpha():  # no other chunk follows
            raise BadAudio(f"its header was never finished: it says 0 bytes of sound, and {-missing:,} follow")
    # Who writes to a pipe does not know the length, and puts in about as much as the field can hold.
    if missing > 0 and not any(0 <= most - length <= 1 << 24 for most in (1 << 31, 1 << 32, 1 << 63, 1 << 64)):
        raise BadAudio(f"it was cut short: {missing:,} of {length:,} bytes of sound are missing")


def _declared(file: BinaryIO, head: bytes, size: int) -> tuple[int, int]:
    """Where sound begins and how many bytes of it the header tells of; (0, 0) if it tells nothing."""
    if head[:4] == b".snd" and len(head) >= 12:
        start, length = struct.unpack(">4xII", head[:12])
        return start, length
    if head[:4] == b"NIST":
        numbers = {name: int(value) for name, value in re.findall(rb"(\w+) -i (\d+)", head)}
        plain = re.search(rb"sample_coding -s\d+ (pcm|ulaw|alaw)\s", head) is not None
        count = numbers.get(b"sample_count", 0) * numbers.get(b"channel_count", 0) * numbers.get(b"sample_n_bytes", 0)
        return (1024, count) if plain else (0, 0)
    chunks = CONTAINERS.get(head[:4])
    if chunks is None:
        return 0, 0
    position, step, long = chunks.first, struct.calcsize(chunks.head), 0
    for _ in range(MOST_CHUNKS):
        file.seek(position)
        raw = file.read(step)
        if len(raw) < step:
            break
        name, length = struct.unpack(chunks.head, raw)
        if name == b"ds64":  # RF64: lengths of 64 bits, for where the chunks' own say 0xFFFFFFFF
            long = int.from_bytes(file.read(16)[8:], "little")
        if name in SOUND_CHUNKS:
            return position + step, long if long and length == 0xFFFFFFFF else length - chunks.own
        position += max(step, step - chunks.own + length + -length % chunks.align)
        if position > size:
            break
    return 0, 0


def _ogg_is_cut(file: BinaryIO, size: int) -> bool:
    """The last page says how long it is."""
    file.seek(max(0, size - OGG_PAGE))
    tail = file.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    return page[:4] == b"OggS" and (len(page) < 27 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]))


def mp3_may_lack(path: Path, missing: int) -> bool:
    """Two MPEG frames are lost to encoders that count differently; without a Xing header the length is a guess from the size."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":  # a size of four times seven bits
            file.seek(sum((byte & 127) << (7 * place) for place, byte in enumerate(reversed(head[6:10]))), 1)
        else:
            file.seek(0)
        first = file.read(256)
    tag = re.search(rb"(?:Xing|Info)...(.)", first, re.DOTALL)
    if tag is None or not tag[1][0] & 1:
        return True
    version_1 = first[1] & 0x18 == 0x18
    return missing <= 2 * (1152 if version_1 else 576)
