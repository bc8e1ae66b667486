"""Training batches: clips of an epoch in, augmented spectrograms and their targets out, on the device.

Every random number belongs to (seed, epoch, clip, how often the clip occurred before in this epoch): neither the size of a batch,
nor the clips beside it, nor the number of devices changes it, and nothing needs to be kept to go on in the middle of an epoch.
"""

import torch
from torch import Tensor
from torch.nn import functional

from mixerkit.assembly import Data
from mixerkit.features import (
    CROP_DRAW,
    DRAWS,
    ClipRandom,
    FrontEnd,
    MixupSpec,
    Partners,
    Purpose,
    below,
    bits,
    front_end_device,
    uniform,
)
from mixerkit.recipe import Recipe
from mixerkit.runner.seeding import balanced_order, draws, key, order, times_before


class TrainLoader:
    """The training split, epoch by epoch: :meth:`start_epoch`, then :meth:`batch` for any places of its order."""

    order: Tensor
    draws: Tensor
    keys: Tensor

    def __init__(self, recipe: Recipe, data: Data, front_end: FrontEnd) -> None:
        mixup = recipe.features.augment.mixup
        self.seed, self.sampling = recipe.runner.seed, recipe.runner.sampling
        self.mixup = mixup if mixup is not None and mixup.prob > 0.0 else None
        self.waves, self.targets, self.classes = data.waves["train"], data.targets("train"), len(data.labels)
        self.front_end, self.device = front_end, front_end_device(front_end)

    def __len__(self) -> int:
        """Clips of an epoch."""
        return len(self.targets)

    def start_epoch(self, epoch: int) -> Tensor:
        """Draw the epoch's random numbers; its order: clip numbers ``[n]``, which may hold a clip several times."""
        clips, seed = len(self), self.seed
        self.order = order(clips, seed, epoch) if self.sampling == "shuffle" else balanced_order(self.targets, seed, epoch)
        before = times_before(self.order)
        self.keys = bits(bits(torch.tensor(key(seed, "clips", epoch)), self.order), before)
        self.draws = draws(clips, DRAWS, seed, epoch)[self.order]
        again = before > 0
        self.draws[again] = uniform(bits(self.keys[again], Purpose.DRAWS)[:, None], torch.arange(DRAWS))
        return self.order

    def batch(self, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Spectrograms ``[B, C, M, S]``, valid frames ``[B]`` and targets of the clips at ``places`` ``[B]`` of the order.

        Targets are those of the data: class numbers ``[B]``, or 0 and 1 ``[B, K]``. With mixup they are shares of the classes,
        ``[B, K]``, of unmixed clips too.
        """
        clips, keys, numbers = self.order[places], self.keys[places], self.draws[places]
        waves, lengths = self.waves.batch(clips, self.device, numbers[:, CROP_DRAW])
        clip_random = ClipRandom(numbers.to(self.device), keys.to(self.device))
        targets, partners = self.targets[clips], None
        if self.mixup is not None:
            others, lam = below(keys, Purpose.PARTNER, len(self)), draw_lam(self.mixup, keys)
            there = self.waves.batch(others, self.device, uniform(keys, Purpose.PARTNER_CROP))
            partners = Partners(*there, lam.to(self.device), self.mixup.level)
            targets = self._mixed(targets, self.targets[others], lam)
        with torch.no_grad():
            spectrogram, frames = self.front_end(waves, lengths, clip_random, partners)
        return spectrogram, frames, targets.to(self.device)

    def _mixed(self, targets: Tensor, others: Tensor, lam: Tensor) -> Tensor:
        """share * targets + (1 - share) * others, as float32 ``[B, K]``."""
        if targets.ndim == 1:
            targets, others = functional.one_hot(targets, self.classes), functional.one_hot(others, self.classes)
        return lam[:, None] * targets + (1.0 - lam[:, None]) * others


def draw_lam(mixup: MixupSpec, keys: Tensor) -> Tensor:
    """What each clip keeps of itself, float32 ``[B]``: a number from Beta(alpha, alpha), or 1 for a clip that is not mixed."""
    from scipy.special import betaincinv  # here: only mixup needs it

    quantile = betaincinv(mixup.alpha, mixup.alpha, uniform(keys, Purpose.LAM).double().numpy())
    return torch.where(uniform(keys, Purpose.IS_MIXED) < mixup.prob, torch.from_numpy(quantile).float(), 1.0)
