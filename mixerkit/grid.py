"""The legend of axes: what each symbol in a shape comment means, everywhere in the kit.

B  clips in a batch                 F  frequency rows of the token grid
L  samples of a waveform            T  time columns of the token grid
C  spectrogram channels (audio: 1)      N  tokens, F * T, time fastest: n = f * T + t
M  mel bands                        D  channels of a token (the embedding)
S  spectrogram frames               K  classes

waveform [B, L] -> spectrogram [B, C, M, S] -> grid [B, F, T, D] -> logits [B, K]
"""

from dataclasses import dataclass
from numbers import Integral


@dataclass(frozen=True)
class Grid:
    """The token grid ``[B, F, T, D]`` that an operator mixes.

    ``extra`` counts tokens that belong to no place in the spectrogram (AST's cls and dist). A model that has them flattens
    its grid to ``Grid(1, N + extra, D, extra)``, the extra tokens first: one row, which is then neither time nor frequency.
    """

    freq: int
    time: int
    dim: int
    extra: int = 0

    def __post_init__(self) -> None:
        for name, least in (("freq", 1), ("time", 1), ("dim", 1), ("extra", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral):
                raise TypeError(f"Grid.{name} is {value!r}; it is a whole number, at least {least}.")
            if value < least:
                raise ValueError(f"Grid.{name} is {value}; it is at least {least}.")

    @property
    def tokens(self) -> int:
        """N = F * T."""
        return self.freq * self.time

    def __str__(self) -> str:
        return f"{self.freq} x {self.time} x {self.dim}"


@dataclass(frozen=True)
class BlockIndex:
    """Where in the stack an operator stands: in block ``index`` (from 0) of ``depth`` blocks."""

    index: int
    depth: int


@dataclass(frozen=True)
class InputShape:
    """What the model looks at: ``[B, channels, bands, frames]``, that is ``[B, C, M, S]``."""

    mels: int
    frames: int
    channels: int = 1

    def __str__(self) -> str:
        return f"{self.channels} x {self.mels} x {self.frames}"
