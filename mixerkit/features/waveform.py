"""A front end of recordings: all of it but the spectrograms themselves, which a subclass computes."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from mixerkit.features.augment import add_wave_noise, amplify, delay
from mixerkit.features.base import FeatureSpec, FrontEnd, Pad
from mixerkit.features.mixup import Partners, mix_spectrograms, mix_waves
from mixerkit.features.random import ClipRandom


class WaveformFrontEnd(FrontEnd):
    """Around :meth:`values`: mixup, gain, noise and delay in training, padding to S frames, masks, normalising.

    Args:
        spec: its settings, which say the shape of a spectrogram.
        rate, samples, pad: as of :meth:`FeatureSpec.build`.
        covered: samples that S frames span, where those are more than ``samples``.
    """

    def __init__(self, spec: FeatureSpec, rate: int, samples: int, pad: Pad, covered: int = 0) -> None:
        super().__init__(spec.normalise, spec.augment)
        self.rate, self.pad = rate, pad
        self.frames = spec.input_shape(rate, samples).frames
        self.full = max(samples, covered)

    def prepared(self, waves: Tensor, lengths: Tensor) -> Tensor:
        """Recordings ``[B, L]`` as two of them are mixed: as they are, unless a subclass says otherwise."""
        return waves

    def forward(
        self, waves: Tensor, lengths: Tensor, random: ClipRandom | None = None, partners: Partners | None = None
    ) -> tuple[Tensor, Tensor]:
        if partners is not None and partners.level == "waveform":
            other = self.prepared(partners.waves.float(), partners.lengths)
            waves = mix_waves(self.prepared(waves.float(), lengths), lengths, replace(partners, waves=other))
            partners = None
        spectrogram, valid = self._padded(*self._disturbed(waves, lengths, random))
        if partners is not None:  # augmented alike: what is mixed counts as one recording
            other, other_valid = self._padded(*self._disturbed(partners.waves, partners.lengths, random))
            spectrogram, valid = mix_spectrograms(spectrogram, valid, other, other_valid, partners.lam)
        return self.finished(spectrogram, valid, random)

    def _disturbed(self, waves: Tensor, lengths: Tensor, random: ClipRandom | None) -> tuple[Tensor, Tensor]:
        """Recordings with their gain, noise and later start; without ``random``: as they are."""
        if random is None:
            return waves, lengths
        waves = amplify(waves, self.augment.gain_db, random)
        waves = add_wave_noise(waves, lengths, self.augment.snr_db, random)
        return delay(waves, lengths, round(self.augment.delay_ms * self.rate / 1000), random)

    def _padded(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Spectrograms of all S frames before normalising, ``[B, C, M, S]``, and valid frames ``[B]``."""
        if self.pad in ("silence", "repeat"):
            waves = functional.pad(waves, (0, self.full - waves.shape[1]))
        if self.pad == "repeat":
            place = torch.arange(self.full, device=waves.device) % lengths[:, None]
            waves, lengths = waves.gather(1, place), torch.full_like(lengths, self.full)
        spectrogram, valid = self.values(waves, lengths)
        spectrogram = functional.pad(spectrogram, (0, max(0, self.frames - spectrogram.shape[3])))[..., : self.frames]
        valid = valid.clamp(max=self.frames)
        if self.pad in ("zero-raw", "mean"):
            beyond = torch.arange(self.frames, device=waves.device) >= valid[:, None]  # [B, S]
            fill = self.mean if self.pad == "mean" else torch.zeros_like(self.mean)
            spectrogram = torch.where(beyond[:, None, None, :], fill, spectrogram)
        return spectrogram, valid
