"""What happens to training clips only, on the device, each by its own random numbers.

A recording's gain, noise and later start; then, on its spectrogram, SpecAugment's masks (arXiv 1904.08779: one per axis, no time
warping, filled with 0 before normalising, as AST does), and after normalising AST's noise and roll. Random numbers come from
outside and belong to the clip, so that batch size and device count change nothing.
"""

import torch
from pydantic import Field
from torch import Tensor

from mixerkit.features.mixup import MixupSpec
from mixerkit.features.random import ClipRandom, Purpose
from mixerkit.spec import Issue, Spec, under

LEAST_DB, MOST_DB = -100.0, 100.0


class AugmentSpec(Spec):
    """What happens to training clips, in order: mixup of waves, gain, noise, delay; mixup of spectrograms, masks, noise, roll."""

    delay_ms: float = Field(0.0, ge=0.0, description="latest start: silence of up to this many ms before a recording; 0: none")
    gain_db: float = Field(0.0, ge=0.0, le=MOST_DB, description="a recording is louder or quieter by up to this many dB; 0: none")
    snr_db: tuple[float, float] | None = Field(
        None, description="[lowest, highest] signal-to-noise ratio in dB of white noise in a recording; null: no noise"
    )
    mixup: MixupSpec | None = Field(None, description="mixing two clips and their labels; null: none")
    freq_mask: int = Field(0, ge=0, description="widest mask over mel bands; 0: none")
    time_mask: int = Field(0, ge=0, description="widest mask over frames; 0: none")
    noise: float = Field(
        0.0,
        ge=0.0,
        description="largest amplitude of noise on a normalised spectrogram: U[0, 1) * U[0, noise); AST: 0.1; 0: none",
    )
    roll: int = Field(
        0, ge=0, description="a spectrogram is moved along time, cyclically, by -roll to roll - 1 frames; AST: 10; 0: none"
    )

    def check(self) -> list[Issue]:
        """Ratios in the wrong order, or that nobody hears."""
        if self.snr_db is None:
            return []
        low, high = self.snr_db
        if LEAST_DB <= low <= high <= MOST_DB:
            return []
        return [Issue("snr_db", f"[{low:g}, {high:g}]", f"[lowest, highest], from {LEAST_DB:g} to {MOST_DB:g} dB")]

    def check_waveform(self) -> list[Issue]:
        """Settings that need a waveform, where there is none: spectrograms that the data brings ready."""
        found: list[Issue] = []
        if self.delay_ms:
            found.append(Issue("delay_ms", f"{self.delay_ms:g}", "0: a precomputed spectrogram has no start to move"))
        if self.gain_db:
            found.append(Issue("gain_db", f"{self.gain_db:g}", "0: a precomputed spectrogram has no loudness to change"))
        if self.snr_db is not None:
            found.append(
                Issue("snr_db", f"[{self.snr_db[0]:g}, {self.snr_db[1]:g}]", "null: a precomputed spectrogram has no waveform")
            )
        if self.mixup is not None and self.mixup.level == "waveform":
            found += under("mixup", [Issue("level", "waveform", "spectrograms: a precomputed spectrogram has no waveform")])
        return found


def amplify(waves: Tensor, most_db: float, random: ClipRandom) -> Tensor:
    """Waveforms ``[B, L]``, each times its own factor of -most_db to most_db dB."""
    if most_db == 0.0:
        return waves
    gain_db = (2.0 * random.uniform(Purpose.GAIN) - 1.0) * most_db
    return waves * (10.0 ** (gain_db / 20.0))[:, None]


def add_wave_noise(waves: Tensor, lengths: Tensor, snr_db: tuple[float, float] | None, random: ClipRandom) -> Tensor:
    """Waveforms ``[B, L]`` with white noise (uniform, not Gaussian: over a frame nobody can tell) on their valid samples.

    The ratio, uniform in dB, is that of powers around the mean over these samples. A silent recording stays as it is.
    """
    if snr_db is None:
        return waves
    inside = torch.arange(waves.shape[1], device=waves.device) < lengths[:, None]
    noise = random.uniform(Purpose.WAVE_NOISE, waves.shape[1]).sub_(0.5).masked_fill_(~inside, 0.0)
    low, high = snr_db
    wanted = low + (high - low) * random.uniform(Purpose.SNR)
    ratio = _power(waves, inside, lengths) / _power(noise, inside, lengths).clamp(min=torch.finfo(noise.dtype).tiny)
    return waves + (ratio * 10.0 ** (-wanted / 10.0)).sqrt()[:, None] * noise


def _power(waves: Tensor, inside: Tensor, lengths: Tensor) -> Tensor:
    """Variance ``[B]`` over the valid samples."""
    mean = waves.masked_fill(~inside, 0.0).sum(dim=1, keepdim=True) / lengths[:, None]
    return (waves - mean).masked_fill(~inside, 0.0).square().sum(dim=1) / lengths


def delay(waves: Tensor, lengths: Tensor, most: int, random: ClipRandom) -> tuple[Tensor, Tensor]:
    """Waveforms ``[B, L]`` and lengths ``[B]``, each moved later by up to ``most`` samples; what leaves the window is lost."""
    if most == 0:
        return waves, lengths
    moved = random.below(Purpose.DELAY, most + 1)
    source = torch.arange(waves.shape[1], device=waves.device) - moved[:, None]  # [B, L]
    later = waves.gather(1, source.clamp(min=0)).masked_fill(source < 0, 0.0)
    return later, (lengths + moved).clamp(max=waves.shape[1])


def mask(spectrogram: Tensor, spec: AugmentSpec, random: ClipRandom) -> Tensor:
    """Spectrograms ``[B, C, M, S]`` with bands next to one another and frames next to one another set to 0."""
    if spec.freq_mask:
        rows = _stretch(spectrogram.shape[2], spec.freq_mask, random, Purpose.FREQ_MASK_WIDTH, Purpose.FREQ_MASK_START)
        spectrogram = spectrogram.masked_fill(rows[:, None, :, None], 0.0)
    if spec.time_mask:
        columns = _stretch(spectrogram.shape[3], spec.time_mask, random, Purpose.TIME_MASK_WIDTH, Purpose.TIME_MASK_START)
        spectrogram = spectrogram.masked_fill(columns[:, None, None, :], 0.0)
    return spectrogram


def _stretch(extent: int, widest: int, random: ClipRandom, width_for: Purpose, start_for: Purpose) -> Tensor:
    """``[B, extent]``: True in a stretch of each clip's own width, 0 to ``widest``, and its own start."""
    width = random.below(width_for, min(widest, extent) + 1)
    start = random.below(start_for, extent - width + 1)
    place = torch.arange(extent, device=width.device)
    return (place >= start[:, None]) & (place < (start + width)[:, None])


def add_spectrogram_noise(spectrogram: Tensor, most: float, random: ClipRandom) -> Tensor:
    """Normalised spectrograms ``[B, C, M, S]``, each plus U[0, 1) per value times its own U[0, most): AST's, never negative."""
    if most == 0.0:
        return spectrogram
    amplitude = random.uniform(Purpose.SPECTROGRAM_NOISE_AMPLITUDE) * most
    return spectrogram + amplitude[:, None, None, None] * random.uniform(Purpose.SPECTROGRAM_NOISE, *spectrogram.shape[1:])


def roll(spectrogram: Tensor, valid: Tensor, most: int, random: ClipRandom) -> tuple[Tensor, Tensor]:
    """Spectrograms ``[B, C, M, S]`` moved along time, cyclically, each by its own -most to most - 1 frames: AST's.

    Valid frames ``[B]`` grow where a recording moves later. Where it moves earlier they stay: its first frames come last.
    """
    if most == 0:
        return spectrogram, valid
    frames = spectrogram.shape[3]
    later = random.below(Purpose.ROLL, 2 * most) - most
    source = (torch.arange(frames, device=spectrogram.device) - later[:, None]).remainder(frames)  # [B, S]
    moved = spectrogram.gather(3, source[:, None, None, :].expand_as(spectrogram))
    return moved, (valid + later.clamp(min=0)).clamp(max=frames)
