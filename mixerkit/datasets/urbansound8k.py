"""UrbanSound8K: 8,732 clips of at most 4 s in ten classes, in ten folds that its authors ask never to reshuffle.

Layout: ROOT/metadata/UrbanSound8K.csv and ROOT/audio/fold1..fold10/<fsID>-<classID>-<occurrence>-<slice>.wav; mirrors have the
table and the folds in ROOT itself. Most clips are cut from a recording (fsID) that other clips come from too: a random split puts
the same recording into training and test, and the same network then seems some 14 points better (98 against 84 %, ConvNeXt-T).
Such protocols are here, and named for what they are.
"""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, dataset
from mixerkit.datasets.corpus import CorpusSpec
from mixerkit.datasets.download import Archive
from mixerkit.datasets.folds import Division, Folds, Fractions
from mixerkit.datasets.layout import recording
from mixerkit.datasets.rows import read_rows

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
TABLES = ("metadata/UrbanSound8K.csv", "UrbanSound8K.csv")
COLUMNS = ("slice_file_name", "fsID", "fold", "class")
IN_TWO_FOLDS = frozenset({"106905", "132016", "176638", "180937", "77751"})
"""Recordings of which the official folds hold clips in two folds, each of another class."""


@dataset
class UrbanSound8kSpec(CorpusSpec):
    """UrbanSound8K on its official folds: one is tested, the next validates, eight train."""

    citation: ClassVar[str] = (
        "J. Salamon, C. Jacoby, J. P. Bello, A Dataset and Taxonomy for Urban Sound Research, ACM Multimedia 2014, pp. 1041-1044"
    )
    licence: ClassVar[str] = "CC BY-NC (its Zenodo record); source recordings from Freesound"
    source: ClassVar[str] = "https://zenodo.org/records/1203745 (6 GB)"
    archive: ClassVar[Archive] = Archive(
        url="https://zenodo.org/records/1203745/files/UrbanSound8K.tar.gz",
        digest="md5:9aa69802bbf37fb986f71ec1483a196e",  # that record's
        top="UrbanSound8K",
    )
    contains: ClassVar[tuple[str, ...]] = TABLES

    kind: Literal["urbansound8k"] = "urbansound8k"
    root: str = Field(description="folder that holds audio/ and metadata/, or the table and fold1 to fold10")
    protocol: Literal["official10", "source10", "random", "random10"] = Field(
        "official10",
        description="official10: the authors' folds; source10: ten folds by source recording; random, random10: 80/10/10 or ten "
        "folds by clip, leaky: recordings in common",
    )

    def official(self) -> int:
        return 8_732

    def labels(self) -> tuple[str, ...]:
        return CLASSES

    def scheme(self) -> str:
        return self.protocol

    def known_overlaps(self) -> frozenset[str]:
        return IN_TWO_FOLDS

    def division(self) -> Division:
        if self.protocol == "random":
            return Fractions()
        return Folds.numbered(10, self.fold, made=self.protocol != "official10")

    def recordings(self, root: Path) -> list[Clip]:
        table = next(root / name for name in TABLES if (root / name).is_file())
        audio = root / "audio" if (root / "audio").is_dir() else root
        leaky = self.protocol.startswith("random")
        return [
            Clip(
                path=recording(audio / f"fold{row['fold']}" / row["slice_file_name"]),
                label=row["class"],
                fold=row["fold"] if self.protocol == "official10" else None,
                group=None if leaky else row["fsID"],
            )
            for _, row in read_rows(table, COLUMNS)
        ]
