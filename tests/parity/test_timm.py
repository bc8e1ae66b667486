"""[token, channel] is timm's MixerBlock, and mlp_mixer its MLP-Mixer: outputs, gradients, parameter count."""

import pytest
import timm
import torch
from timm.models.mlp_mixer import MixerBlock as TimmBlock

from mixerkit import Grid, Picture, Recipe, build_block
from mixerkit.model import MixerModel, ModelSpec

NAMES = {
    "norm1": "0.norm",
    "mlp_tokens": "0.operator.mlp",
    "norm2": "1.norm",
    "mlp_channels": "1.operator.mlp",
}


@pytest.mark.parametrize(("f", "t", "d"), [(2, 3, 8), (3, 5, 12), (1, 7, 4)])
def test_token_then_channel_is_timms_block(f, t, d):
    theirs = TimmBlock(d, f * t, mlp_ratio=(0.5, 4.0)).double()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    ours = build_block({"operators": ["token", "channel"]}, Grid(f, t, d)).double()
    ours.load_state_dict({_ours(name): tensor for name, tensor in theirs.state_dict().items()})
    x = torch.randn(2, f * t, d, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn_like(x)
    expected = theirs(x)
    found = ours(x.reshape(2, f, t, d)).reshape(x.shape)
    assert (found - expected).abs().max() <= 1e-12 * expected.abs().max()
    theirs_by_name = {_ours(name): parameter for name, parameter in theirs.named_parameters()}
    ours_by_name = dict(ours.named_parameters())
    assert set(ours_by_name) == set(theirs_by_name)
    grads_theirs = torch.autograd.grad(expected, [x, *theirs_by_name.values()], upstream)
    grads_ours = torch.autograd.grad(found, [x, *(ours_by_name[name] for name in theirs_by_name)], upstream)
    for a, b in zip(grads_ours, grads_theirs, strict=True):
        assert (a - b).abs().max() <= 1e-12 * max(1.0, b.abs().max())


def _ours(name):
    part, rest = name.split(".", 1)
    return f"{NAMES[part]}.{rest}"


def test_mlp_mixer_at_b16_has_timms_parameters(recipes):
    block = Recipe.load(recipes / "mlp_mixer.yaml").model.block
    settings = {"dim": 768, "depth": 12, "patches": {"size": 16, "stride": 16}}
    spec = ModelSpec.model_validate({**settings, "block": block.model_dump()})
    with torch.device("meta"):
        ours = MixerModel(spec, Picture(224, 224, 3), classes=1000)
        theirs = timm.create_model("mixer_b16_224")
    assert _count(ours) == _count(theirs) == 59_880_472


def test_a_whole_mixer_is_timms(recipes):
    theirs = timm.models.mlp_mixer.MlpMixer(num_classes=5, img_size=32, in_chans=2, patch_size=8, num_blocks=3, embed_dim=16)
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    block = {"operators": ["token", "channel"]}
    spec = ModelSpec.model_validate({"dim": 16, "depth": 3, "patches": {"size": 8, "stride": 8}, "block": block})
    ours = MixerModel(spec, Picture(32, 32, 2), classes=5)
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        own.data.copy_(other.data)
    x = torch.randn(2, 2, 32, 32, dtype=torch.float64)
    torch.testing.assert_close(ours.double()(x), theirs.double().eval()(x), rtol=1e-12, atol=1e-12)


def _count(model):
    return sum(parameter.numel() for parameter in model.parameters())
