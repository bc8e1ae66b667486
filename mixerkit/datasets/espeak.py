"""The program espeak-ng: which voices it has, and what one of them says.

Two things about version 1.51. An accent's language name can drop the variant without a word (``en-gb+f3`` is ``en-gb``), so
accents go by their file (``gmw/en+f3``). Some variants sound the same to the bit, so each speaks one word first and twins are
left out.
"""

import io
import re
import subprocess

import numpy as np
import soundfile
from numpy.typing import NDArray

from mixerkit.errors import DataError, Problem

Wave = NDArray[np.float64]

ROW = re.compile(r"\s*\d+\s+\S+\s+\S+/\S+\s+\S+\s+(?P<file>\S.*?)\s*(\(.*)?")
"""A row of ``espeak-ng --voices``: priority, language, age/gender, name, file (which may hold a space), other languages."""


def accents_and_throats(espeak: str) -> tuple[list[str], list[str]]:
    """English accents and variants, as ``-v ACCENT+VARIANT`` takes them; of variants that sound alike, one."""
    listed = {kind: answer(espeak, f"--voices={kind}").decode(errors="replace").splitlines() for kind in ("en", "variant")}
    files = {kind: sorted({row["file"] for row in map(ROW.fullmatch, rows) if row}) for kind, rows in listed.items()}
    accents = [file for file in files["en"] if not re.match(r"(mb|!v)\W", file)]  # mb: MBROLA's, whose sounds are not here
    variants = [file[3:] for file in files["variant"] if "whisper" not in file.lower()]  # 3: !v/
    plain = [f"{accent}+{variant}" for accent in accents[:1] for variant in variants[::-1]]
    heard = {message(espeak, voice, 160, 50, "seven")[0].tobytes(): voice.split("+", 1)[1] for voice in plain}
    return accents, sorted(heard.values())


def message(espeak: str, voice: str, speed: int, pitch: int, word: str) -> tuple[Wave, int]:
    """What espeak-ng says, ``[samples]``, and its rate. ``speed`` in words a minute, ``pitch`` from 0 to 99.

    Raises:
        DataError: it fails or stays silent.
    """
    where = f"espeak-ng, voice {voice}, word {word!r}"
    sound = answer(espeak, "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", word, where=where)
    try:
        wave, rate = soundfile.read(io.BytesIO(sound), dtype="float64")
    except soundfile.LibsndfileError as error:
        raise DataError(Problem(where, f"It wrote {len(sound)} bytes that are no WAV file: {error}")) from error
    if wave.size == 0 or np.abs(wave).max() < 1e-3:
        raise DataError(Problem(where, "It stayed silent.", hint="Try it by hand: espeak-ng -v VOICE WORD"))
    return wave, rate


def answer(espeak: str, *arguments: str, where: str = "espeak-ng") -> bytes:
    """What espeak-ng writes when called with ``arguments``. Raises DataError if it fails."""
    try:
        answer = subprocess.run([espeak, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(Problem(where, f"It cannot be run: {error}.")) from error
    if answer.returncode:
        message = answer.stderr.decode(errors="replace").strip() or "nothing"
        raise DataError(Problem(where, f"It ended with {answer.returncode} and wrote: {message}"))
    return answer.stdout
