"""Attention is timm's and torch's: outputs and gradients, weights mapped by name."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from timm.layers import Attention as TimmAttention
from torch import nn

from mixerkit import Grid, build_operator
from tests.operators.literal import agree

SIZES = {"f": st.integers(1, 4), "t": st.integers(1, 7), "heads": st.integers(1, 3), "width": st.integers(1, 5)}


def built(f, t, dim, heads, qkv_bias=True):
    ours = build_operator({"kind": "attention", "heads": heads, "qkv_bias": qkv_bias}, Grid(f, t, dim)).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    return ours


def assert_same(ours, theirs, names, f, t, dim):
    """``theirs`` maps [B, N, D] to the same; ``names`` are its parameters' names, in our order."""
    x = torch.randn(2, f, t, dim, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn_like(x)
    found, expected = ours(x), theirs(x.flatten(1, 2)).reshape(x.shape)
    assert agree(found, expected)
    others = dict(theirs.named_parameters())
    a = torch.autograd.grad(found, [x, *ours.parameters()], upstream)
    b = torch.autograd.grad(expected, [x, *(others[name] for name in names)], upstream)
    assert all(agree(one, other) for one, other in zip(a, b, strict=True))


@pytest.mark.parametrize("qkv_bias", [True, False])
@given(**SIZES)
def test_is_timms(qkv_bias, f, t, heads, width):
    ours = built(f, t, heads * width, heads, qkv_bias)
    theirs = TimmAttention(heads * width, num_heads=heads, qkv_bias=qkv_bias).double()
    theirs.fused_attn = False  # softmax written out
    theirs.load_state_dict(ours.state_dict())
    assert_same(ours, theirs, list(ours.state_dict()), f, t, heads * width)


class Torchs(nn.MultiheadAttention):
    def forward(self, x):
        return super().forward(x, x, x, need_weights=False)[0]


@given(**SIZES)
def test_is_torchs(f, t, heads, width):
    ours = built(f, t, heads * width, heads)
    theirs = Torchs(heads * width, heads, batch_first=True).double()
    names = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
    theirs.load_state_dict(dict(zip(names, ours.state_dict().values(), strict=True)))
    assert_same(ours, theirs, names, f, t, heads * width)
