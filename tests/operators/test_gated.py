"""Gated: a softmax over the branches, channel by channel, equal at the start."""

import math

import pytest
import torch

from mixerkit import Grid, Law, build_operator
from mixerkit.operators.gated import GatedSpec
from mixerkit.operators.identity import IdentitySpec
from mixerkit.operators.roll import RollSpec
from mixerkit.operators.token import TokenSpec
from tests.operators.agree import agree, built


def test_it_starts_as_the_mean():
    module = build_operator({"kind": "gated", "operators": ["channel", "identity", "identity"]}, Grid(2, 3, 8))
    x = torch.randn(2, 2, 3, 8)
    torch.testing.assert_close(module(x), (module.branches[0](x) + 2 * x) / 3)


def test_two_branches_are_a_sigmoid_gate():
    module, x = built("gated", Grid(2, 3, 4), operators=["channel", "identity"])
    gate = 1 / (1 + torch.exp(module.scores[1] - module.scores[0]))
    agree(module(x), gate * module.branches[0](x) + (1 - gate) * x, x, *module.parameters())


def test_a_channel_can_close_a_branch():
    module = build_operator({"kind": "gated", "operators": ["identity", "random"]}, Grid(2, 3, 4))
    with torch.no_grad():
        module.scores[1] = -math.inf
        module.scores[1, 2] = 0.0
    x = torch.randn(1, 2, 3, 4)
    y = module(x)
    assert torch.equal(y[..., [0, 1, 3]], x[..., [0, 1, 3]])
    assert not torch.allclose(y[..., 2], x[..., 2])


@pytest.mark.parametrize("law", [Law.PERMUTATION, Law.PARAMETER_FREE, Law.CHANNEL_EQUIVARIANT])
def test_the_gate_breaks_what_its_branches_keep(law):
    gated = GatedSpec(operators=(IdentitySpec(), RollSpec(axes="grid")))
    assert law not in gated.laws()
    assert law not in GatedSpec(operators=(IdentitySpec(), TokenSpec())).laws()
    assert {Law.LINEAR, Law.CHANNEL_WISE, Law.TIME_ROLL_EQUIVARIANT, Law.CONSTANT_PRESERVING} <= gated.laws()
