"""ESC-50: 2,000 environmental recordings of 5 s in fifty classes, in five folds whose source recordings are apart.

Layout: ROOT/meta/esc50.csv and ROOT/audio/<fold>-<clip>-<take>-<target>.wav. It is handed out as a snapshot of a repository, for
which no lasting checksum is published, so it is not fetched here: unpack it by hand.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Folds, dataset
from mixerkit.datasets.layout import existing_folder, read_table, refuse_missing, refuse_other_counts

TABLE = "meta/esc50.csv"
COLUMNS = ("filename", "fold", "category", "src_file")
OFFICIAL = 2_000


@dataset
class Esc50Spec(DatasetSpec):
    """ESC-50 on its official folds: one is tested, the next validates, three train."""

    kind: Literal["esc50"] = "esc50"
    root: str = Field(description="folder that holds audio/ and meta/")
    allow_subset: bool = Field(False, description="take a part of it; false: insist on the official count")

    def protocol_name(self) -> str:
        return "official5"

    def division(self) -> Folds:
        return Folds(test=self.fold, count=5, names=tuple(str(number) for number in range(1, 6)))

    def home(self) -> Path:
        return existing_folder(self.root, "esc50", TABLE)

    def clips(self) -> list[Clip]:
        root = self.home()
        rows = [row for _, row in read_table(root / TABLE, COLUMNS)]
        if not self.allow_subset:
            refuse_other_counts(len(rows), OFFICIAL, "rows in its table", "esc50")
        clips = [Clip(root / "audio" / r["filename"], r["category"], fold=r["fold"], group=r["src_file"]) for r in rows]
        refuse_missing(clips, "esc50")
        return clips
