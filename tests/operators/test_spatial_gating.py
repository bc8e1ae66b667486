"""Spatial gating: what it starts as, and what it cannot be."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, InputShape, build_operator
from mixerkit.errors import RecipeError
from mixerkit.model import MixerModel, ModelSpec
from mixerkit.operators.spatial_gating import SpatialGatingSpec
from tests.operators.agree import agrees_with_references, built, close, grids


@given(grid=grids(), seed=st.integers(0, 99))
def test_agrees_with_its_references_on_any_grid(grid, seed):
    agrees_with_references(SpatialGatingSpec(hidden_ratio=4.0), grid, seed)


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
    gates = [m for name, m in MixerModel(spec, InputShape(mels=8, frames=12), classes=2).named_modules() if name.endswith("gate")]
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
