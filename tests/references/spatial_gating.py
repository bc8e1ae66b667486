"""Spatial gating: timm's gated MLP, and the paper's equations."""

import torch
from timm.models.mlp_mixer import SpatialGatingBlock
from torch import Tensor, nn

from mixerkit.testing import Case
from tests.references.activations import bend
from tests.references.base import Reference, lend, tokens, weights_of
from tests.references.mlps import hidden_width, timm_activation
from tests.references.norms import by_hand


def timm_gating(case: Case) -> nn.Module:
    """timm's block, with our eps in the gate's norm: timm leaves this one norm at torch's 1e-5."""
    dim, hidden = case.grid.dim, hidden_width(case)
    ratio = (hidden + 0.5) / dim  # timm cuts ratio * dim down to a whole number, and rounding must not take one more
    theirs = SpatialGatingBlock(dim, case.grid.tokens, mlp_ratio=ratio, act_layer=timm_activation(case.spec.activation, hidden))
    theirs.mlp_channels.gate.norm.eps = case.spec.norm.eps
    return theirs


def by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return lend(weights_of(module), timm_gating(case).mlp_channels, x.flatten(1, 2)).reshape(x.shape)


def by_equations(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """The gate of a token is a weighted sum of all normed tokens, one weight per pair, and a bias."""
    inner = torch.einsum("bni,hi->bnh", tokens(x), module.fc1.weight) + module.fc1.bias
    hidden = bend(case.spec.activation, module.act, inner)
    half = hidden.shape[-1] // 2
    normed = by_hand("layer", module.gate.norm, hidden[..., half:], case.spec.norm.eps)
    gate = torch.einsum("nm,bmh->bnh", module.gate.proj.weight, normed) + module.gate.proj.bias[:, None]
    y = torch.einsum("bnh,oh->bno", hidden[..., :half] * gate, module.fc2.weight) + module.fc2.bias
    return y.reshape(x.shape)


SPATIAL_GATING = (
    Reference("timm SpatialGatingBlock.mlp_channels", by_timm),
    Reference("the paper's equations", by_equations),
)
