"""CASIA Chinese emotion corpus: four speakers, six emotions; 1,200 clips in the free part, 9,600 in all.

Layout: ROOT/<speaker>/<emotion>/<number>.wav. There is no official split and no official download. A random split has the
same speakers and texts in training and test, and is named for what it is.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Division, Folds, Shares, dataset, existing_folder
from mixerkit.errors import DataError, Problem
from mixerkit.spec import Misfit

EMOTIONS = ("angry", "fear", "happy", "neutral", "sad", "surprise")
ALIASES = {"anger": "angry", "normal": "neutral", "surprised": "surprise"}
SPEAKERS = ("liuchanhg", "wangzhe", "zhaoquanyin", "zhaozuoxiang")
SPEAKER_ALIASES = {
    "chang.liu": "liuchanhg",
    "zhe.wang": "wangzhe",
    "quanyin.zhao": "zhaoquanyin",
    "zuoxiang.zhao": "zhaozuoxiang",
}


@dataset
class CasiaSpec(DatasetSpec):
    """CASIA's six emotions, split at random (leaky) or by leaving a speaker out."""

    kind: Literal["casia"] = "casia"
    root: str = Field(description="folder that holds one folder per speaker")
    protocol: Literal["random", "loso4"] = Field(
        "random", description="random: 80/10/10 by clip, speakers and texts in common; loso4: one speaker out of four is tested"
    )
    fold: int = Field(1, ge=1, le=4, description="loso4: the speaker that is tested; the next one validates")

    def labels(self) -> tuple[str, ...]:
        return EMOTIONS

    def problems(self) -> list[Misfit]:
        if self.protocol == "random" and self.fold != 1:
            return [("fold", f"{self.fold} with protocol: random", "1, or protocol: loso4")]
        return []

    def division(self) -> Division:
        return Shares(0.1, 0.1) if self.protocol == "random" else Folds(self.fold, len(SPEAKERS), SPEAKERS)

    def home(self) -> Path:
        return existing_folder(self.root, "casia")

    def clips(self) -> list[Clip]:
        root = self.home()
        found = [
            Clip(path, emotion, fold=speaker if self.protocol == "loso4" else None)
            for speaker, emotion, path in _recordings(root)
        ]
        if not found:
            came = f"{root} holds no <speaker>/<emotion>/*.wav."
            allowed = f"Speakers {', '.join(SPEAKERS)}; emotions {', '.join(EMOTIONS)}."
            raise DataError(Problem("data.root (casia)", came, allowed))
        return found


def _recordings(root: Path) -> Iterator[tuple[str, str, Path]]:
    """(speaker, emotion, file) of every recording, by the names of its two innermost folders."""
    for path in sorted(root.rglob("*.wav")):
        emotion, speaker = path.parent.name.lower(), path.parent.parent.name.lower()
        emotion, speaker = ALIASES.get(emotion, emotion), SPEAKER_ALIASES.get(speaker, speaker)
        if emotion in EMOTIONS and speaker in SPEAKERS:
            yield speaker, emotion, path
