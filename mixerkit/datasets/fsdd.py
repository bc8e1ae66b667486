"""FSDD, the Free Spoken Digit Dataset: 3,000 clips of the digits 0 to 9, six speakers, 50 takes of each, 8 kHz.

Layout: ROOT/recordings/<digit>_<speaker>_<take>.wav. Its authors test takes 0 to 4 and train on the others, speakers in common;
they name no clips to validate on, so takes 5 to 9 do. Leaving a speaker out asks for more: whether a new voice is understood.
"""

import re
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, dataset
from mixerkit.datasets.corpus import CorpusSpec
from mixerkit.datasets.download import Archive
from mixerkit.datasets.folds import Division, Folds, Fractions, Split
from mixerkit.datasets.layout import audio_files
from mixerkit.errors import DataError, Problem

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[^_]+)_(?P<take>\d+)")
COMMIT = "26eb9aaf76e81b692f806f9140c2d2777410d7a1"


@dataset
class FsddSpec(CorpusSpec):
    """The Free Spoken Digit Dataset, by its official takes or leaving one speaker out."""

    citation: ClassVar[str] = "Z. Jackson and contributors, Free Spoken Digit Dataset, doi 10.5281/zenodo.1342401"
    licence: ClassVar[str] = "CC BY-SA 4.0 (its README)"
    source: ClassVar[str] = "https://github.com/Jakobovski/free-spoken-digit-dataset (16 MB)"
    archive: ClassVar[Archive] = Archive(
        url=f"https://github.com/Jakobovski/free-spoken-digit-dataset/archive/{COMMIT}.zip",
        top=f"free-spoken-digit-dataset-{COMMIT}",
    )
    contains: ClassVar[tuple[str, ...]] = ("recordings",)

    kind: Literal["fsdd"] = "fsdd"
    root: str = Field(description="folder that holds recordings/")
    protocol: Literal["official", "speakers"] = Field(
        "official",
        description="official: takes 0-4 are tested, 5-9 validate (ours), speakers in common; speakers: one speaker is tested, "
        "the next validates",
    )

    def official(self) -> int:
        return 3_000

    def labels(self) -> tuple[str, ...]:
        return tuple("0123456789")

    def scheme(self) -> str:
        return "official takes" if self.protocol == "official" else "speakers"

    def division(self) -> Division:
        if self.protocol == "official":
            return Fractions()
        return Folds.found(SPEAKERS if not self.allow_subset else {str(clip.fold) for clip in self.clips()}, self.fold)

    def recordings(self, root: Path) -> list[Clip]:
        return [self._clip(path) for path in audio_files(root / "recordings")]

    def _clip(self, path: Path) -> Clip:
        found = NAME.fullmatch(path.stem)
        if found is None:
            raise DataError(Problem(str(path), "Its name is not FSDD's.", "DIGIT_SPEAKER_TAKE, such as 7_jackson_32.wav."))
        if self.protocol == "speakers":
            return Clip(path, found["digit"], fold=found["speaker"], group=found["speaker"])
        take = int(found["take"])
        split: Split = "test" if take < 5 else "val" if take < 10 else "train"
        return Clip(path, found["digit"], split=split)
