"""Sublayers, blocks, stages, heads: the generic skeleton, and what it refuses."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import BlockIndex, Grid, InputShape, build_block
from mixerkit.errors import RecipeError
from mixerkit.layers import Norm
from mixerkit.model import BlockSpec, MixerModel, ModelSpec
from mixerkit.model.heads import MeanPool
from mixerkit.model.spec import DropPathSpec

GRID = Grid(2, 4, 8)
MIX = {"operators": ["token", "channel"]}
SHAPE = InputShape(mels=32, frames=48)


def model(shape=SHAPE, classes=5, **settings):
    spec = ModelSpec.model_validate({"dim": 8, "patches": {"size": 8, "stride": 8}, **settings})
    assert spec.check(shape) == []
    return MixerModel(spec, shape, classes)


def sublayer(**settings):
    (one,) = build_block({"operators": [{"operator": "channel", **settings}]}, GRID).double()
    return one.eval()


def x():
    return torch.randn(2, 2, 4, 8, dtype=torch.float64)


def test_pre_norm_sublayer():
    s, y = sublayer(layer_scale=0.3, skip_scale=0.5), x()
    torch.testing.assert_close(s(y), 0.5 * y + 0.3 * s.operator(s.norm(y)))


def test_post_norm_sublayer():
    s, y = sublayer(norm_position="post"), x()
    torch.testing.assert_close(s(y), s.norm(y + s.operator(y)))


def test_sublayer_without_residual_or_norm():
    s, y = sublayer(residual=False, norm="none"), x()
    torch.testing.assert_close(s(y), s.operator(y))


def test_a_layer_scale_of_zero_is_an_identity_and_not_an_absence():
    s, y = sublayer(layer_scale=0.0), x()
    assert torch.equal(s(y), y)
    assert s.layer_scale.gamma.requires_grad


def test_sublayer_defaults_hold_for_every_operator_that_does_not_say_otherwise():
    spec = BlockSpec.model_validate(
        {"sublayer": {"norm": "group", "layer_scale": 0.1}, "operators": ["token", {"operator": "channel", "norm": "none"}]}
    )
    assert [s.norm.kind for s in spec.operators] == ["group", "none"]
    assert [s.layer_scale for s in spec.operators] == [0.1, 0.1]


SUBLAYERS = st.fixed_dictionaries(
    {},
    optional={
        "norm": st.sampled_from(["none", "layer", "group"]),
        "norm_position": st.sampled_from(["pre", "post"]),
        "residual": st.booleans(),
        "layer_scale": st.sampled_from([None, 0.1]),
    },
)


@given(defaults=SUBLAYERS, items=st.lists(SUBLAYERS, min_size=1, max_size=3))
def test_a_block_is_written_in_its_shortest_form_and_reads_back(defaults, items):
    spec = BlockSpec.model_validate({"sublayer": defaults, "operators": [{"operator": "token", **item} for item in items]})
    written = spec.model_dump()
    assert BlockSpec.model_validate(written) == spec
    for item, reported in zip(spec.operators, written["operators"], strict=True):
        assert ("operator" in reported) == any(getattr(item, key) != value for key, value in spec.sublayer)


def test_the_block_knows_no_operator_by_name():
    block = build_block({"operators": ["shift", {"kind": "chain", "operators": ["roll", "pointwise"]}, "norm"]}, Grid(2, 4, 16))
    assert block(torch.randn(3, 2, 4, 16)).shape == (3, 2, 4, 16)
    with pytest.raises(RecipeError, match=r"operators\.1"):
        build_block({"operators": ["token", "shift"]}, GRID)


def test_an_item_with_a_kind_is_an_operator_though_it_holds_one():
    along = {"kind": "axial", "axis": "time", "operator": "token"}
    spec = BlockSpec.model_validate({"operators": [along, {"operator": along, "norm": "none"}]})
    assert [item.operator.kind for item in spec.operators] == ["axial", "axial"]
    assert [item.norm.kind for item in spec.operators] == ["layer", "none"]
    bare, sublayerted = spec.model_dump()["operators"]
    assert bare["kind"] == "axial"
    assert sublayerted["operator"] == bare
    assert BlockSpec.model_validate(spec.model_dump()) == spec


@pytest.mark.parametrize(("rule", "rates"), [("linear", [0.0, 0.1, 0.2, 0.3]), ("constant", [0.3] * 4)])
def test_stochastic_depth_over_the_stack(rule, rates):
    spec = DropPathSpec(rate=0.3, rule=rule)
    assert [spec.at(BlockIndex(i, 4)) for i in range(4)] == pytest.approx(rates)
    assert spec.at(BlockIndex(0, 1)) == rates[0]


@given(
    mels=st.integers(8, 40),
    frames=st.integers(8, 60),
    channels=st.integers(1, 3),
    size=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    stride=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
def test_patches_of_any_size_stride_and_channels(mels, frames, channels, size, stride):
    spec = ModelSpec.model_validate(
        {"dim": 4, "depth": 1, "block": {"operators": ["channel"]}, "patches": {"size": size, "stride": stride}}
    )
    shape = InputShape(channels=channels, mels=mels, frames=frames)
    grid = spec.token_grid(shape)
    found = spec.patches.build(shape, 4)(torch.randn(2, channels, mels, frames))
    assert found.shape == (2, grid.freq, grid.time, 4)


def test_tokens_stand_with_time_fastest():
    """Token n = f * T + t looks at row f and column t of the spectrogram."""
    built = model(depth=1, block=MIX)
    shape = torch.zeros(1, 1, 32, 48)
    shape[0, 0, 8:16, 16:24] = 1.0  # patch row 1, column 2
    with torch.no_grad():
        moved = (built.patches(shape) - built.patches(torch.zeros_like(shape))).abs().sum(dim=3)[0]
    assert moved.nonzero().tolist() == [[1, 2]]
    assert moved.flatten().argmax() == 1 * 6 + 2


def test_extra_tokens_flatten_the_grid_and_come_first():
    built = model(depth=1, block=MIX, extra_tokens=["cls", "dist"], position="learned", head="ast")
    seen = {}
    built.stages.register_forward_pre_hook(lambda _, args: seen.update(x=args[0]))
    shape = torch.randn(3, 1, 32, 48)
    assert built(shape).shape == (3, 5)
    assert seen["x"].shape == (3, 1, 4 * 6 + 2, 8)
    expected = built.patches(shape).flatten(1, 2) + built.position[0, 2:]
    torch.testing.assert_close(seen["x"][:, 0, 2:], expected)
    assert built.position.shape == (1, 26, 8)


def test_asts_head_is_two_norms_around_the_mean_of_the_extra_tokens():
    built = model(depth=1, block=MIX, extra_tokens=["cls", "dist"], head="ast")
    y, head = torch.randn(2, 1, 26, 8), built.head
    tokens = head.norm(y)[:, 0, :2].mean(dim=1)
    torch.testing.assert_close(head(y, None), head.linear(head.head_norm(tokens)))
    assert head.head_norm.eps == 1e-5


def test_the_head_does_not_care_about_the_order_of_tokens():
    head, y = MeanPool(8, 3, Norm(), masked=False).double(), x()
    shuffled = y.flatten(1, 2)[:, torch.randperm(8)].reshape(y.shape)
    torch.testing.assert_close(head(shuffled, None), head(y, None))


def test_the_masked_head_is_the_mean_of_the_tokens_that_are_kept():
    head, y = MeanPool(8, 3, Norm(), masked=True).double(), x()
    valid = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1]])
    plain = MeanPool(8, 3, Norm(), masked=False).double()
    plain.load_state_dict(head.state_dict())
    torch.testing.assert_close(head(y, valid)[0], plain(y[:1, :, :2], None)[0])
    torch.testing.assert_close(head(y, valid)[1], plain(y[1:], None)[0])


@pytest.mark.parametrize(("frames", "columns"), [(0, 1), (1, 1), (8, 1), (9, 2), (47, 6), (48, 6)])
def test_columns_that_begin_inside_the_recording_are_valid(frames, columns):
    built = model(depth=1, block=MIX, head="masked-mean-pool")
    valid = built.valid_columns(torch.zeros(1, 1, 32, 48), torch.tensor([frames]))
    assert valid.tolist() == [[1] * columns + [0] * (6 - columns)]


def test_padding_does_not_reach_a_masked_head_over_channel_mixing():
    built = model(depth=2, block={"operators": ["channel"]}, head="masked-mean-pool").eval()
    one, other = torch.randn(1, 1, 32, 48), torch.randn(1, 1, 32, 48)
    other[..., :16] = one[..., :16]
    frames = torch.tensor([16])
    torch.testing.assert_close(built(one, frames), built(other, frames))
    assert not torch.allclose(built(one), built(other))


PYRAMID = [
    {"repeat": 2, "block": MIX},
    {"repeat": 1, "downsample": 2, "dim": 12, "block": {"operators": ["shift", "channel"]}},
]


def test_a_pyramid_halves_the_grid_and_widens_it():
    built = model(stages=PYRAMID, head="masked-mean-pool")
    spec = ModelSpec.model_validate({"dim": 8, "patches": {"size": 8, "stride": 8}, "stages": PYRAMID})
    places = list(spec.walk(SHAPE))
    assert [(p.grid, p.first, p.depth) for p in places] == [(Grid(4, 6, 8), 0, 3), (Grid(2, 3, 12), 2, 3)]
    assert [index.index for p in places for index in p.indices()] == [0, 1, 2]
    assert built(torch.randn(2, 1, 32, 48), torch.tensor([48, 17])).shape == (2, 5)
    assert built.valid_columns(torch.zeros(1), torch.tensor([17])).tolist() == [[1, 1, 0]]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"stages": [{"block": MIX}, {"block": MIX, "dim": 16}]}, "stages.1.dim"),
        ({"stages": [{"block": MIX}, {"block": MIX, "downsample": 9}]}, "stages.1.downsample"),
        ({"stages": [{"block": MIX}, {"block": MIX, "downsample": 2}], "extra_tokens": ["cls"]}, "stages.1.downsample"),
        (
            {"depth": 1, "block": {"operators": [{"operator": "token", "residual": False, "skip_scale": 1.0}]}},
            "block.operators.0.skip_scale",
        ),
        ({"depth": 1, "block": MIX, "extra_tokens": ["cls"], "head": "masked-mean-pool"}, "head"),
        ({"dim": 9, "depth": 1, "block": {"operators": ["token", "shift"]}}, "block.operators.1.operator.divisions"),
    ],
)
def test_what_does_not_fit_is_named(settings, field):
    spec = ModelSpec.model_validate({"dim": 8, "patches": {"size": 8, "stride": 8}, **settings})
    assert [issue[0] for issue in spec.check(SHAPE)] == [field]


@pytest.mark.parametrize("settings", [{"patches": {"size": 0}}, {"stages": [{"block": MIX, "downsample": {"stride": [2, 0]}}]}])
def test_sizes_and_strides_are_at_least_one(settings):
    with pytest.raises(ValueError, match="greater than 0"):
        ModelSpec.model_validate({"dim": 8, **settings})


def test_a_spectrogram_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"takes spectrograms \[B, 1, 32, 48\]; got \[2, 1, 32, 40\]"):
        model(depth=1, block=MIX)(torch.randn(2, 1, 32, 40))


@pytest.mark.parametrize(
    ("name", "spread"),
    [("trunc-normal", 0.02), ("lecun-normal", 1 / 400**0.5), ("xavier-uniform", (2 / (400 + 100)) ** 0.5)],
)
def test_weights_start_as_the_recipe_says(name, spread):
    built = model(depth=1, dim=100, block={"operators": [{"kind": "channel", "hidden_ratio": 4.0}]}, init={"linear": name})
    fc2 = built.stages[0].blocks[0][0].operator.mlp.fc2
    assert fc2.weight.std().item() == pytest.approx(spread, rel=0.05)
    assert not fc2.bias.any()


def test_a_modules_own_start_has_the_last_word(monkeypatch):
    from mixerkit.operators.channel import Channel

    monkeypatch.setattr(Channel, "init_weights", lambda self: torch.nn.init.ones_(self.mlp.fc1.bias), raising=False)
    built = model(depth=1, block={"operators": ["channel"]})
    assert built.stages[0].blocks[0][0].operator.mlp.fc1.bias.eq(1).all()


def test_blocks_of_a_stack_are_reported_where_they_stand():
    """roll moves by depth - index."""
    built = model(depth=4, dim=16, block={"operators": ["roll"]})
    assert [block[0].operator.step for block in built.stages[0].blocks] == [4, 3, 2, 1]
