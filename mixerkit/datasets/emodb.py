"""EmoDB, the Berlin database of emotional speech: 535 clips, ten speakers, ten German sentences, seven emotions.

Layout: ROOT/wav/<speaker><text><emotion><version>.wav, such as 03a01Fa.wav: speaker 03, text a01, F for Freude (happiness). There
is no official split; a speaker is left out. Every speaker says the same sentences, so texts are in common between the splits.
"""

import re
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, dataset
from mixerkit.datasets.corpus import CorpusSpec
from mixerkit.datasets.download import Archive
from mixerkit.datasets.folds import Folds
from mixerkit.datasets.layout import audio_files
from mixerkit.errors import DataError, Problem

EMOTIONS = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
SPEAKERS = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
NAME = re.compile(r"(?P<speaker>\d\d)[ab]\d\d(?P<emotion>[WLEAFTN])[a-z]?")


@dataset
class EmodbSpec(CorpusSpec):
    """EmoDB's seven emotions, leaving one speaker out (speakers): one is tested, the next validates, eight train."""

    citation: ClassVar[str] = (
        "F. Burkhardt, A. Paeschke, M. Rolfes, W. F. Sendlmeier, B. Weiss, A Database of German Emotional Speech, "
        "Interspeech 2005, pp. 1517-1520"
    )
    licence: ClassVar[str] = (
        "CC0 1.0, as audEERING publishes it (https://github.com/audeering/emodb); its authors ask to be cited"
    )
    source: ClassVar[str] = "http://emodb.bilderbar.info (40 MB)"
    archive: ClassVar[Archive] = Archive(url="http://emodb.bilderbar.info/download/download.zip")
    contains: ClassVar[tuple[str, ...]] = ("wav",)

    kind: Literal["emodb"] = "emodb"
    root: str = Field(description="folder that holds wav/")

    def official(self) -> int:
        return 535

    def labels(self) -> tuple[str, ...]:
        return tuple(sorted(EMOTIONS.values()))

    def scheme(self) -> str:
        return "speakers"

    def division(self) -> Folds:
        return Folds(SPEAKERS, self.fold)

    def recordings(self, root: Path) -> list[Clip]:
        return [_clip(path) for path in audio_files(root / "wav")]


def _clip(path: Path) -> Clip:
    found = NAME.fullmatch(path.stem)
    if found is None or found["speaker"] not in SPEAKERS:
        expected = "Speaker, text, emotion and version, such as 03a01Fa.wav."
        raise DataError(Problem(str(path), "Its name is not EmoDB's.", expected))
    return Clip(path, EMOTIONS[found["emotion"]], fold=found["speaker"], group=found["speaker"])
