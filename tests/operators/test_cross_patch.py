"""Cross-patch: every token is a weighted sum of all tokens."""

import torch

from mixerkit import Grid, build_operator
from tests.operators.agree import built


def test_the_identity_matrix_changes_nothing():
    module, x = built("cross-patch", Grid(3, 5, 4))
    torch.nn.init.eye_(module.linear.weight)
    torch.nn.init.zeros_(module.linear.bias)
    assert torch.equal(module(x), x)


def test_it_takes_extra_tokens():
    x = torch.randn(1, 1, 8, 4)
    assert build_operator("cross-patch", Grid(1, 8, 4, extra=2))(x).shape == x.shape
