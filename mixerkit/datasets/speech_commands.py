"""Speech Commands V2, 35 words (arXiv 1804.03209), split by the lists that come with it: V2-35, not the 12-class task.

Layout: ROOT/<word>/<speaker>_nohash_<n>.wav, ROOT/validation_list.txt, ROOT/testing_list.txt; ROOT/_background_noise_ is no
class. Speakers of one split are in no other (the lists are made from a hash of the speaker). 105,829 clips of at most 1 s.
"""

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Progress, Split, dataset
from mixerkit.datasets.download import Archive, fetch
from mixerkit.datasets.layout import AGAIN, existing_folder, refuse_other_counts
from mixerkit.errors import DataError, Problem

WORDS = tuple(
    "backward bed bird cat dog down eight five follow forward four go happy house learn left marvin nine no off on one right "
    "seven sheila six stop three tree two up visual wow yes zero".split()
)
OFFICIAL: dict[Split, int] = {"train": 84_843, "val": 9_981, "test": 11_005}
ARCHIVE = Archive(
    url="http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
    digest="sha256:af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
)


@dataset
class SpeechCommandsSpec(DatasetSpec):
    """Speech Commands V2 with its 35 words and official lists."""

    kind: Literal["speech-commands"] = "speech-commands"
    root: str = Field(description="folder that holds validation_list.txt and one folder per word")
    allow_subset: bool = Field(
        False, description="take a part of it, or a corpus in the same layout; false: insist on the official counts"
    )
    download: bool = Field(False, description="fetch it into data.root if nothing is there (2.3 GB)")

    def prepare(self, on_progress: Progress = lambda done, total: None) -> None:
        if self.download:
            fetch(ARCHIVE, Path(self.root).expanduser(), on_progress)

    def labels(self) -> tuple[str, ...] | None:
        return WORDS if not self.allow_subset else None

    def protocol_name(self) -> str:
        return "V2-35 official lists" if not self.allow_subset else "lists"

    def home(self) -> Path:
        instead = (
            "fetch it with data.download=true"
            if not self.allow_subset
            else "make a bench in its layout: mixerkit data speak FOLDER"
        )
        return existing_folder(self.root, "speech-commands", "validation_list.txt", f", or {instead}")

    def clips(self) -> list[Clip]:
        root = self.home()
        listed: dict[str, Split] = dict.fromkeys(_read_list(root / "validation_list.txt"), "val")
        listed |= dict.fromkeys(_read_list(root / "testing_list.txt"), "test")
        found = {f"{word}/{path.name}": path for word in self._words(root) for path in sorted((root / word).glob("*.wav"))}
        missing = [name for name in listed if name not in found]
        if missing:
            got = f"{len(missing)} of {len(listed)} files in its lists are missing, first {missing[0]}."
            raise DataError(Problem(f"data.root (speech-commands): {root}", got, hint=AGAIN))
        clips = [
            Clip(path, name.split("/")[0], split=listed.get(name, "train"), group=path.name.split("_nohash_")[0])
            for name, path in found.items()
        ]
        if not self.allow_subset:
            counts = Counter(clip.split for clip in clips)
            for split, official in OFFICIAL.items():
                refuse_other_counts(counts[split], official, f"clips in the {split} split", "speech-commands")
        return clips

    def _words(self, root: Path) -> list[str]:
        if not self.allow_subset:
            return list(WORDS)
        return sorted(path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))


def _read_list(path: Path) -> list[str]:
    """The lines of a list as word/file.wav, whatever separators and leading ./ it was written with."""
    if not path.is_file():
        raise DataError(Problem(str(path), "This list is missing.", hint=AGAIN))
    lines = path.read_text(encoding="utf-8").splitlines()
    return [PurePosixPath(line.strip().replace("\\", "/")).as_posix() for line in lines if line.strip()]
