"""One way to compare an operator with a second writing of it: outputs and every gradient, in float64."""

import torch
from hypothesis import strategies as st

from mixerkit import Grid, Site, build_operator

ODD = [Grid(1, 1, 8), Grid(1, 7, 8), Grid(5, 1, 8), Grid(3, 5, 9), Grid(2, 4, 13), Grid(5, 3, 12)]
"""One row, one column, both, odd sizes, channels that are no multiple of 4."""


def grids(least=4, multiple=1):
    """Small grids, one row and one column among them, of at least ``least`` channels."""
    dims = st.integers(-(-least // multiple), 13 // multiple).map(lambda k: k * multiple)
    return st.builds(Grid, st.integers(1, 5), st.integers(1, 7), dims)


def built(kind, grid, seed=0, **settings):
    """The operator in float64, every weight drawn at random, and an input for it that takes a gradient."""
    torch.manual_seed(seed)
    module = build_operator({"kind": kind, **settings}, grid, Site(1, 4)).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module, torch.randn(2, grid.freq, grid.time, grid.dim, dtype=torch.float64, requires_grad=True)


def agree(found, expected, *inputs):
    """Assert that two results, and their gradients for all ``inputs``, are the same to 1e-12."""
    close(found, expected)
    upstream = torch.randn_like(expected)
    theirs = torch.autograd.grad(expected, inputs, upstream, retain_graph=True)
    ours = torch.autograd.grad(found, inputs, upstream, retain_graph=True)
    for own, other in zip(ours, theirs, strict=True):
        close(own, other)


def close(found, expected):
    assert found.shape == expected.shape
    assert (found - expected).abs().max() <= 1e-12 * max(1.0, float(expected.detach().abs().max()))
