"""[token, channel] is timm's MixerBlock, and mlp_mixer its MLP-Mixer: outputs, gradients, parameter count."""

import pytest
import timm
import torch
from timm.models.mlp_mixer import MixerBlock as TimmBlock

from mixerkit import InputShape, Recipe
from mixerkit.model import MixerModel, ModelSpec
from tests.parity.blocks import SHAPES, block_is

NAMES = {
    "norm1": "0.norm",
    "mlp_tokens": "0.operator.mlp",
    "norm2": "1.norm",
    "mlp_channels": "1.operator.mlp",
}


@pytest.mark.parametrize("grid", SHAPES, ids=str)
def test_token_then_channel_is_timms_block(grid):
    theirs = TimmBlock(grid.dim, grid.tokens, mlp_ratio=(0.5, 4.0))
    block_is({"operators": ["token", "channel"]}, theirs, NAMES, grid)


def test_mlp_mixer_at_b16_has_timms_parameters(recipes):
    block = Recipe.load(recipes / "mlp_mixer.yaml").model.block
    settings = {"dim": 768, "depth": 12, "patches": {"size": 16, "stride": 16}}
    spec = ModelSpec.model_validate({**settings, "block": block.model_dump()})
    with torch.device("meta"):
        ours = MixerModel(spec, InputShape(channels=3, mels=224, frames=224), classes=1000)
        theirs = timm.create_model("mixer_b16_224")
    assert _count(ours) == _count(theirs) == 59_880_472


def test_a_whole_mixer_is_timms(recipes):
    theirs = timm.models.mlp_mixer.MlpMixer(num_classes=5, img_size=32, in_chans=2, patch_size=8, num_blocks=3, embed_dim=16)
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    block = {"operators": ["token", "channel"]}
    spec = ModelSpec.model_validate({"dim": 16, "depth": 3, "patches": {"size": 8, "stride": 8}, "block": block})
    ours = MixerModel(spec, InputShape(channels=2, mels=32, frames=32), classes=5)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        own.data.copy_(other.data)
    x = torch.randn(2, 2, 32, 32, dtype=torch.float64)
    torch.testing.assert_close(ours.double()(x), theirs.double().eval()(x), rtol=1e-12, atol=1e-12)


def _count(model):
    return sum(parameter.numel() for parameter in model.parameters())
