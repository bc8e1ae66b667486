"""Fourier mixing is transformers' FNet: outputs and gradients."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import FNetConfig
from transformers.models.fnet.modeling_fnet import FNetBasicFourierTransform

from mixerkit import Grid, build_operator
from tests.operators.literal import agree, gradients_agree


@given(f=st.integers(1, 4), t=st.integers(1, 7), d=st.integers(1, 9))
def test_is_transformers(f, t, d):
    theirs = FNetBasicFourierTransform(FNetConfig(hidden_size=d))
    x = torch.randn(2, f, t, d, dtype=torch.float64, requires_grad=True)
    found, expected = build_operator("fourier", Grid(f, t, d))(x), theirs(x.flatten(1, 2))[0].reshape(x.shape)
    assert agree(found, expected)
    assert gradients_agree(found, expected, [x])
