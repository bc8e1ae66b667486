"""MTS-Mixers' halves are made of timm's MLP: one per interleaved sequence, one narrower than the channels."""

import torch
from timm.layers import Mlp as TimmMlp

from mixerkit import Grid, build_operator
from tests.operators.literal import agree, gradients_agree


def timms(mlp):
    """timm's Mlp with these very parameters."""
    theirs = TimmMlp(mlp.fc1.in_features, mlp.fc1.out_features)
    for name in ("fc1", "fc2"):
        for part in ("weight", "bias"):
            setattr(getattr(theirs, name), part, getattr(getattr(mlp, name), part))
    return theirs


def test_temporal_is_timms_mlp_on_every_sequence():
    ours = build_operator({"kind": "factorised-temporal", "parts": 3}, Grid(3, 5, 4)).double()
    x = torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)
    expected = torch.empty(2, 15, 4, dtype=torch.float64)
    for i, mlp in enumerate(ours.mlps):
        expected[:, i::3] = timms(mlp)(x.flatten(1, 2)[:, i::3].transpose(1, 2)).transpose(1, 2)
    found, expected = ours(x), expected.reshape(x.shape)
    assert agree(found, expected)
    assert gradients_agree(found, expected, [x, *ours.parameters()])


def test_channel_is_timms_mlp():
    ours = build_operator("factorised-channel", Grid(3, 5, 12)).double()
    x = torch.randn(2, 3, 5, 12, dtype=torch.float64, requires_grad=True)
    found, expected = ours(x), timms(ours.mlp)(x)
    assert agree(found, expected)
    assert gradients_agree(found, expected, [x, *ours.parameters()])
