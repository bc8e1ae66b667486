"""Adaptive frequency filter: against real arithmetic without any FFT, and against numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, Site, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.adaptive_frequency import AdaptiveFrequency, AdaptiveFrequencySpec
from mixerkit.recipe import OptimizerSpec
from mixerkit.runner.optimise import build_optimizer
from tests.operators.literal import agree, gradients_agree, irfft2, rfft2

SIZES = {"f": st.integers(1, 5), "t": st.integers(1, 7), "blocks": st.integers(1, 3), "width": st.integers(1, 3)}


def built(f, t, d, **settings):
    module = build_operator({"kind": "adaptive-frequency", **settings}, Grid(f, t, d)).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module


def block_by_block(layer, real, imag):
    """(real, imaginary) of the complex layer, one block of channels after another, in real arithmetic."""
    width = layer.weight.shape[1]
    reals, imags = [], []
    for k, block in enumerate(layer.weight):
        channels = slice(k * width, (k + 1) * width)
        (wr, wi), (br, bi) = block.unbind(-1), layer.bias[channels].unbind(-1)
        a, b = real[..., channels], imag[..., channels]
        reals.append(a @ wr - b @ wi + br)
        imags.append(a @ wi + b @ wr + bi)
    return torch.cat(reals, -1), torch.cat(imags, -1)


def shrink(v, threshold):
    return torch.sign(v) * torch.clamp(v.abs() - threshold, min=0.0)


def in_real_arithmetic(module, x, threshold):
    real, imag = rfft2(x)
    a, b = (part.clamp(min=0.0) for part in block_by_block(module.fc1, real, imag))
    c, d = (shrink(part, threshold) for part in block_by_block(module.fc2, a, b))
    return irfft2(c * real - d * imag, c * imag + d * real, x.shape[2])


@given(**SIZES, threshold=st.sampled_from([0.0, 0.01, 0.3]))
def test_outputs_and_gradients_are_those_of_real_arithmetic(f, t, blocks, width, threshold):
    module = built(f, t, blocks * width, blocks=blocks, threshold=threshold)
    x = torch.randn(2, f, t, blocks * width, dtype=torch.float64, requires_grad=True)
    found, expected = module(x), in_real_arithmetic(module, x, threshold)
    assert agree(found, expected)
    assert gradients_agree(found, expected, [x, *module.parameters()])


@given(**SIZES)
def test_is_numpys(f, t, blocks, width):
    module = built(f, t, blocks * width, blocks=blocks)
    x = torch.randn(2, f, t, blocks * width, dtype=torch.float64)
    spectrum = np.fft.rfft2(x.numpy(), axes=(1, 2), norm="ortho")

    def layer(part, z):
        weight, bias = (torch.view_as_complex(p.detach()).numpy() for p in (part.weight, part.bias))
        whole = np.zeros((z.shape[-1],) * 2, dtype=complex)
        for k, block in enumerate(weight):
            whole[k * width : (k + 1) * width, k * width : (k + 1) * width] = block
        return z @ whole + bias

    hidden = layer(module.fc1, spectrum)
    mask = layer(module.fc2, np.maximum(hidden.real, 0) + 1j * np.maximum(hidden.imag, 0))
    small = [np.sign(v) * np.maximum(np.abs(v) - 0.01, 0) for v in (mask.real, mask.imag)]
    product = (small[0] + 1j * small[1]) * spectrum
    assert agree(module(x), torch.from_numpy(np.fft.irfft2(product, s=(f, t), axes=(1, 2), norm="ortho")))


def test_a_mask_of_ones_changes_nothing_and_a_large_threshold_leaves_nothing():
    module, x = AdaptiveFrequency(6, 2, threshold=0.25).double(), torch.randn(2, 3, 5, 6, dtype=torch.float64)
    with torch.no_grad():
        module.fc2.weight.zero_()
        module.fc2.bias.copy_(torch.tensor([1.25, 0.0]))
    assert agree(module(x), x)
    assert not built(3, 5, 6, blocks=2, threshold=1e6)(x).any()


def test_blocks_do_not_see_one_another():
    module, x = built(3, 4, 6, blocks=2), torch.randn(1, 3, 4, 6, dtype=torch.float64, requires_grad=True)
    module(x)[..., :3].pow(2).sum().backward()
    assert x.grad[..., :3].all()
    assert not x.grad[..., 3:].any()


def test_biases_are_spared_from_weight_decay_and_weights_are_not():
    module = AdaptiveFrequency(16)
    decays = {
        p: g["weight_decay"] for g in build_optimizer(module, OptimizerSpec(weight_decay=0.3)).param_groups for p in g["params"]
    }
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


def test_flops_of_transforms_layers_and_products():
    """4 x 8, D = 4 in 2 blocks: per channel and transform 440 (see the global filter); at 20 frequencies, 16 complex
    multiply-adds of 8 and 4 products of 6."""
    assert AdaptiveFrequencySpec(blocks=2).flops(Grid(4, 8, 4), Site(0, 1)) == 4 * 2 * 440 + 20 * (2 * 2 * 4 * 8 + 4 * 6)


@pytest.mark.parametrize(("grid", "word"), [(Grid(4, 4, 12), "divisor of D = 12"), (Grid(1, 602, 96, extra=2), "extra tokens")])
def test_what_it_cannot_take_is_named(grid, word):
    with pytest.raises(RecipeError, match=word):
        build_operator("adaptive-frequency", grid)
