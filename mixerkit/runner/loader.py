"""Training batches: clips of an epoch in, augmented spectrograms and their targets out, on the device.

Every random number belongs to (seed, epoch, clip, how often the clip occurred before in this epoch): neither the size of a batch,
nor the clips beside it, nor the number of devices changes it, and nothing needs to be kept to go on in the middle of an epoch.
"""

import torch
from torch import Tensor
from torch.nn import functional

from mixerkit.assembly import Data
from mixerkit.features import (
    ClipRandom,
    FrontEnd,
    MixupSpec,
    Partners,
    Purpose,
    front_end_device,
)
from mixerkit.recipe import Recipe
from mixerkit.runner.seeding import balanced_order, key, order, times_before


class TrainLoader:
    """The training split, epoch by epoch: :meth:`start_epoch`, then :meth:`batch` for any places of its order."""

    order: Tensor
    random: ClipRandom

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
        """The epoch's order: clip numbers ``[n]``, which may hold a clip several times. Its random numbers follow from it."""
        clips, seed = len(self), self.seed
        self.order = order(clips, seed, epoch) if self.sampling == "shuffle" else balanced_order(self.targets, seed, epoch)
        self.random = ClipRandom.of(key(seed, "clips", epoch), self.order, times_before(self.order))
        return self.order

    def batch(self, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Spectrograms ``[B, C, M, S]``, valid frames ``[B]`` and targets of the clips at ``places`` ``[B]`` of the order.

        Targets are those of the data: class numbers ``[B]``, or 0 and 1 ``[B, K]``. With mixup they are shares of the classes,
        ``[B, K]``, of unmixed clips too.
        """
        clips, random = self.order[places], self.random[places]
        waves, lengths = self.waves.batch(clips, self.device, random.bits(Purpose.CROP))
        targets, partners = self.targets[clips], None
        if self.mixup is not None:
            others, lam = random.below(Purpose.PARTNER, len(self)), draw_lam(self.mixup, random)
            there = self.waves.batch(others, self.device, random.bits(Purpose.PARTNER_CROP))
            partners = Partners(*there, lam.to(self.device), self.mixup.level)
            targets = self._mixed(targets, self.targets[others], lam)
        with torch.no_grad():
            spectrogram, frames = self.front_end(waves, lengths, random.to(self.device), partners)
        return spectrogram, frames, targets.to(self.device)

    def _mixed(self, targets: Tensor, others: Tensor, lam: Tensor) -> Tensor:
        """share * targets + (1 - share) * others, as float32 ``[B, K]``."""
        if targets.ndim == 1:
            targets, others = functional.one_hot(targets, self.classes), functional.one_hot(others, self.classes)
        return lam[:, None] * targets + (1.0 - lam[:, None]) * others


def draw_lam(mixup: MixupSpec, random: ClipRandom) -> Tensor:
    """What each clip keeps of itself, float32 ``[B]``: a number from Beta(alpha, alpha), or 1 for a clip that is not mixed."""
    from scipy.special import betaincinv  # here: only mixup needs it

    quantile = betaincinv(mixup.alpha, mixup.alpha, random.uniform(Purpose.LAM).double().numpy())
    return torch.where(random.uniform(Purpose.IS_MIXED) < mixup.prob, torch.from_numpy(quantile).float(), 1.0)
