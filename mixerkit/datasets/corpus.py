"""What published corpora share: a folder that holds one, whole or in part, and the archive it comes in."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Progress
from mixerkit.datasets.download import Archive, fetch
from mixerkit.datasets.layout import existing_folder, hidden_notes, refuse_missing, refuse_other_counts
from mixerkit.errors import DataError


class CorpusSpec(DatasetSpec):
    """Settings of a published corpus. Subclasses say how it is read and divided."""

    archive: ClassVar[Archive]
    """Where it is fetched from."""

    contains: ClassVar[tuple[str, ...]] = ()
    """Files or folders of which one at least lies in ``root``."""

    root: str = Field(description="folder that holds it")
    allow_subset: bool = Field(False, description="take a part of it; false: insist on the official count")
    download: bool = Field(False, description="fetch it into data.root if nothing is there")

    @abstractmethod
    def recordings(self, root: Path) -> list[Clip]:
        """Every recording below ``root``. Raises DataError: it is in another layout."""

    @abstractmethod
    def official(self) -> int:
        """How many clips the whole of it has."""

    @abstractmethod
    def scheme(self) -> str:
        """How it is divided, in a word, such as "official10"."""

    def prepare(self, on_progress: Progress = lambda done, total: None) -> None:
        if self.download:
            fetch(self.archive, Path(self.root).expanduser(), on_progress)

    def home(self) -> Path:
        return existing_folder(self.root, self.kind, self.contains, ", or fetch it with data.download=true")

    def clips(self) -> list[Clip]:
        clips = self.recordings(self.home())
        if not self.allow_subset:
            refuse_other_counts(len(clips), self.official(), "clips", self.kind)
        refuse_missing(clips, self.kind)
        return clips

    def protocol_name(self) -> str:
        """The scheme; of a part of the corpus also how much of it there is, for its figures compare with no others."""
        if not self.allow_subset:
            return self.scheme()
        try:
            clips = self.clips()
        except DataError:  # a report on runs whose data has gone
            return f"{self.scheme()}, subset"
        if len(clips) == self.official():
            return self.scheme()
        return f"{self.scheme()}, subset: {len({clip.label for clip in clips})} classes, {len(clips):,} clips"

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        lines = []
        if self.download and not self.archive.digest:
            lines.append(f"{self.kind}: no digest of its archive is published: what was fetched could not be checked against one")
        return [*lines, *hidden_notes(self.home())]
