"""What a recipe may say about sound before it becomes a spectrogram."""

from typing import Literal

from pydantic import Field, PositiveFloat

from mixerkit.audio.decode import Channels
from mixerkit.features import Pad
from mixerkit.spec import Spec


class AudioSpec(Spec):
    """One rate and one length for all recordings."""

    rate: int = Field(16_000, ge=1_000, le=192_000, description="samples per second; files of other rates are resampled")
    seconds: PositiveFloat = Field(1.0, le=600.0, description="length that the model looks at")
    channels: Channels = Field("mean", description="how stereo becomes mono: the mean of the channels, or the first")
    crop: Literal["head", "centre", "random"] = Field(
        "head",
        description="what is looked at of a longer one: its head (AST's), its centre, or any stretch (evaluated: its centre)",
    )
    pad: Pad = Field("zero-raw", description="what follows a shorter recording: zero-raw (AST's), mean, silence or repeat")
    on_bad_audio: Literal["error", "skip"] = Field(
        "error", description="a file that cannot be used: stop and list all of them, or leave them out and say which"
    )
    on_silence: Literal["error", "warn"] = Field(
        "error", description="every recording of a class that is trained on is silent: stop, or say so and go on"
    )
    max_bad_fraction: float = Field(0.01, ge=0.0, le=1.0, description="skip: stop all the same if more than this share is bad")

    @property
    def samples(self) -> int:
        """L, samples of a waveform."""
        return round(self.rate * self.seconds)

    @property
    def kept(self) -> int | None:
        """Samples of each recording that are decoded and kept, from its start; None: all, since crops are taken anywhere."""
        return self.samples if self.crop == "head" else None
