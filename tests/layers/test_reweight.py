"""Reweighting: each channel a weighted mean of its branches."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.layers import Reweight


@given(dim=st.integers(1, 9), branches=st.integers(2, 4))
def test_the_weights_are_a_softmax_of_the_pooled_sum(dim, branches):
    reweight, x = Reweight(dim, branches).double(), torch.randn(branches, 2, 3, 4, dim, dtype=torch.float64)
    pooled = x.sum(dim=0).flatten(1, 2).sum(dim=1) / 12
    scores = reweight.fc2(torch.nn.functional.gelu(reweight.fc1(pooled)))
    expected = torch.zeros_like(x[0])
    for d in range(dim):
        weights = scores[:, d * branches : (d + 1) * branches].softmax(dim=1)
        for k in range(branches):
            expected[..., d] += weights[:, k, None, None] * x[k, ..., d]
    torch.testing.assert_close(reweight(x), expected, rtol=1e-12, atol=1e-12)


def test_equal_branches_come_through():
    x = torch.randn(1, 2, 3, 4, 5, dtype=torch.float64)
    torch.testing.assert_close(Reweight(5, 3).double()(x.expand(3, -1, -1, -1, -1)), x[0])


def test_its_parameters():
    assert sum(p.numel() for p in Reweight(8, 3).parameters()) == 8**2 + 3.25 * 8
