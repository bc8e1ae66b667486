"""FLOPs of modules on a clip: counted, but for what counting does not see and settings say themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.layers import FlopCounter

Build = Callable[[Any, Grid, BlockIndex], nn.Module]

OWN: WeakKeyDictionary[nn.Module, int] = WeakKeyDictionary()
"""FLOPs per clip of modules whose settings have a formula of their own, wherever they stand in others."""


def count_flops(module: nn.Module, *inputs: Tensor) -> int:
    """FLOPs of ``module`` in evaluation on ``inputs``, of any device.

    A module in it that has a formula of its own is not run: the formula stands for what it would do.
    """
    own: list[int] = []
    with _standing_in(module, own), torch.enable_grad(), FlopCounter() as counter:  # without gradients torch.nn fuses attention
        module.eval()(*inputs)
    return counter.flops + sum(own)


def noting_own_flops(build: Build) -> Build:
    """``build`` of an operator's settings, which notes the FLOPs of what it makes where the settings say them."""

    @wraps(build)
    def built(settings: Any, grid: Grid, index: BlockIndex) -> nn.Module:
        module = build(settings, grid, index)
        flops = settings.flops(grid, index)
        if flops is not None:
            OWN[module] = flops
        return module

    return built


@contextmanager
def _standing_in(module: nn.Module, found: list[int]) -> Iterator[None]:
    """Modules with a formula of their own return what they get, and note their FLOPs in ``found``."""
    parts = [part for part in module.modules() if part in OWN]
    for part in parts:
        part.forward = _noting(OWN[part], found)
    try:
        yield
    finally:
        for part in parts:
            del part.forward


def _noting(flops: int, found: list[int]) -> Callable[[Tensor], Tensor]:
    def forward(x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        found.append(flops * len(x))
        return x

    return forward
