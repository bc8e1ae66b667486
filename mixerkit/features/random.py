"""Random numbers of training clips: computed from a clip's key and a purpose, not drawn from a generator with a state.

A counter-based generator: splitmix64 (Steele, Lea, Flood, OOPSLA 2014) of key + place, the same on every device and in every
batch. Any number can be had without the ones before it, so that a noise field is made where it is needed and for the clips that
are there. int64 wraps as uint64 does.
"""

from dataclasses import dataclass
from enum import IntEnum, auto
from math import prod

import torch
from torch import Tensor

GOLDEN = 0x9E3779B97F4A7C15 - 2**64
"""2**64 over the golden ratio, as int64: the step from one place to the next."""
ROUNDS = ((30, 0xBF58476D1CE4E5B9 - 2**64), (27, 0x94D049BB133111EB - 2**64))
LAST_SHIFT = 31
UNIFORM_BITS = 24
"""Of a float32's fraction: as many as it holds without rounding."""


class Purpose(IntEnum):
    """What a random number of a clip is for: the place of that number under the clip's key."""

    GAIN = auto()
    SNR = auto()
    WAVE_NOISE = auto()
    SPECTROGRAM_NOISE_AMPLITUDE = auto()
    SPECTROGRAM_NOISE = auto()
    ROLL = auto()
    IS_MIXED = auto()
    LAM = auto()
    PARTNER = auto()
    PARTNER_CROP = auto()
    CROP = auto()
    DELAY = auto()
    FREQ_MASK_WIDTH = auto()
    FREQ_MASK_START = auto()
    TIME_MASK_WIDTH = auto()
    TIME_MASK_START = auto()


@dataclass(frozen=True)
class ClipRandom:
    """The random numbers of a batch's clips. Whatever is asked for, a clip's numbers depend on its own key alone.

    Attributes:
        keys: int64 ``[B]``, one per clip.
    """

    keys: Tensor

    @classmethod
    def of(cls, key: int, clips: Tensor, times: Tensor) -> "ClipRandom":
        """The numbers of clips ``[B]`` under one key; ``times`` ``[B]`` tells a clip that comes again from the first time."""
        return cls(bits(bits(torch.tensor(key), clips), times))

    def __getitem__(self, places: Tensor) -> "ClipRandom":
        """Those of some of the clips."""
        return ClipRandom(self.keys[places])

    def to(self, device: torch.device) -> "ClipRandom":
        """The same numbers, computed on ``device``."""
        return ClipRandom(self.keys.to(device))

    def bits(self, purpose: Purpose) -> Tensor:
        """64 random bits of every clip, as int64 ``[B]``."""
        return bits(self.keys, purpose)

    def uniform(self, purpose: Purpose, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1), float32: one of every clip, ``[B]``, or a field of them, ``[B, *shape]``."""
        if not shape:
            return uniform(self.keys, purpose)
        place = torch.arange(prod(shape), device=self.keys.device).view(shape)
        return uniform(self.bits(purpose).view(-1, *[1] * len(shape)), place)

    def below(self, purpose: Purpose, limit: int | Tensor) -> Tensor:
        """A whole number of every clip, int64 ``[B]``, each from 0 to ``limit`` - 1; a limit for all, or one each, ``[B]``."""
        return _shifted(self.bits(purpose), 1).remainder_(limit)


def bits(key: Tensor, place: Tensor | int) -> Tensor:
    """64 random bits as int64, for each of ``place`` under ``key``; shapes broadcast."""
    mixed = key + (torch.as_tensor(place) + 1) * GOLDEN
    for shift, factor in ROUNDS:
        mixed = mixed.bitwise_xor_(_shifted(mixed, shift)).mul_(factor)
    return mixed.bitwise_xor_(_shifted(mixed, LAST_SHIFT))


def uniform(key: Tensor, place: Tensor | int) -> Tensor:
    """Uniform numbers in [0, 1), float32, for each of ``place`` under ``key``; shapes broadcast."""
    return _shifted(bits(key, place), 64 - UNIFORM_BITS).float().mul_(2.0**-UNIFORM_BITS)


def _shifted(value: Tensor, by: int) -> Tensor:
    """``value >> by`` with zeros moving in, as of an unsigned number."""
    return (value >> by).bitwise_and_((1 << (64 - by)) - 1)
