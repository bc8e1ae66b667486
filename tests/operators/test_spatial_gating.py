"""Spatial gating: against the paper's equations; what it starts as."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, Picture, build_operator
from mixerkit.errors import RecipeError
from mixerkit.model import MixerModel, ModelSpec
from tests.operators.agree import ODD, agree, built, close, grids


def literal(x, module):
    """Token by token: the gate of a token is a weighted sum of all normed tokens, one weight per pair, and a bias."""
    outs = []
    for clip in x.flatten(1, 2):
        hidden = [torch.nn.functional.gelu(module.fc1.weight @ token + module.fc1.bias) for token in clip]
        half = len(hidden[0]) // 2
        normed = []
        for v in (h[half:] for h in hidden):
            centred = v - v.sum() / half
            scaled = centred / torch.sqrt((centred**2).sum() / half + 1e-6)
            normed.append(scaled * module.gate.norm.weight + module.gate.norm.bias)
        for n, h in enumerate(hidden):
            gate = sum(module.gate.proj.weight[n, m] * v for m, v in enumerate(normed)) + module.gate.proj.bias[n]
            outs.append(module.fc2.weight @ (h[:half] * gate) + module.fc2.bias)
    return torch.stack(outs).reshape(x.shape)


@pytest.mark.parametrize("grid", ODD, ids=str)
def test_agrees_with_the_equations(grid):
    module, x = built("spatial-gating", grid)
    agree(module(x), literal(x, module), x, *module.parameters())


@given(grid=grids(), seed=st.integers(0, 99))
def test_agrees_with_the_equations_on_any_grid(grid, seed):
    module, x = built("spatial-gating", grid, seed, hidden_ratio=2.0)
    agree(module(x), literal(x, module), x, *module.parameters())


def test_it_starts_as_an_mlp_inside_each_token():
    module = build_operator("spatial-gating", Grid(2, 3, 8)).double()
    x = torch.randn(1, 2, 3, 8, dtype=torch.float64)
    u = torch.nn.functional.gelu(module.fc1(x))[..., :24]
    gap = (module(x) - module.fc2(u)).abs().max()
    assert 0 < gap < 1e-4


@pytest.mark.parametrize("linear", ["trunc-normal", "xavier-uniform", "lecun-normal", "torch"])
def test_the_recipes_init_leaves_its_start_alone(linear):
    settings = {"dim": 8, "depth": 2, "patches": {"size": 4, "stride": 4}, "init": {"linear": linear}}
    spec = ModelSpec.model_validate({**settings, "block": {"operators": ["spatial-gating"]}})
    gates = [m for name, m in MixerModel(spec, Picture(8, 12), classes=2).named_modules() if name.endswith("gate")]
    assert len(gates) == 2
    for gate in gates:
        assert 0 < gate.proj.weight.abs().max() < 1e-5
        assert gate.proj.bias.eq(1).all()


def test_a_gate_of_the_token_itself_keeps_tokens_apart():
    module, x = built("spatial-gating", Grid(2, 3, 8))
    torch.nn.init.eye_(module.gate.proj.weight)
    torch.nn.init.zeros_(module.gate.proj.bias)
    y = module.act(module.fc1(x))
    close(module(x), module.fc2(y[..., :24] * module.gate.norm(y[..., 24:])))


def test_it_takes_extra_tokens():
    x = torch.randn(1, 1, 8, 4)
    assert build_operator("spatial-gating", Grid(1, 8, 4, extra=2))(x).shape == x.shape


@pytest.mark.parametrize(("dim", "ratio", "hidden"), [(6, 1.5, 9), (4, 0.5, 2), (2, 0.25, 1)])
def test_halves_that_are_none_are_named(dim, ratio, hidden):
    with pytest.raises(RecipeError, match=f"{hidden} hidden channels"):
        build_operator({"kind": "spatial-gating", "hidden_ratio": ratio}, Grid(4, 4, dim))
