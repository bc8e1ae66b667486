"""Ten words spoken by espeak-ng, one folder per word: real WAV files of a real synthesiser, for trying `data.kind: folder`.

    python benchmarks/spoken_words.py spoken
    mixerkit train recipes/asm_rh.yaml --set 'data={kind: folder, root: spoken, group: "/([a-z0-9]+)_"}'

A voice is an espeak-ng variant (a throat, so to speak); it says every word with several accents, speeds and pitches, and its
name stands first in the file's, so that `group` keeps it in one split: test voices are unheard. A synthesiser's speech is a
bench, not a data set. Needs espeak-ng (apt-get install espeak-ng).
"""

import argparse
import random
import shutil
import subprocess
from pathlib import Path

WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
VOICES = ("m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 klatt klatt2 klatt3 klatt4 klatt6 Andy Annie aunty boris "
          "caleb grandma grandpa michael steph travis zac ed").split()  # fmt: skip
ACCENTS = ("en-gb", "en-us", "en-gb-scotland", "en-029", "en-gb-x-rp", "en-gb-x-gbcwmd")


def main() -> None:
    """Speak every word with every voice, ``takes`` times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--takes", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if shutil.which("espeak-ng") is None:
        raise SystemExit("espeak-ng is not installed: apt-get install espeak-ng")
    rng = random.Random(asked.seed)
    for word in WORDS:
        (asked.out / word).mkdir(parents=True, exist_ok=True)
        for voice in VOICES:
            for take in range(asked.takes):
                accent, speed, pitch = rng.choice(ACCENTS), rng.randint(120, 210), rng.randint(25, 75)
                file = asked.out / word / f"{voice.lower()}_{take}.wav"
                speak = ["espeak-ng", "-v", f"{accent}+{voice}", "-s", str(speed), "-p", str(pitch), "-w", str(file), word]
                subprocess.run(speak, check=True)
    print(f"{len(WORDS)} words, {len(VOICES)} voices, {asked.takes} takes each, in {asked.out}")


if __name__ == "__main__":
    main()
