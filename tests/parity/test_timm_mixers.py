"""gMLP, ResMLP, PoolFormer and ConvMixer: their blocks made of the kit's operators are timm's, outputs and gradients."""

import pytest
import torch
from timm.models.convmixer import ConvMixer
from timm.models.metaformer import Pooling
from timm.models.mlp_mixer import ResBlock, SpatialGatingBlock
from torch import nn

from mixerkit import Grid, build_block, build_operator
from tests.operators.agree import agree, close

SHAPES = [(2, 3, 8), (3, 5, 12), (1, 7, 4), (5, 1, 6), (1, 1, 4)]
GMLP = {"norm": "0.norm", "mlp_channels": "0.operator"}
RESMLP = {
    "norm1": "0.norm",
    "linear_tokens": "0.operator.linear",
    "ls1": "0.layer_scale.gamma",
    "norm2": "1.norm",
    "mlp_channels": "1.operator.mlp",
    "ls2": "1.layer_scale.gamma",
}
CONVMIXER = {
    "0.fn.0": "0.operator.0.conv",
    "0.fn.2": "0.operator.2.norm",
    "1": "1.operator.0",
    "3": "1.operator.2.norm",
}


def paired(theirs, ours, names):
    """Their weights, drawn at random, put into ours by name; both lists of parameters, in the same order."""
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.5)
    own = dict(ours.named_parameters())
    pairs = []
    for name, parameter in theirs.named_parameters():
        prefix = max((old for old in names if name == old or name.startswith(f"{old}.")), key=len)
        target = own.pop(names[prefix] + name[len(prefix) :])
        target.data.copy_(parameter.data.reshape(target.shape))
        pairs.append((target, parameter))
    assert not own
    return pairs


def same(found, expected, x, pairs):
    """Outputs, gradients for x, and gradients of ours for our parameters against theirs for theirs."""
    upstream = torch.randn_like(expected)
    ours = torch.autograd.grad(found, [x, *(own for own, _ in pairs)], upstream)
    theirs = torch.autograd.grad(expected, [x, *(other for _, other in pairs)], upstream)
    for own, other in zip([found, *ours], [expected, *theirs], strict=True):
        close(own, other.reshape(own.shape))


def tokens(f, t, d):
    return torch.randn(2, f, t, d, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize(("f", "t", "d"), SHAPES)
def test_spatial_gating_is_timms_block(f, t, d):
    theirs = SpatialGatingBlock(d, f * t, mlp_ratio=6).double()
    theirs.mlp_channels.gate.norm.eps = 1e-6  # timm leaves this one norm at torch's 1e-5
    ours = build_block({"operators": ["spatial-gating"]}, Grid(f, t, d)).double()
    pairs, x = paired(theirs, ours, GMLP), tokens(f, t, d)
    same(ours(x).flatten(1, 2), theirs(x.flatten(1, 2)), x, pairs)


@pytest.mark.parametrize(("f", "t", "d"), SHAPES)
def test_cross_patch_then_channel_is_timms_block(f, t, d):
    theirs = ResBlock(d, f * t).double()
    slot = {"norm": "affine", "layer_scale": 0.1}
    ours = build_block({"slot": slot, "operators": ["cross-patch", "channel"]}, Grid(f, t, d)).double()
    pairs, x = paired(theirs, ours, RESMLP), tokens(f, t, d)
    same(ours(x).flatten(1, 2), theirs(x.flatten(1, 2)), x, pairs)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize(("f", "t", "d"), SHAPES)
def test_pool_is_timms_pooling(f, t, d, kernel):
    x = tokens(f, t, d)
    ours, theirs = build_operator({"kind": "pool", "kernel": kernel}, Grid(f, t, d)), Pooling(kernel)
    agree(ours(x), theirs(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1), x)


@pytest.mark.parametrize(("f", "t", "d"), SHAPES)
def test_depthwise_with_its_chain_is_timms_conv_mixer(f, t, d):
    (theirs,) = ConvMixer(dim=d, depth=1, kernel_size=5, patch_size=1).blocks.double().eval()
    for norm in (theirs[0].fn[2], theirs[3]):
        norm.eps = 1e-6  # torch's own is 1e-5
    rest = ["activation", {"kind": "norm", "norm": "batch"}]
    first = {"kind": "chain", "operators": [{"kind": "depthwise", "kernel": 5}, *rest]}
    second = {"kind": "chain", "operators": ["pointwise", *rest]}
    slots = [{"operator": first, "norm": "none"}, {"operator": second, "norm": "none", "residual": False}]
    ours = build_block({"operators": slots}, Grid(f, t, d)).double().eval()
    pairs, x = paired(theirs, ours, CONVMIXER), tokens(f, t, d)
    same(ours(x), theirs(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1), x, pairs)
