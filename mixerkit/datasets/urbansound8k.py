"""UrbanSound8K: 8,732 clips of at most 4 s in ten classes, in ten folds that its authors ask never to reshuffle.

Layout: ROOT/metadata/UrbanSound8K.csv and ROOT/audio/fold1..fold10/<fsID>-<classID>-<occurrence>-<slice>.wav. Most clips are cut
from a recording (fsID) that other clips come from too: a random split puts the same recording into training and test, and the
same network then seems some 14 points better (98 against 84 %, ConvNeXt-T). Such protocols are here, and named for what they are.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import (
    Clip,
    DatasetSpec,
    Division,
    Folds,
    Fractions,
    Progress,
    dataset,
)
from mixerkit.datasets.download import Archive, fetch
from mixerkit.datasets.layout import existing_folder, read_table, refuse_missing, refuse_other_counts

CLASSES = (
    "air_conditioner",
    "car_horn",
    "children_playing",
    "dog_bark",
    "drilling",
    "engine_idling",
    "gun_shot",
    "jackhammer",
    "siren",
    "street_music",
)
TABLE = "metadata/UrbanSound8K.csv"
COLUMNS = ("slice_file_name", "fsID", "fold", "class")
OFFICIAL = 8_732
IN_TWO_FOLDS = frozenset({"106905", "132016", "176638", "180937", "77751"})
"""Recordings of which the official folds hold clips in two folds, each of another class."""
ARCHIVE = Archive(
    url="https://zenodo.org/records/1203745/files/UrbanSound8K.tar.gz",
    digest="md5:9aa69802bbf37fb986f71ec1483a196e",
    top="UrbanSound8K",
)


@dataset
class UrbanSound8kSpec(DatasetSpec):
    """UrbanSound8K on its official folds: one is tested, the next validates, eight train."""

    kind: Literal["urbansound8k"] = "urbansound8k"
    root: str = Field(description="folder that holds audio/ and metadata/")
    protocol: Literal["official10", "source10", "random", "random10"] = Field(
        "official10",
        description="official10: the authors' folds; source10: ten folds by source recording; random, random10: 80/10/10 or ten "
        "folds by clip, leaky: recordings in common",
    )
    allow_subset: bool = Field(False, description="take a part of it; false: insist on the official count")
    download: bool = Field(False, description="fetch it into data.root if nothing is there (6 GB)")

    def prepare(self, on_progress: Progress = lambda done, total: None) -> None:
        if self.download:
            fetch(ARCHIVE, Path(self.root).expanduser(), on_progress)

    def labels(self) -> tuple[str, ...]:
        return CLASSES

    def protocol_name(self) -> str:
        return self.protocol

    def known_overlaps(self) -> frozenset[str]:
        return IN_TWO_FOLDS

    def division(self) -> Division:
        if self.protocol == "random":
            return Fractions()
        names = tuple(str(number) for number in range(1, 11)) if self.protocol == "official10" else ()
        return Folds(test=self.fold, count=10, names=names)

    def home(self) -> Path:
        return existing_folder(self.root, "urbansound8k", TABLE, ", or fetch it with data.download=true")

    def clips(self) -> list[Clip]:
        root = self.home()
        rows = [row for _, row in read_table(root / TABLE, COLUMNS)]
        if not self.allow_subset:
            refuse_other_counts(len(rows), OFFICIAL, "rows in its table", "urbansound8k")
        leaky = self.protocol.startswith("random")
        clips = [
            Clip(
                path=root / "audio" / f"fold{row['fold']}" / row["slice_file_name"],
                label=row["class"],
                fold=row["fold"] if self.protocol == "official10" else None,
                group=None if leaky else row["fsID"],
            )
            for row in rows
        ]
        refuse_missing(clips, "urbansound8k")
        return clips
