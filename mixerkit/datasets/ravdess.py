"""RAVDESS, audio-only speech: 24 actors, eight emotions, 1,440 clips.

Layout: ROOT/Actor_01..24/03-01-<emotion>-<intensity>-<statement>-<repetition>-<actor>.wav. The name is the label. There is no
official split: random folds have an actor's same sentence in training and test, folds by speaker do not.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from mixerkit.datasets.base import Clip, DatasetSpec, Folds, dataset, existing_folder
from mixerkit.errors import DataError, Problem

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
AUDIO_ONLY_SPEECH = ("03", "01")


@dataset
class RavdessSpec(DatasetSpec):
    """RAVDESS speech in ten folds, at random (leaky) or by speaker."""

    kind: Literal["ravdess"] = "ravdess"
    root: str = Field(description="folder that holds Actor_01 to Actor_24")
    protocol: Literal["random10", "speaker10"] = Field(
        "random10", description="ten stratified folds by clip, actors in common; or by actor, none in common"
    )
    fold: int = Field(1, ge=1, le=10, description="the fold that is tested; the next one validates")

    def labels(self) -> tuple[str, ...]:
        return EMOTIONS

    def division(self) -> Folds:
        return Folds(test=self.fold, count=10)

    def home(self) -> Path:
        return existing_folder(self.root, "ravdess")

    def clips(self) -> list[Clip]:
        root = self.home()
        clips = []
        for path in sorted(root.glob("Actor_*/*.wav")):
            parts = path.stem.split("-")
            if len(parts) != 7 or parts[2] not in {f"{n:02d}" for n in range(1, 9)}:
                allowed = "Seven two-digit fields: modality-channel-emotion-intensity-statement-repetition-actor."
                raise DataError(Problem(str(path), "Its name is not RAVDESS's.", allowed))
            if (parts[0], parts[1]) == AUDIO_ONLY_SPEECH:
                group = parts[6] if self.protocol == "speaker10" else None
                clips.append(Clip(path, EMOTIONS[int(parts[2]) - 1], group=group))
        if not clips:
            came = f"{root} holds no Actor_XX/03-01-*.wav."
            raise DataError(Problem("data.root (ravdess)", came, advice="Unpack Audio_Speech_Actors_01-24 into it."))
        return clips
