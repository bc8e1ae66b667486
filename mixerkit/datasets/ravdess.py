"""RAVDESS, audio only: 24 actors; 1,440 clips of speech in eight emotions, 1,012 of song in six.

Layout: ROOT/Actor_01..24/<modality>-<channel>-<emotion>-<intensity>-<statement>-<repetition>-<actor>.wav. The name is the label.
There is no official split: random folds have an actor's same sentence in training and test, folds by actor do not. One recording
of speech was published twice, byte for byte, under two names: it stays in one split.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, dataset
from mixerkit.datasets.corpus import CorpusSpec
from mixerkit.datasets.download import Archive
from mixerkit.datasets.folds import Folds
from mixerkit.datasets.layout import audio_files
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
PUBLISHED_TWICE = ("03-01-03-01-02-01-07", "03-01-03-01-02-02-07")
"""Two repetitions by actor 07 that are the same bytes in the archive."""


@dataset
class RavdessSpec(CorpusSpec):
    """RAVDESS in folds, at random (leaky) or by actor."""

    citation: ClassVar[str] = (
        "S. R. Livingstone, F. A. Russo, The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), "
        "PLoS ONE 13(5): e0196391, 2018"
    )
    licence: ClassVar[str] = "CC BY-NC-SA 4.0 (its Zenodo record): not for commercial use"
    source: ClassVar[str] = "https://zenodo.org/records/1188976 (speech: 0.2 GB)"
    archive: ClassVar[Archive] = Archive(
        url="https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip",
        digest="md5:bc696df654c87fed845eb13823edef8a",  # that record's
        size=208_468_073,
    )

    kind: Literal["ravdess"] = "ravdess"
    root: str = Field(description="folder that holds Actor_01 to Actor_24")
    vocal: Literal["speech", "song", "both"] = Field(
        "speech", description="which recordings; the paper speaks of speech and song and does not say which it took"
    )
    protocol: Literal["random10", "speaker10", "actors6"] = Field(
        "random10",
        description="random10: ten folds by clip, leaky: actors in common; speaker10: ten folds by actor; actors6: EmoBox's six "
        "folds of four actors",
    )

    def check(self) -> list[Issue]:
        if self.download and self.vocal != "speech":
            return [Issue("download", f"true with vocal: {self.vocal}", "vocal: speech; unpack the song archive by hand")]
        return []

    def official(self) -> int:
        return OFFICIAL[self.vocal]

    def labels(self) -> tuple[str, ...]:
        return SUNG if self.vocal == "song" else EMOTIONS

    def scheme(self) -> str:
        return f"{self.vocal} {self.protocol}"

    def division(self) -> Folds:
        if self.protocol == "actors6":
            return Folds.numbered(6, self.fold)
        return Folds.numbered(10, self.fold, made=True)

    def recordings(self, root: Path) -> list[Clip]:
        clips = []
        for path in (path for folder in sorted(root.glob("Actor_*")) for path in audio_files(folder)):
            modality, channel, emotion, actor = _fields(path)
            if modality == AUDIO_ONLY and channel in CHANNELS[self.vocal]:
                fold = ACTOR_FOLD[actor] if self.protocol == "actors6" else None
                clips.append(Clip(path, EMOTIONS[int(emotion) - 1], fold=fold, group=self._group(path, actor)))
        if not clips:
            got = f"{root} holds no Actor_XX/03-*.wav of {self.vocal}."
            raise DataError(Problem("data.root (ravdess)", got, hint="Unpack Audio_Speech_Actors_01-24 into it."))
        return clips

    def notes(self, clips: Sequence[Clip]) -> list[str]:
        twice = [clip.path.name for clip in clips if clip.path.stem in PUBLISHED_TWICE]
        known = f"ravdess: {' and '.join(twice)} are one recording, published twice; both stay in one split"
        return [*super().notes(clips), *([known] if len(twice) == len(PUBLISHED_TWICE) else [])]

    def _group(self, path: Path, actor: str) -> str | None:
        """What stays in one split: an actor; in folds by clip the recording that was published twice."""
        if self.protocol != "random10":
            return actor
        return PUBLISHED_TWICE[0] if path.stem in PUBLISHED_TWICE else None


def _fields(path: Path) -> tuple[str, str, str, str]:
    """(modality, vocal channel, emotion, actor) from a file's name."""
    parts = path.stem.split("-")
    if len(parts) != 7 or parts[2] not in {f"{n:02d}" for n in range(1, 9)} or parts[6] not in ACTOR_FOLD:
        expected = "Seven two-digit fields: modality-channel-emotion-intensity-statement-repetition-actor."
        raise DataError(Problem(str(path), "Its name is not RAVDESS's.", expected))
    return parts[0], parts[1], parts[2], parts[6]
