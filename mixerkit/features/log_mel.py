"""Log-mel spectrograms as kaldi makes them, in batches, on any device.

The steps of kaldi's fbank with AST's settings: frames without centre padding, each without its mean, pre-emphasis 0.97, Hann
window, FFT of the next power of two, power, mel bands, natural logarithm floored at float32's epsilon. The filters are
torchaudio's own; torchaudio's fbank itself takes one clip at a time and, given a batch, silently reads its first row.
"""

from typing import Literal

import torch
from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor
from torch.nn import functional

from mixerkit.features.base import FeatureSpec, Pad, feature
from mixerkit.features.waveform import WaveformFrontEnd
from mixerkit.grid import InputShape
from mixerkit.spec import Issue

PRE_EMPHASIS = 0.97
FLOOR = torch.finfo(torch.float32).eps
FEW_EMPTY = 0.01
"""Share of empty bands that is not worth a word: AST's own 128 at 16 kHz have one."""
Window = Literal["hann", "hamming", "povey"]


@feature
class LogMelSpec(FeatureSpec):
    """Kaldi-compatible log-mel spectrogram."""

    kind: Literal["log-mel"] = "log-mel"
    n_mels: PositiveInt = Field(128, le=4_096, description="mel bands, M")
    frames: PositiveInt | None = Field(
        None, le=1_000_000, description="frames of a spectrogram, S; null: as many as audio.seconds gives"
    )
    window_ms: PositiveFloat = Field(25.0, description="length of a frame in ms")
    hop_ms: PositiveFloat = Field(10.0, description="from one frame to the next in ms")
    window: Window = Field("hann", description="hann is AST's; povey is kaldi's own, hamming HTK's")
    f_min: float = Field(20.0, ge=0.0, description="lower edge of the lowest band in Hz")
    f_max: PositiveFloat | None = Field(None, description="upper edge of the highest band in Hz; null: half the rate")
    remove_mean: bool = Field(True, description="subtract the recording's mean first, as AST does")

    def shortest(self, rate: int) -> int:
        return int(rate * self.window_ms * 0.001)  # cut, not rounded, as kaldi does

    def hop(self, rate: int) -> int:
        """Samples from one frame to the next."""
        return int(rate * self.hop_ms * 0.001)

    def frame_count(self, rate: int, samples: int) -> int:
        """Frames that lie wholly inside ``samples``."""
        window = self.shortest(rate)
        return 0 if samples < window else 1 + (samples - window) // self.hop(rate)

    def input_shape(self, rate: int, samples: int) -> InputShape:
        return InputShape(mels=self.n_mels, frames=self.frames or self.frame_count(rate, samples))

    def build(self, rate: int, samples: int, pad: Pad) -> "LogMel":
        return LogMel(self, rate, samples, pad)

    def check(self, rate: int, samples: int) -> list[Issue]:
        found: list[Issue] = []
        window, hop = self.shortest(rate), self.hop(rate)
        if window < 2:
            found.append(Issue("window_ms", f"{self.window_ms:g} ms at {rate} Hz", "at least two samples"))
        if hop < 1:
            found.append(Issue("hop_ms", f"{self.hop_ms:g} ms at {rate} Hz", "at least one sample"))
        if hop > max(samples, window):
            found.append(Issue("hop_ms", f"{self.hop_ms:g} ms", f"at most audio.seconds, {samples / rate:g} s"))
        if samples < window:
            found.append(Issue("window_ms", f"{self.window_ms:g} ms", f"at most audio.seconds, {samples / rate:g} s"))
        high = rate / 2 if self.f_max is None else self.f_max
        if not self.f_min < high <= rate / 2:
            expected = f"f_min below f_max, f_max at most half the rate, {rate / 2:g} Hz"
            found.append(Issue("f_max", f"{self.f_min:g} to {high:g} Hz", expected))
        return found

    def fft_length(self, rate: int) -> int:
        """Samples of a frame's FFT: the next power of two."""
        return 1 << (self.shortest(rate) - 1).bit_length()

    def notes(self, rate: int) -> list[str]:
        empty = self._empty_filters(rate, self.n_mels)
        if empty <= FEW_EMPTY * self.n_mels:
            return []
        most = next((n_mels for n_mels in range(self.n_mels - 1, 0, -1) if not self._empty_filters(rate, n_mels)), 0)
        has = f"{rate / self.fft_length(rate):.3g} Hz apart"
        instead = f"at most {most} bands have none" if most else "a longer features.window_ms has more bins"
        return [
            f"{empty} of {self.n_mels} mel bands are empty at every moment: no bin of the FFT, {has}, lies in them; {instead}"
        ]

    def _empty_filters(self, rate: int, n_mels: int) -> int:
        """How many of ``bands`` triangular filters hold no bin of the FFT; the last bin, half the rate, is in none."""
        length = self.fft_length(rate)
        low, high = _mel(torch.tensor([self.f_min, self.f_max or rate / 2], dtype=torch.float64)).tolist()
        edges = low + torch.arange(n_mels + 2) * (high - low) / (n_mels + 1)
        bins = _mel(torch.arange(length // 2, dtype=torch.float64) * rate / length)
        inside = torch.searchsorted(bins, edges[2:]) - torch.searchsorted(bins, edges[:-2], right=True)
        return int((inside <= 0).sum())


class LogMel(WaveformFrontEnd):
    """The module; float32 throughout, whatever autocast says around it."""

    window: Tensor
    filters: Tensor

    def __init__(self, spec: LogMelSpec, rate: int, samples: int, pad: Pad) -> None:
        length, hop = spec.shortest(rate), spec.hop(rate)
        super().__init__(spec, rate, samples, pad, length + (spec.input_shape(rate, samples).frames - 1) * hop)
        self.spec, self.hop = spec, hop
        self.fft_length = spec.fft_length(rate)
        self.register_buffer("window", window(spec.window, length), persistent=False)
        self.register_buffer("filters", mel_filters(spec, self.fft_length, rate), persistent=False)

    def values(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        length = len(self.window)
        waves = self.prepared(waves.float(), lengths)
        with torch.autocast(waves.device.type, enabled=False):
            spectrogram = self._log_mel(waves.unfold(1, length, self.hop))
        valid = ((lengths - length).div(self.hop, rounding_mode="floor") + 1).clamp(min=0, max=spectrogram.shape[3])
        return spectrogram, valid

    def prepared(self, waves: Tensor, lengths: Tensor) -> Tensor:
        """Recordings without their mean over valid samples, if the recipe wants that."""
        if not self.spec.remove_mean:
            return waves
        inside = torch.arange(waves.shape[1], device=waves.device) < lengths[:, None]
        waves = torch.where(inside, waves, 0.0)
        return torch.where(inside, waves - waves.sum(dim=1, keepdim=True) / lengths[:, None], 0.0)

    def _log_mel(self, frames: Tensor) -> Tensor:  # [B, S, window] -> [B, 1, M, S]
        frames = frames - frames.mean(dim=2, keepdim=True)
        before = functional.pad(frames, (1, 0), mode="replicate")[..., :-1]
        frames = (frames - PRE_EMPHASIS * before) * self.window
        power = torch.fft.rfft(frames, n=self.fft_length).abs().pow(2.0)
        mel = functional.linear(power, self.filters).clamp(min=FLOOR).log()
        return mel.transpose(1, 2)[:, None]


def window(name: Window, length: int) -> Tensor:
    """The weights of a frame's samples, ``[length]``, symmetric."""
    if name == "hamming":
        return torch.hamming_window(length, periodic=False)
    hann = torch.hann_window(length, periodic=False)
    return hann.pow(0.85) if name == "povey" else hann


def _mel(hz: Tensor) -> Tensor:
    return 1127.0 * (1.0 + hz / 700.0).log()


def mel_filters(spec: LogMelSpec, fft_length: int, rate: int) -> Tensor:
    """Kaldi's triangular filters, ``[M, fft_length // 2 + 1]``."""
    from torchaudio.compliance.kaldi import get_mel_banks  # here: check and show need no torchaudio

    high = 0.0 if spec.f_max is None else spec.f_max  # kaldi: 0 and below count from half the rate
    banks, _ = get_mel_banks(spec.n_mels, fft_length, float(rate), spec.f_min, high, 100.0, -500.0, 1.0)
    return functional.pad(banks, (0, 1))
