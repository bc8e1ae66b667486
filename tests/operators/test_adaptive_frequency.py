"""Adaptive frequency filter: what its mask lets through."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.adaptive_frequency import AdaptiveFrequency, AdaptiveFrequencySpec
from mixerkit.training import AdamWSpec
from tests.operators.agree import agrees_with_references, built, close

SIZES = {"f": st.integers(1, 5), "t": st.integers(1, 7), "blocks": st.integers(1, 3), "width": st.integers(1, 3)}


@given(**SIZES, threshold=st.sampled_from([0.0, 0.01, 0.3]), seed=st.integers(0, 99))
def test_agrees_with_its_references_on_any_grid(f, t, blocks, width, threshold, seed):
    agrees_with_references(AdaptiveFrequencySpec(blocks=blocks, threshold=threshold), Grid(f, t, blocks * width), seed)


def test_a_mask_of_ones_changes_nothing_and_a_large_threshold_leaves_nothing():
    module, x = AdaptiveFrequency(6, 2, threshold=0.25).double(), torch.randn(2, 3, 5, 6, dtype=torch.float64)
    with torch.no_grad():
        module.fc2.weight.zero_()
        module.fc2.bias.copy_(torch.tensor([1.25, 0.0]))
    close(module(x), x)
    deaf, x = built("adaptive-frequency", Grid(3, 5, 6), blocks=2, threshold=1e6)
    assert not deaf(x).any()


def test_blocks_do_not_see_one_another():
    module, x = built("adaptive-frequency", Grid(3, 4, 6), blocks=2)
    module(x)[..., :3].pow(2).sum().backward()
    assert x.grad[..., :3].all()
    assert not x.grad[..., 3:].any()


def test_biases_are_spared_from_weight_decay_and_weights_are_not():
    module = AdaptiveFrequency(16)
    decays = {p: g["weight_decay"] for g in AdamWSpec(weight_decay=0.3).build(module).param_groups for p in g["params"]}
    assert {name: decays[parameter] for name, parameter in module.named_parameters()} == {
        "fc1.weight": 0.3,
        "fc1.bias": 0.0,
        "fc2.weight": 0.3,
        "fc2.bias": 0.0,
    }


def test_its_parameters_are_real_and_start_small():
    module = AdaptiveFrequency(96)
    assert sum(p.numel() for p in module.parameters()) == 4 * 96**2 // 8 + 4 * 96
    for parameter in module.parameters():
        assert parameter.dtype == torch.float32
        assert parameter.std().item() == pytest.approx(0.02, rel=0.2)


@pytest.mark.parametrize(("grid", "word"), [(Grid(4, 4, 12), "divisor of D = 12"), (Grid(1, 602, 96, extra=2), "extra tokens")])
def test_what_it_cannot_take_is_named(grid, word):
    with pytest.raises(RecipeError, match=word):
        build_operator("adaptive-frequency", grid)
