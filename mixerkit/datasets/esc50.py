"""ESC-50: 2,000 environmental recordings of 5 s in fifty classes, in five folds whose source recordings are apart.

Layout: ROOT/meta/esc50.csv and ROOT/audio/<fold>-<clip>-<take>-<target>.wav.
"""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, dataset
from mixerkit.datasets.corpus import CorpusSpec
from mixerkit.datasets.download import Archive
from mixerkit.datasets.folds import Folds
from mixerkit.datasets.layout import recording
from mixerkit.datasets.rows import read_rows

TABLE = "meta/esc50.csv"
COLUMNS = ("filename", "fold", "category", "esc10", "src_file")
COMMIT = "33c8ce9eb2cf0b1c2f8bcf322eb349b6be34dbb6"
ARCHIVE = Archive(url=f"https://github.com/karolpiczak/ESC-50/archive/{COMMIT}.zip", top=f"ESC-50-{COMMIT}")
"""A snapshot of one commit of its repository: always the same files, of which no digest is published."""
PICZAK = "K. J. Piczak, ESC: Dataset for Environmental Sound Classification, ACM Multimedia 2015, pp. 1015-1018"


@dataset
class Esc50Spec(CorpusSpec):
    """ESC-50 on its official folds (official5): one is tested, the next validates, three train."""

    citation: ClassVar[str] = PICZAK
    licence: ClassVar[str] = "CC BY-NC 3.0 (its README); source recordings from Freesound"
    source: ClassVar[str] = "https://github.com/karolpiczak/ESC-50 (0.6 GB)"
    archive: ClassVar[Archive] = ARCHIVE
    contains: ClassVar[tuple[str, ...]] = (TABLE,)

    kind: Literal["esc50"] = "esc50"
    root: str = Field(description="folder that holds audio/ and meta/")

    def official(self) -> int:
        return 2_000

    def scheme(self) -> str:
        return "official5"

    def division(self) -> Folds:
        return Folds.numbered(5, self.fold)

    def recordings(self, root: Path) -> list[Clip]:
        return [clip for clip, _ in table_clips(root)]


def table_clips(root: Path) -> list[tuple[Clip, bool]]:
    """(clip, whether it is ESC-10's too) of every row of the table. Raises DataError: it cannot be read."""
    rows = [row for _, row in read_rows(root / TABLE, COLUMNS)]
    return [
        (
            Clip(recording(root / "audio" / row["filename"]), row["category"], fold=row["fold"], group=row["src_file"]),
            row["esc10"].strip().lower() == "true",
        )
        for row in rows
    ]
