"""Everything random in training, each from its own key: no hidden state, so that a resumed run goes on bit for bit.

Order, augmentation and stochastic depth depend on (seed, epoch, step or clip) alone: not on batch size where they need not,
not on how the run was interrupted.
"""

import hashlib

import torch
from torch import Tensor
from torch.nn import functional


def key(seed: int, *what: str | int) -> int:
    """A 63-bit number for one purpose."""
    text = ":".join(map(str, (seed, *what)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


def generator(seed: int, *what: str | int) -> torch.Generator:
    """A CPU generator for one purpose."""
    return torch.Generator().manual_seed(key(seed, *what))


def order(clips: int, seed: int, epoch: int) -> Tensor:
    """The order of an epoch: a permutation ``[clips]``."""
    return torch.randperm(clips, generator=generator(seed, "order", epoch))


def balanced_order(targets: Tensor, seed: int, epoch: int) -> Tensor:
    """The order of an epoch ``[clips]``, drawn with replacement: rare labels come as often as common ones.

    A clip's weight is the sum over its labels of 1 / (0.01 + how many clips have the label), as AST's gen_weight_file.py has it.

    Args:
        targets: class numbers ``[clips]``, or 0 and 1 ``[clips, K]``.
    """
    has = functional.one_hot(targets) if targets.ndim == 1 else targets
    has = torch.cat([has, ~has.any(dim=1, keepdim=True)], dim=1).double()  # clips without any label are a class of their own
    weights = has @ (1.0 / (has.sum(dim=0) + 0.01))
    return torch.multinomial(weights, len(weights), replacement=True, generator=generator(seed, "order", epoch))


def times_before(order: Tensor) -> Tensor:
    """How often the clip at each position of an order ``[n]`` occurred before, ``[n]``."""
    by_clip = order.argsort(stable=True)
    clips = order[by_clip]
    found = torch.empty_like(order)
    found[by_clip] = torch.arange(len(order)) - torch.searchsorted(clips, clips)
    return found


def batches(index: Tensor, size: int, rank: int, world: int) -> list[tuple[Tensor, int]]:
    """(this rank's clips, clips on all ranks) for every step over ``index``.

    All clips are used once. A last batch too small to give every rank a clip is joined to the one before.
    """
    whole = list(torch.split(index, size))
    if len(whole) > 1 and len(whole[-1]) < world:
        whole[-2:] = [torch.cat(whole[-2:])]
    return [(batch[rank::world], len(batch)) for batch in whole]
