"""Operators that do not come with the kit, tried once before they are trained.

The kit's own are held by its tests. A stranger's may return another shape, or raise at its first batch, perhaps after an hour of
downloading. It is tried on numbers, on the real grid: on the meta device, which would cost nothing, an operator that reads a
number or turns to numpy has no answer, and there is nothing wrong with it.
"""

import torch

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators import OperatorSpec, refuse_misshapen, third_party
from mixerkit.registry import attribute_errors

BATCH = 2


def probe(spec: OperatorSpec, grid: Grid, index: BlockIndex) -> None:
    """Try an operator forwards and backwards, if it or a part of it does not come with the kit. Leaves no trace.

    Raises:
        PluginError: it raises, or returns something else than the grid.
    """
    who = third_party(spec)
    if not who:
        return
    with attribute_errors(suspect=who), torch.random.fork_rng(devices=[]):
        module = spec.build(grid, index)
        x = torch.randn(BATCH, grid.freq, grid.time, grid.dim, requires_grad=True) * 1.0  # no leaf: it may be written to
        y = module(x)
        refuse_misshapen(who, y, x)
        if y.requires_grad:
            y.sum().backward()
