"""ESC-10: 400 environmental recordings of about 5 s in ten classes, in five folds whose source recordings are apart.

Layout: ESC-50's, whose table marks these clips (ROOT/meta/esc50.csv, column esc10), or that of its own older repository,
ROOT/001 - Dog bark/<fold>-<clip>-<take>.ogg (also below ROOT/audio). The two are other encodings of the same recordings.
"""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, dataset
from mixerkit.datasets.corpus import CorpusSpec
from mixerkit.datasets.download import Archive
from mixerkit.datasets.esc50 import ARCHIVE, PICZAK, TABLE, table_clips
from mixerkit.datasets.folds import Folds
from mixerkit.datasets.layout import audio_files
from mixerkit.errors import DataError, Problem

CLASSES = {
    "001 - Dog bark": "dog",
    "002 - Rain": "rain",
    "003 - Sea waves": "sea_waves",
    "004 - Baby cry": "crying_baby",
    "005 - Clock tick": "clock_tick",
    "006 - Person sneeze": "sneezing",
    "007 - Helicopter": "helicopter",
    "008 - Chainsaw": "chainsaw",
    "009 - Rooster": "rooster",
    "010 - Fire crackling": "crackling_fire",
}
"""Its own repository's folders, and what ESC-50 calls the same classes."""


@dataset
class Esc10Spec(CorpusSpec):
    """ESC-10 on its official folds (official5): one is tested, the next validates, three train."""

    citation: ClassVar[str] = PICZAK
    licence: ClassVar[str] = "CC BY 3.0 (its README, which names every clip's author)"
    source: ClassVar[str] = "https://github.com/karolpiczak/ESC-50 (0.6 GB, the whole of ESC-50)"
    archive: ClassVar[Archive] = ARCHIVE
    contains: ClassVar[tuple[str, ...]] = (TABLE, *CLASSES, *(f"audio/{folder}" for folder in CLASSES))

    kind: Literal["esc10"] = "esc10"
    root: str = Field(description="folder that holds meta/esc50.csv, or a folder per class")

    def official(self) -> int:
        return 400

    def labels(self) -> tuple[str, ...]:
        return tuple(sorted(CLASSES.values()))

    def scheme(self) -> str:
        return "official5"

    def division(self) -> Folds:
        return Folds.numbered(5, self.fold)

    def recordings(self, root: Path) -> list[Clip]:
        if (root / TABLE).is_file():
            return [clip for clip, is_esc10 in table_clips(root) if is_esc10]
        folders = {folder: label for name, label in CLASSES.items() for folder in (root / name, root / "audio" / name)}
        return [_clip(path, label) for folder, label in folders.items() for path in audio_files(folder)]


def _clip(path: Path, label: str) -> Clip:
    fold, _, rest = path.stem.partition("-")
    source, _, take = rest.partition("-")
    if not fold.isdigit() or not source or not take:
        raise DataError(Problem(str(path), "Its name is not ESC-10's.", "FOLD-CLIP-TAKE, such as 1-100032-A.ogg."))
    return Clip(path, label, fold=fold, group=source)
