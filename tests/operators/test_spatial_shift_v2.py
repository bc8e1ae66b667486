"""Spatial shift, second version: its split attention."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid
from mixerkit.operators.spatial_shift_v2 import SplitAttention
from tests.operators.agree import built, close


def test_equal_branches_need_no_attention():
    attention, x = SplitAttention(5, 3).double(), torch.randn(2, 3, 4, 5, dtype=torch.float64)
    close(attention(torch.stack([x, x, x])), x)


@given(seed=st.integers(0, 99))
def test_each_channel_is_a_weighted_mean_of_its_branches(seed):
    torch.manual_seed(seed)
    x = torch.randn(3, 1, 2, 2, 5, dtype=torch.float64)
    y = SplitAttention(5, 3).double()(x)
    assert ((y >= x.amin(dim=0)) & (y <= x.amax(dim=0))).all()


def test_a_sum_grows_with_the_grid_and_a_mean_does_not():
    x = torch.randn(3, 1, 1, 1, 8, dtype=torch.float64)
    for pooled, same in (("mean", True), ("sum", False)):
        attention = SplitAttention(8, 2, pooled=pooled).double()
        small, large = attention(x)[0, 0, 0], attention(x.expand(3, 1, 5, 40, 8))[0, 0, 0]
        assert torch.allclose(small, large) is same


def test_its_parameters():
    module, _ = built("spatial-shift-v2", Grid(2, 3, 12))
    assert sum(p.numel() for p in module.parameters()) == 5 * 12**2 + 4 * 12
    module, _ = built("spatial-shift-v2", Grid(2, 3, 12), hidden_ratio=1.0)
    assert sum(p.numel() for p in module.parameters()) == 8 * 12**2 + 4 * 12
