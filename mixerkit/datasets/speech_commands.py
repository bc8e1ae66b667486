"""Speech Commands V2, 35 words (arXiv 1804.03209), split by the lists that come with it: V2-35, not the 12-class task.

Layout: ROOT/<word>/<speaker>_nohash_<n>.wav, ROOT/validation_list.txt, ROOT/testing_list.txt; ROOT/_background_noise_ is no
class. Speakers of one split are in no other (the lists are made from a hash of the speaker).
"""

from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Split, dataset, existing_folder
from mixerkit.errors import DataError, Problem

WORDS = tuple(
    "backward bed bird cat dog down eight five follow forward four go happy house learn left marvin nine no off on one right "
    "seven sheila six stop three tree two up visual wow yes zero".split()
)


@dataset
class SpeechCommandsSpec(DatasetSpec):
    """Speech Commands V2 with its 35 words and official lists."""

    kind: Literal["speech-commands"] = "speech-commands"
    root: str = Field(description="folder that holds validation_list.txt and one folder per word")

    def labels(self) -> tuple[str, ...]:
        return WORDS

    def home(self) -> Path:
        return existing_folder(self.root, "speech-commands", contains="validation_list.txt")

    def clips(self) -> list[Clip]:
        root = self.home()
        listed: dict[str, Split] = dict.fromkeys(_read_list(root / "validation_list.txt"), "val")
        listed |= dict.fromkeys(_read_list(root / "testing_list.txt"), "test")
        found = {f"{word}/{path.name}": path for word in WORDS for path in sorted((root / word).glob("*.wav"))}
        missing = [name for name in listed if name not in found]
        if missing:
            came = f"{len(missing)} of {len(listed)} files in its lists are missing, first {missing[0]}."
            raise DataError(Problem(f"data.root (speech-commands): {root}", came, advice="Unpack the archive again, whole."))
        return [
            Clip(path, name.split("/")[0], split=listed.get(name, "train"), group=path.name.split("_nohash_")[0])
            for name, path in found.items()
        ]


def _read_list(path: Path) -> list[str]:
    """The lines of a list as word/file.wav, whatever separators and leading ./ it was written with."""
    if not path.is_file():
        raise DataError(Problem(str(path), "This list is missing.", advice="Unpack the archive again, whole."))
    lines = path.read_text(encoding="utf-8").splitlines()
    return [PurePosixPath(line.strip().replace("\\", "/")).as_posix() for line in lines if line.strip()]
