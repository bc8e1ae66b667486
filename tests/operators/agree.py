"""How the tests of single operators compare: in float64, outputs and every gradient, with a tolerance for rounding only."""

import torch
from hypothesis import strategies as st

from mixerkit import BlockIndex, Grid, build_operator
from mixerkit.testing import Case
from tests.references import REFERENCES, TOLERANCE, gap, measure

INDEX = BlockIndex(1, 4)


def grids(least=4, multiple=1):
    """Small grids, one row and one column among them, of at least ``least`` channels."""
    dims = st.integers(-(-least // multiple), 13 // multiple).map(lambda k: k * multiple)
    return st.builds(Grid, st.integers(1, 5), st.integers(1, 7), dims)


def built(kind, grid, seed=0, **settings):
    """The operator in float64, every weight drawn at random, and an input for it that takes a gradient."""
    torch.manual_seed(seed)
    module = build_operator({"kind": kind, **settings}, grid, INDEX).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module, torch.randn(2, grid.freq, grid.time, grid.dim, dtype=torch.float64, requires_grad=True)


def agrees_with_references(spec, grid, seed=0, index=INDEX):
    """Assert that the operator, with these settings on this grid, is what all of its references say."""
    assert not spec.check(grid, index)
    references = [reference for reference in REFERENCES[spec.kind] if reference.takes(spec)]
    found = {reference.name: measure(Case(spec, grid, index, seed), reference) for reference in references}
    assert found
    assert all(difference.within for difference in found.values()), found


def agree(found, expected, *inputs):
    """Assert that two results, and their gradients for all ``inputs``, are the same."""
    close(found, expected)
    upstream = torch.randn_like(expected)
    theirs = torch.autograd.grad(expected, inputs, upstream, retain_graph=True)
    ours = torch.autograd.grad(found, inputs, upstream, retain_graph=True)
    for own, other in zip(ours, theirs, strict=True):
        close(own, other)


def close(found, expected):
    """Assert that two results are the same."""
    assert gap(found, expected) <= TOLERANCE
