"""gMLP, ResMLP and ConvMixer: their blocks made of the kit's operators are timm's, outputs and gradients."""

import pytest
from timm.models.convmixer import ConvMixer
from timm.models.mlp_mixer import ResBlock, SpatialGatingBlock

from tests.parity.blocks import SHAPES, block_is

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


@pytest.mark.parametrize("grid", SHAPES, ids=str)
def test_spatial_gating_is_timms_block(grid):
    theirs = SpatialGatingBlock(grid.dim, grid.tokens, mlp_ratio=6)
    theirs.mlp_channels.gate.norm.eps = 1e-6  # timm leaves this one norm at torch's 1e-5
    block_is({"operators": ["spatial-gating"]}, theirs, GMLP, grid)


@pytest.mark.parametrize("grid", SHAPES, ids=str)
def test_cross_patch_then_channel_is_timms_block(grid):
    sublayer = {"norm": "affine", "layer_scale": 0.1}
    settings = {"sublayer": sublayer, "operators": ["cross-patch", "channel"]}
    block_is(settings, ResBlock(grid.dim, grid.tokens), RESMLP, grid)


@pytest.mark.parametrize("grid", SHAPES, ids=str)
def test_depthwise_with_its_chain_is_timms_conv_mixer(grid):
    (theirs,) = ConvMixer(dim=grid.dim, depth=1, kernel_size=5, patch_size=1).blocks
    for norm in (theirs[0].fn[2], theirs[3]):
        norm.eps = 1e-6  # torch's own is 1e-5
    rest = ["activation", {"kind": "norm", "norm": "batch"}]
    first = {"kind": "chain", "operators": [{"kind": "depthwise", "kernel": 5}, *rest]}
    second = {"kind": "chain", "operators": ["pointwise", *rest]}
    sublayers = [{"operator": first, "norm": "none"}, {"operator": second, "norm": "none", "residual": False}]
    block_is({"operators": sublayers}, theirs, CONVMIXER, grid, spectrogram=True)
