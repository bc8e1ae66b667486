"""Optimizers: timm's by their names, what they decay, the betas that each takes."""

import pytest
import timm.optim
import torch
from pydantic import ValidationError
from torch import nn

from mixerkit import Recipe, build_model
from mixerkit.training import OPTIMIZERS, AdamWSpec

KINDS = OPTIMIZERS.kinds()


def model():
    return nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2))


def decays(spec, net):
    """The weight decay of every parameter, by its id."""
    return {id(p): group["weight_decay"] for group in spec.build(net).param_groups for p in group["params"]}


@pytest.mark.parametrize("kind", KINDS)
def test_every_optimizer_is_timms_and_spares_vectors_from_decay(kind):
    assert kind in timm.optim.list_optimizers()
    net, spec = model(), KINDS[kind](lr=1e-3, weight_decay=0.1)
    decay = decays(spec, net)
    assert all((decay[id(p)] == 0.0) == (p.ndim < 2) for p in net.parameters())
    optimizer = spec.build(net)
    net(torch.randn(2, 3)).sum().backward()
    before = net[0].weight.clone()
    optimizer.step()
    assert not torch.equal(before, net[0].weight)


@pytest.mark.parametrize("kind", KINDS)
def test_an_optimizer_is_the_same_as_timms_own_of_the_whole_model(kind):
    net = model()
    built, timms = KINDS[kind](lr=2e-3).build(net), timm.optim.create_optimizer_v2(net, opt=kind, lr=2e-3, weight_decay=0.05)
    assert type(built) is type(timms)
    for mine, other in zip(built.param_groups, timms.param_groups, strict=True):
        assert [id(p) for p in mine.pop("params")] == [id(p) for p in other.pop("params")]
        assert mine == other


@pytest.mark.parametrize("kind", KINDS)
def test_betas_reach_the_optimizer_and_no_other_number_of_them(kind):
    spec, betas = KINDS[kind], (0.95, 0.98, 0.97)[: {"adan": 3, "sgd": 0, "momentum": 0, "rmsprop": 0}.get(kind, 2)]
    if betas:
        assert tuple(spec(betas=betas).build(model()).param_groups[0]["betas"]) == betas
    for wrong in [(0.9, *betas), betas[1:] or (0.9,), (1.0, *betas[1:])]:
        with pytest.raises(ValidationError, match="betas"):
            spec(betas=wrong)


def test_positions_and_extra_tokens_are_not_decayed(recipes):
    asm = build_model(Recipe.load(recipes / "asm.yaml"), 10)
    decay = decays(AdamWSpec(), asm)
    assert decay[id(asm.position)] == decay[id(asm.extra_tokens)] == 0.0
    assert decay[id(asm.patches.projection.weight)] == 0.05


def test_nothing_but_matrices_is_decayed(tiny):
    """Acon-C's three, norms, biases and the scales of sublayers are told by their modules, not by their shapes."""
    sublayer = "model.block.sublayer={norm: layer, layer_scale: 0.1, skip_scale: 1.0}"
    mlp = "{kind: token, activation: acon-c}, {kind: channel, activation: acon-c}"
    built = build_model(Recipe.load(tiny, set=[sublayer, f"model.block.operators=[{mlp}]"]), 10)
    decay = decays(AdamWSpec(), built)
    spared = {"AconC": 0, "LayerNorm": 0, "Scale": 0}
    for module in built.modules():
        name, own = type(module).__name__, list(module.parameters(recurse=False))
        if name in spared:
            spared[name] += 1
            assert own
            assert {decay[id(p)] for p in own} == {0.0}, name
        elif isinstance(module, nn.Linear):
            assert decay[id(module.weight)] == 0.05
            assert module.bias is None or decay[id(module.bias)] == 0.0
    assert spared == {"AconC": 4, "LayerNorm": 5, "Scale": 8}
