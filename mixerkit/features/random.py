"""Random numbers that are computed, not drawn: each from a clip's key and a place, the same on every device, in every batch.

A counter-based generator: splitmix64 (Steele, Lea, Flood, OOPSLA 2014) of key + place. Any number can be had without the ones
before it, so that a noise field is made where it is needed and for the clips that are there. int64 wraps as uint64 does.
"""

from dataclasses import dataclass
from enum import IntEnum, auto

import torch
from torch import Tensor

GOLDEN = 0x9E3779B97F4A7C15 - 2**64
"""2**64 over the golden ratio, as int64: the step from one place to the next."""
ROUNDS = ((30, 0xBF58476D1CE4E5B9 - 2**64), (27, 0x94D049BB133111EB - 2**64))
LAST_SHIFT = 31
UNIFORM_BITS = 24
"""Of a float32's fraction: as many as it holds without rounding."""


class Purpose(IntEnum):
    """What a clip's number is for: its place under the clip's key."""

    GAIN = auto()
    SNR = auto()
    WAVE_NOISE = auto()
    NOISE_AMPLITUDE = auto()
    NOISE = auto()
    ROLL = auto()
    IS_MIXED = auto()
    LAM = auto()
    PARTNER = auto()
    PARTNER_CROP = auto()
    DRAWS = auto()


@dataclass(frozen=True)
class ClipRandom:
    """The random numbers of a batch's clips, a row each.

    Attributes:
        draws: uniform numbers ``[B, DRAWS]`` for delay, masks and crop.
        keys: int64 ``[B]``, from which everything else is computed.
    """

    draws: Tensor
    keys: Tensor


def bits(key: Tensor, place: Tensor | int) -> Tensor:
    """64 random bits as int64, for each of ``place`` under ``key``; shapes broadcast."""
    mixed = key + (torch.as_tensor(place) + 1) * GOLDEN
    for shift, factor in ROUNDS:
        mixed = mixed.bitwise_xor_(_shifted(mixed, shift)).mul_(factor)
    return mixed.bitwise_xor_(_shifted(mixed, LAST_SHIFT))


def uniform(key: Tensor, place: Tensor | int) -> Tensor:
    """Uniform numbers in [0, 1), float32, for each of ``place`` under ``key``; shapes broadcast."""
    return _shifted(bits(key, place), 64 - UNIFORM_BITS).float().mul_(2.0**-UNIFORM_BITS)


def below(key: Tensor, place: Tensor | int, limit: int) -> Tensor:
    """Whole numbers from 0 to ``limit`` - 1, for each of ``place`` under ``key``; shapes broadcast."""
    return _shifted(bits(key, place), 1).remainder_(limit)


def _shifted(value: Tensor, by: int) -> Tensor:
    """``value >> by`` with zeros moving in, as of an unsigned number."""
    return (value >> by).bitwise_and_((1 << (64 - by)) - 1)
