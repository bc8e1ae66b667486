"""Attention: what follows from its formula."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.attention import AttentionSpec
from tests.operators.agree import agrees_with_references

SIZES = {"f": st.integers(1, 4), "t": st.integers(1, 7), "heads": st.integers(1, 3), "width": st.integers(1, 5)}


@given(**SIZES, qkv_bias=st.booleans(), seed=st.integers(0, 99))
def test_agrees_with_its_references_with_any_heads(f, t, heads, width, qkv_bias, seed):
    agrees_with_references(AttentionSpec(heads=heads, qkv_bias=qkv_bias), Grid(f, t, heads * width), seed)


def test_without_queries_every_token_gets_the_mean():
    module = build_operator({"kind": "attention", "heads": 2}, Grid(3, 4, 8)).double()
    with torch.no_grad():
        module.qkv.weight[:8].zero_()
        module.qkv.bias[:8].zero_()
    x = torch.randn(2, 3, 4, 8, dtype=torch.float64)
    values = module.qkv(x)[..., 16:]
    torch.testing.assert_close(module(x), module.proj(values.mean(dim=(1, 2), keepdim=True).expand_as(x)))


def test_it_takes_extra_tokens():
    x = torch.randn(1, 1, 10, 24)
    assert build_operator("attention", Grid(1, 10, 24, extra=2))(x).shape == x.shape


def test_heads_that_do_not_divide_the_channels_are_named():
    with pytest.raises(RecipeError, match="divisor of D = 16"):
        build_operator("attention", Grid(4, 4, 16))
