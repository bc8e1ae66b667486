"""The small parts: activations, norms, scales, stochastic depth, float32 under autocast."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from timm.layers import DropPath as TimmDropPath

from mixerkit.layers import AconC, Affine, DropPath, Mlp, Norm, Scale, activation, hfft, irfft, real_fft_flops


def acon(p1, p2, beta):
    module = AconC(1).double()
    for parameter, value in zip((module.p1, module.p2, module.beta), (p1, p2, beta), strict=True):
        torch.nn.init.constant_(parameter, value)
    return module


X = torch.linspace(-4, 4, 33, dtype=torch.float64)[:, None]


def test_acon_c_holds_its_kin():
    torch.testing.assert_close(acon(1, 0, 1)(X), torch.nn.functional.silu(X))
    torch.testing.assert_close(acon(1.5, 0.5, 0)(X), X)
    torch.testing.assert_close(acon(1.5, -0.5, 1e6)(X), torch.maximum(1.5 * X, -0.5 * X))
    torch.testing.assert_close(acon(0.3, 1.2, 2)(X), acon(1.2, 0.3, 2)(X))
    torch.testing.assert_close(acon(0.7, 0.7, 5)(X), 0.7 * X)


def test_acon_c_starts_as_its_name_says():
    swish, paper = activation("acon-c-swish", 64), activation("acon-c", 64)
    assert swish.p1.eq(1).all()
    assert swish.p2.eq(0).all()
    assert paper.p1.std() > 0.5
    assert paper.p2.std() > 0.5
    assert paper.beta.eq(1).all()


@pytest.mark.parametrize(
    ("name", "least", "at"), [("gelu", -0.1700, -0.752), ("mish", -0.3088, -1.192), ("silu", -0.2785, -1.278)]
)
def test_activations_have_their_minimum_where_they_should(name, least, at):
    x = torch.linspace(-3, 0, 30001, dtype=torch.float64)
    y = activation(name, 1)(x)
    assert y.min() == pytest.approx(least, abs=1e-4)
    assert x[y.argmin()] == pytest.approx(at, abs=1e-3)


def test_the_tanh_gelu_is_near_the_exact_one():
    x = torch.linspace(-6, 6, 10001, dtype=torch.float64)
    gap = (activation("gelu", 1)(x) - activation("gelu-tanh", 1)(x)).abs().max()
    assert 1e-4 < gap < 4.8e-4


@given(rate=st.sampled_from([0.1, 0.5, 0.9]), seed=st.integers(0, 99))
def test_drop_path_keeps_or_drops_whole_clips_and_the_mean(rate, seed):
    torch.manual_seed(seed)
    x = torch.ones(4000, 2, 3, dtype=torch.float64)
    y = DropPath(rate).train()(x)
    assert set(y.flatten(1).std(dim=1, correction=0).tolist()) == {0.0}
    assert y.mean().item() == pytest.approx(1.0, abs=0.25)
    assert torch.equal(DropPath(rate).eval()(x), x)


def test_drop_path_is_timms_in_law():
    torch.manual_seed(0)
    x = torch.ones(20000, 1)
    ours, theirs = DropPath(0.3).train()(x), TimmDropPath(0.3).train()(x)
    assert ours.unique().tolist() == pytest.approx(theirs.unique().tolist())
    assert ours.mean().item() == pytest.approx(theirs.mean().item(), abs=0.03)


@pytest.mark.parametrize("name", ["none", "layer", "group", "batch", "rms", "affine"])
def test_norms_keep_the_grid(name):
    x = torch.randn(3, 2, 4, 6)
    assert Norm(kind=name).build(6)(x).shape == x.shape


@pytest.mark.parametrize("settings", [{}, {"eps": 1e-5}], ids=repr)
def test_the_eps_of_a_norm_is_timms_or_the_recipes(settings):
    eps = settings.get("eps", 1e-6)
    layer, rms, group, batch = (Norm(kind=kind, **settings).build(4) for kind in ("layer", "rms", "group", "batch"))
    assert layer.eps == rms.eps == group.norm.eps == batch.norm.eps == eps


def test_a_norm_is_written_as_its_name_unless_its_eps_says_more():
    assert Norm.model_validate("group") == Norm(kind="group")
    assert Norm(kind="group").model_dump() == str(Norm(kind="group")) == "group"
    assert Norm.model_validate({"kind": "layer", "eps": 1e-5}).model_dump() == {"kind": "layer", "eps": 1e-5}


def test_scales_and_affine_are_per_channel():
    x = torch.randn(2, 3, 4, 5)
    assert torch.equal(Scale(5, 0.5)(x), 0.5 * x)
    assert torch.equal(Affine(5)(x), x)
    assert Scale(5, 0.5).gamma.shape == (5,)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_in_float32_takes_any_type_and_gives_it_back(dtype):
    x = torch.randn(3, 12)
    y = irfft(hfft(x.to(dtype), 22, -1, "ortho")[:, :12], 22, -1, "ortho")[:, :12]
    assert y.dtype == dtype
    assert (y.float() - x).abs().max() < {torch.bfloat16: 0.06, torch.float16: 8e-3}.get(dtype, 1e-5)


def test_under_autocast_the_transform_stays_in_float32():
    x = torch.randn(3, 12)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = hfft(x, 12, -1, "ortho")
    assert torch.equal(y, hfft(x, 12, -1, "ortho"))


def test_counts():
    assert sum(p.numel() for p in Mlp(5, 7).parameters()) == 2 * 5 * 7 + 7 + 5
    assert real_fft_flops(8) == 60
    assert real_fft_flops(1) == 0
