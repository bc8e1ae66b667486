"""Speech Commands V2 (arXiv 1804.03209): 105,829 clips of at most 1 s, 35 words, split by the lists that come with it.

Layout: ROOT/<word>/<speaker>_nohash_<n>.wav, ROOT/validation_list.txt, ROOT/testing_list.txt; ROOT/_background_noise_ is no
class. Speakers of one split are in no other (the lists are made from a hash of the speaker). Three tasks are published on it and
their figures do not compare: all 35 words (V2-35), the ten commands (V2-10), and these with _unknown_ and _silence_ (V2-12).

The archive of the twelve-class test (ROOT/<command>, ROOT/_unknown_, ROOT/_silence_) is tested with data.test_root; alone, as
data.root, it is divided by speaker, for there is nothing else to train on.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Progress, dataset
from mixerkit.datasets.commands12 import COMMANDS, NOISE_FOLDER, SILENCE, UNKNOWN, speaker_of, test_archive, twelve
from mixerkit.datasets.download import Archive, fetch
from mixerkit.datasets.folds import Split
from mixerkit.datasets.layout import AGAIN, audio_files, existing_folder, hidden_notes, refuse_other_counts
from mixerkit.errors import DataError, Problem
from mixerkit.spec import Issue

WORDS = tuple(
    "backward bed bird cat dog down eight five follow forward four go happy house learn left marvin nine no off on one right "
    "seven sheila six stop three tree two up visual wow yes zero".split()
)
LISTS: dict[Split, str] = {"val": "validation_list.txt", "test": "testing_list.txt"}
OFFICIAL: dict[Split, int] = {"train": 84_843, "val": 9_981, "test": 11_005}
OFFICIAL_TEST = {"words10": 4_074, "commands12": 4_890}
URL = "http://download.tensorflow.org/data"
# both digests: TensorFlow Datasets, url_checksums/speech_commands.txt
ARCHIVE = Archive(
    url=f"{URL}/speech_commands_v0.02.tar.gz",
    digest="sha256:af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
)
TEST_ARCHIVE = Archive(
    url=f"{URL}/speech_commands_test_set_v0.02.tar.gz",
    digest="sha256:cc2a00c1147c2254e9be3fa0f779d8c17421dc349b86366567a8edfa9acd51df",
    size=112_563_277,
)
MADE = (
    "_unknown_ and _silence_ are made here: other words, and 1 s cuts of the noise recordings at levels from 0 to 1, each a "
    "tenth of the commands' clips, drawn by data.seed; every split has its own stretch of each noise"
)
TEST_SILENCES = "its _silence_ clips do not name their noise recording: two splits may have cuts of the same one"


@dataset
class SpeechCommandsSpec(DatasetSpec):
    """Speech Commands V2 on its official lists: 35 words, ten, or twelve classes."""

    places: ClassVar[tuple[str, ...]] = (*DatasetSpec.places, "test_root")
    citation: ClassVar[str] = "P. Warden, Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition, arXiv 1804.03209"
    licence: ClassVar[str] = "CC BY 4.0 (its README)"
    source: ClassVar[str] = f"{ARCHIVE.url} (2.3 GB); twelve-class test: {TEST_ARCHIVE.url} (0.1 GB)"

    kind: Literal["speech-commands"] = "speech-commands"
    root: str = Field(description="folder that holds validation_list.txt and one folder per word")
    task: Literal["words35", "words10", "commands12"] = Field(
        "words35",
        description="words35: every word; words10: the ten commands; commands12: these, _unknown_ (other words) and _silence_ "
        "(1 s of its noise recordings), 10 % of the commands' clips each, drawn by data.seed",
    )
    test_root: str | None = Field(None, description="commands12: folder of the twelve-class test archive, tested instead")
    allow_subset: bool = Field(
        False, description="take a part of it, or a corpus in the same layout; false: insist on the official counts"
    )
    download: bool = Field(False, description="fetch it into data.root (2.3 GB) and data.test_root, where nothing is there")

    def prepare(self, on_progress: Progress = lambda done, total: None) -> None:
        if self.download:
            fetch(ARCHIVE, Path(self.root).expanduser(), on_progress)
            if self.test_root is not None:
                fetch(TEST_ARCHIVE, Path(self.test_root).expanduser(), on_progress)
        if self.task == "commands12":
            self.clips()  # makes the silences, which a cleared cache has lost

    def check(self) -> list[Issue]:
        if self.test_root is not None and self.task != "commands12":
            return [Issue("test_root", f"a folder, with task: {self.task}", "task: commands12, or null")]
        return []

    def labels(self) -> tuple[str, ...] | None:
        if self.allow_subset:
            return None
        return {"words35": WORDS, "words10": COMMANDS, "commands12": (SILENCE, UNKNOWN, *COMMANDS)}[self.task]

    def protocol_name(self) -> str:
        if self.task == "words35":
            return "V2-35 official lists" if not self.allow_subset else "lists"
        name = "V2-10" if self.task == "words10" else "V2-12"
        if _is_test_archive(Path(self.root).expanduser()):
            return f"{name} test archive divided by speaker"
        made = "" if self.task == "words10" else ", unknown and silence made"
        tested = ", twelve-class test archive" if self.test_root is not None else ""
        return f"{name} {'official ' if not self.allow_subset else ''}lists{made}{tested}"

    def home(self) -> Path:
        instead = (
            "fetch it with data.download=true"
            if not self.allow_subset
            else "make a corpus in its layout: mixerkit data speak FOLDER"
        )
        return existing_folder(self.root, "speech-commands", (*LISTS.values(), UNKNOWN), f", or {instead}")

    def clips(self) -> list[Clip]:
        root = self.home()
        if _is_test_archive(root):
            return self._tested(root)
        clips = self._listed(root)
        if not self.allow_subset:
            counts = Counter(clip.split for clip in clips)
            for split, official in OFFICIAL.items():
                refuse_other_counts(counts[split], official, f"clips in the {split} split", "speech-commands")
        if self.task == "words35":
            return clips
        if self.task == "words10":
            return [clip for clip in clips if clip.label in COMMANDS]
        made = twelve(clips, root / NOISE_FOLDER, self.seed)
        if self.test_root is None:
            return made
        tested = self._tested(existing_folder(self.test_root, "speech-commands, data.test_root", (UNKNOWN,)), "test")
        return [*(clip for clip in made if clip.split != "test"), *tested]

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        root, lines = self.home(), []
        if self.allow_subset and not _is_test_archive(root):
            absent = sorted({name.split("/")[0] for name in _lists(root)} - set(self._words(root)))
            lines += [f"{len(absent)} words of its lists have no folder: {', '.join(absent)}"] if absent else []
        if self.task == "commands12":
            lines += [TEST_SILENCES] if _is_test_archive(root) else [MADE]
        return [*(f"speech-commands: {line}" for line in lines), *hidden_notes(root)]

    def _listed(self, root: Path) -> list[Clip]:
        """Every clip of every word, split by the lists. The lists say .wav, whatever a copy was re-encoded to."""
        listed, words = _lists(root), self._words(root)
        found = {f"{word}/{path.stem}": path for word in words for path in audio_files(root / word)}
        wanted = (
            listed if not self.allow_subset else {name: split for name, split in listed.items() if name.split("/")[0] in words}
        )
        missing = [name for name in wanted if name not in found]
        if missing:
            got = f"{len(missing)} of {len(listed)} files in its lists are missing, first {missing[0]}."
            raise DataError(Problem(f"data.root (speech-commands): {root}", got, hint=AGAIN))
        return [
            Clip(path, name.split("/")[0], split=listed.get(name, "train"), group=speaker_of(path))
            for name, path in found.items()
        ]

    def _tested(self, root: Path, split: Split | None = None) -> list[Clip]:
        """The clips of the twelve-class test archive that the task asks for."""
        if self.task == "words35":
            got = f"{root} is the twelve-class test archive: it has no lists and not all words."
            raise DataError(Problem("data.root (speech-commands)", got, hint="Say --set data.task=commands12, or words10."))
        clips = [clip for clip in test_archive(root, split) if self.task == "commands12" or clip.label in COMMANDS]
        if not self.allow_subset:
            refuse_other_counts(len(clips), OFFICIAL_TEST[self.task], "clips of the twelve-class test", "speech-commands")
        return clips

    def _words(self, root: Path) -> list[str]:
        if not self.allow_subset:
            return list(WORDS)
        return sorted(path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))


def _is_test_archive(root: Path) -> bool:
    return (root / UNKNOWN).is_dir() and not any((root / name).exists() for name in LISTS.values())


def _lists(root: Path) -> dict[str, Split]:
    """{word/file without its suffix: split} of both lists, whatever separators and leading ./ they were written with."""
    listed: dict[str, Split] = {}
    for split, name in LISTS.items():
        path = root / name
        if not path.is_file():
            raise DataError(Problem(str(path), "This list is missing.", hint=AGAIN))
        lines = path.read_text(encoding="utf-8").splitlines()
        paths = (PurePosixPath(line.strip().replace("\\", "/")) for line in lines if line.strip())
        listed |= dict.fromkeys((path.with_suffix("").as_posix() for path in paths), split)
    return listed
