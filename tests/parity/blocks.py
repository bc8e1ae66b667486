"""How the tests of whole blocks compare ours with another library's: our weights lent to theirs by name."""

import torch
from torch import nn

from mixerkit import Grid, build_block
from tests.operators.agree import agree
from tests.references.base import channels_first, channels_last, lend, renamed

SHAPES = [Grid(2, 3, 8), Grid(3, 5, 12), Grid(1, 7, 4), Grid(5, 1, 6), Grid(1, 1, 4)]


def block_is(settings, theirs, names, grid, spectrogram=False):
    """Assert that our block makes of [B, F, T, D] what theirs makes of it, outputs and all gradients.

    Args:
        settings: our block, as a recipe has it.
        theirs: takes [B, N, D], or [B, D, F, T] if ``spectrogram``.
        names: the beginnings of its weights' names, and what ours are called.
        grid: F, T and D.
    """
    ours = build_block(settings, grid).double().eval()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    x = torch.randn(2, grid.freq, grid.time, grid.dim, dtype=torch.float64, requires_grad=True)
    expected = lend(renamed(ours, theirs, names), theirs, channels_first(x) if spectrogram else x.flatten(1, 2))
    agree(ours(x), channels_last(expected) if spectrogram else expected.reshape(x.shape), x, *ours.parameters())
