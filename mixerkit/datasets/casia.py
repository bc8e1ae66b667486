"""CASIA Chinese emotion corpus: four speakers, six emotions; 1,200 clips in the free part, 9,600 in all.

Layout: ROOT/<speaker>/<emotion>/<number>.wav, and the others that go round: emotion before speaker, both in the file's name, a
folder for the texts above. Speaker and emotion are found anywhere in the path, under all their names. There is no official split
and no official download. A random split has the same speakers and texts in training and test, and is named for what it is.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, dataset
from mixerkit.datasets.folds import Division, Folds, Fractions
from mixerkit.datasets.layout import existing_folder, hidden_notes
from mixerkit.datasets.walk import walk
from mixerkit.errors import DataError, Problem

EMOTIONS = ("angry", "fear", "happy", "neutral", "sad", "surprise")
EMOTION_NAMES = {name: name for name in EMOTIONS} | {"anger": "angry", "normal": "neutral", "surprised": "surprise"}
SPEAKERS = ("wangzhe", "zhaozuoxiang", "liuchanhg", "zhaoquanyin")
"""In the order of EmoBox's folds, which are called by their speakers here."""
SPEAKER_NAMES = {name: name for name in SPEAKERS} | {
    "chang.liu": "liuchanhg",
    "zhe.wang": "wangzhe",
    "quanyin.zhao": "zhaoquanyin",
    "zuoxiang.zhao": "zhaozuoxiang",
}
VARIANTS = {1_200: "the free part, 50 texts", 9_600: "the whole corpus, 300 shared and 100 free texts"}


@dataset
class CasiaSpec(DatasetSpec):
    """CASIA's six emotions, split at random (leaky) or by leaving a speaker out."""

    citation: ClassVar[str] = "CASIA Chinese emotional speech corpus, Institute of Automation, Chinese Academy of Sciences"
    licence: ClassVar[str] = "a paid licence of the Chinese LDC"
    source: ClassVar[str] = "http://www.chineseldc.org, resource 76; no public download"

    kind: Literal["casia"] = "casia"
    root: str = Field(description="folder that holds the recordings")
    protocol: Literal["random", "loso4"] = Field(
        "random", description="random: 80/10/10 by clip, leaky: speakers and texts in common; loso4: one speaker is tested"
    )

    def labels(self) -> tuple[str, ...]:
        return EMOTIONS

    def protocol_name(self) -> str:
        return self.protocol

    def division(self) -> Division:
        return Fractions() if self.protocol == "random" else Folds(SPEAKERS, self.fold)

    def home(self) -> Path:
        return existing_folder(self.root, "casia")

    def clips(self) -> list[Clip]:
        root = self.home()
        read = ((path, *_speaker_and_emotion(path.relative_to(root))) for path in walk(root).recordings)
        by_speaker = self.protocol == "loso4"
        clips = [
            Clip(path, emotion, fold=speaker if by_speaker else None, group=speaker if by_speaker else None)
            for path, speaker, emotion in read
            if speaker and emotion
        ]
        if not clips:
            got = f"No path below {root} names a speaker and an emotion, such as <speaker>/<emotion>/201.wav."
            expected = f"Speakers {', '.join(SPEAKERS)}; emotions {', '.join(EMOTIONS)}."
            raise DataError(Problem("data.root (casia)", got, expected))
        return clips

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        root = self.home()
        variant = VARIANTS.get(len(clips), "neither the free part (1,200) nor the whole corpus (9,600)")
        by_speaker = Counter(_speaker_and_emotion(clip.path.relative_to(root))[0] for clip in clips)
        counts = ", ".join(f"{speaker} {by_speaker[speaker]:,}" for speaker in SPEAKERS)
        others = len(walk(root).recordings) - len(clips)
        left_out = [f"casia: {others:,} files name no speaker or no emotion and are left out"] if others else []
        return [f"casia: {len(clips):,} clips, {variant} ({counts})", *left_out, *hidden_notes(root)]


def _speaker_and_emotion(path: Path) -> tuple[str, str]:
    """Both as the path names them, the innermost name first; "" for what it does not name."""
    parts = [part.lower() for part in reversed(path.with_suffix("").parts)]
    words = [word for part in parts for word in (part, *re.split(r"[-_ ]", part))]
    speaker = next((SPEAKER_NAMES[word] for word in words if word in SPEAKER_NAMES), "")
    emotion = next((EMOTION_NAMES[word] for word in words if word in EMOTION_NAMES), "")
    return speaker, emotion
