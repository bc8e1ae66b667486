"""UrbanSound8K: 8,732 clips of at most 4 s in ten classes, in ten folds that its authors ask never to reshuffle.

Layout: ROOT/metadata/UrbanSound8K.csv and ROOT/audio/fold1..fold10/<fsID>-<classID>-<occurrence>-<slice>.wav.
"""

import csv
from pathlib import Path
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Folds, dataset, existing_folder
from mixerkit.errors import DataError, Problem

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


@dataset
class UrbanSound8kSpec(DatasetSpec):
    """UrbanSound8K on its official folds: one is tested, the next validates, eight train."""

    kind: Literal["urbansound8k"] = "urbansound8k"
    root: str = Field(description="folder that holds audio/ and metadata/")
    protocol: Literal["official10"] = Field("official10", description="the authors' ten folds")
    fold: int = Field(1, ge=1, le=10, description="the fold that is tested; the next one validates")

    def labels(self) -> tuple[str, ...]:
        return CLASSES

    def division(self) -> Folds:
        return Folds(test=self.fold, count=10, names=tuple(str(number) for number in range(1, 11)))

    def home(self) -> Path:
        return existing_folder(self.root, "urbansound8k", contains=TABLE)

    def clips(self) -> list[Clip]:
        root = self.home()
        with (root / TABLE).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        clips = [
            Clip(root / "audio" / f"fold{row['fold']}" / row["slice_file_name"], row["class"], fold=row["fold"]) for row in rows
        ]
        missing = [clip.path for clip in clips if not clip.path.is_file()]
        if missing:
            came = f"{len(missing)} of {len(clips)} files of its table are missing, first {missing[0]}."
            raise DataError(Problem(f"data.root (urbansound8k): {root}", came, advice="Unpack the archive again, whole."))
        return clips
