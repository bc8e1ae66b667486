"""RAVDESS, audio only: 24 actors; 1,440 clips of speech in eight emotions, 1,012 of song in six.

Layout: ROOT/Actor_01..24/<modality>-<channel>-<emotion>-<intensity>-<statement>-<repetition>-<actor>.wav. The name is the label.
There is no official split: random folds have an actor's same sentence in training and test, folds by actor do not.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Folds, Progress, dataset
from mixerkit.datasets.download import Archive, fetch
from mixerkit.datasets.layout import existing_folder, refuse_other_counts
from mixerkit.errors import DataError, Problem
from mixerkit.spec import Issue

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
SUNG = EMOTIONS[:6]
AUDIO_ONLY, SPEECH, SONG = "03", "01", "02"
CHANNELS = {"speech": (SPEECH,), "song": (SONG,), "both": (SPEECH, SONG)}
OFFICIAL = {"speech": 1_440, "song": 1_012, "both": 2_452}
TESTED_ACTORS = ("01 11 20 21", "04 10 12 14", "08 09 19 23", "03 05 07 24", "02 15 16 18", "06 13 17 22")
"""EmoBox's six folds (arXiv 2406.07162): the actors that each one tests."""
ACTOR_FOLD = {actor: str(number) for number, actors in enumerate(TESTED_ACTORS, start=1) for actor in actors.split()}
ARCHIVE = Archive(
    url="https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip",
    digest="md5:bc696df654c87fed845eb13823edef8a",
    size=208_468_073,
)


@dataset
class RavdessSpec(DatasetSpec):
    """RAVDESS in folds, at random (leaky) or by actor."""

    kind: Literal["ravdess"] = "ravdess"
    root: str = Field(description="folder that holds Actor_01 to Actor_24")
    vocal: Literal["speech", "song", "both"] = Field("speech", description="which recordings; the paper's are speech")
    protocol: Literal["random10", "speaker10", "actors6"] = Field(
        "random10",
        description="random10: ten folds by clip, leaky: actors in common; speaker10: ten folds by actor; actors6: EmoBox's six "
        "folds of four actors",
    )
    allow_subset: bool = Field(False, description="take a part of it; false: insist on the official count")
    download: bool = Field(False, description="fetch the speech into data.root if nothing is there (0.2 GB)")

    def prepare(self, on_progress: Progress = lambda done, total: None) -> None:
        if self.download:
            fetch(ARCHIVE, Path(self.root).expanduser(), on_progress)

    def check(self) -> list[Issue]:
        if self.download and self.vocal != "speech":
            return [Issue("download", f"true with vocal: {self.vocal}", "vocal: speech; unpack the song archive by hand")]
        return []

    def labels(self) -> tuple[str, ...]:
        return SUNG if self.vocal == "song" else EMOTIONS

    def protocol_name(self) -> str:
        return f"{self.vocal} {self.protocol}"

    def division(self) -> Folds:
        if self.protocol == "actors6":
            return Folds(test=self.fold, count=6, names=tuple("123456"))
        return Folds(test=self.fold, count=10)

    def home(self) -> Path:
        return existing_folder(self.root, "ravdess", hint=", or fetch it with data.download=true")

    def clips(self) -> list[Clip]:
        root = self.home()
        clips = []
        for path in sorted(root.glob("Actor_*/*.wav")):
            modality, channel, emotion, actor = _fields(path)
            if modality == AUDIO_ONLY and channel in CHANNELS[self.vocal]:
                group = None if self.protocol == "random10" else actor
                fold = ACTOR_FOLD[actor] if self.protocol == "actors6" else None
                clips.append(Clip(path, EMOTIONS[int(emotion) - 1], fold=fold, group=group))
        if not clips:
            got = f"{root} holds no Actor_XX/03-*.wav of {self.vocal}."
            raise DataError(Problem("data.root (ravdess)", got, hint="Unpack Audio_Speech_Actors_01-24 into it."))
        if not self.allow_subset:
            refuse_other_counts(len(clips), OFFICIAL[self.vocal], f"clips of {self.vocal}", "ravdess")
        return clips


def _fields(path: Path) -> tuple[str, str, str, str]:
    """(modality, vocal channel, emotion, actor) from a file's name."""
    parts = path.stem.split("-")
    if len(parts) != 7 or parts[2] not in {f"{n:02d}" for n in range(1, 9)} or parts[6] not in ACTOR_FOLD:
        expected = "Seven two-digit fields: modality-channel-emotion-intensity-statement-repetition-actor."
        raise DataError(Problem(str(path), "Its name is not RAVDESS's.", expected))
    return parts[0], parts[1], parts[2], parts[6]
