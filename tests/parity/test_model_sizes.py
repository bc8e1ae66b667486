"""Recipes at their authors' sizes: as many parameters as timm's model, or as the recipe's first lines say."""

import numpy as np
import pytest
import timm
import torch
from timm.models.metaformer import MetaFormer
from torch import nn
from transformers import FNetConfig
from transformers.models.fnet.modeling_fnet import FNetEncoder

from mixerkit import Recipe
from mixerkit.model import MixerModel, ModelSpec
from mixerkit.operators.spatial_shift_v2 import SplitAttention
from tests.conftest import REPOSITORY

FEATURES = "features={kind: precomputed, n_mels: 224, frames: 224, channels: 3}"
CLASSES = 1000
P16 = "model.patches={size: 16, stride: 16}"
FLAT = {
    "mlp_mixer": (P16, 768, 12),
    "resmlp": (P16, 384, 12),
    "gmlp": (P16, 256, 30),
    "convmixer": ("model.patches={size: 7, stride: 7}", 1536, 20),
    "vit": (P16, 768, 12),
    "ast": (P16, 768, 12),
    "s2_mlp": (P16, 768, 12),
    "gfnet": (P16, 384, 12),
}
PYRAMIDS = {
    "poolformer": [2, 2, 6, 2],
    "cyclemlp": [2, 2, 4, 2],
    "active_mlp": [2, 2, 4, 2],
    "identityformer": [2, 2, 6, 2],
    "randformer": [2, 2, 6, 2],
}
CHANNELS = [64, 128, 320, 512]
SHARED = [2, 4, 4, 8]
"""Channels that share an offset in the stages of ActiveMLP."""


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def built(recipe, spec=None, classes=CLASSES):
    """The model without memory for its weights."""
    with torch.device("meta"):
        return MixerModel(spec or recipe.model, recipe.input_shape(), classes)


@pytest.fixture(scope="module")
def on_images(tmp_path_factory):
    """Loads a shipped recipe on pictures of 224 x 224 x 3, with ``set`` on top."""
    file = tmp_path_factory.mktemp("data") / "pictures.npz"
    np.savez(file, spectrograms=np.zeros((2, 3, 224, 224), np.uint8), labels=np.arange(2))
    data = f"data={{kind: tensors, file: {file}}}"
    return lambda name, *settings: Recipe.load(REPOSITORY / "recipes" / f"{name}.yaml", set=[data, FEATURES, *settings])


def flat(on_images, name):
    """The recipe at the authors' size, blocks all alike."""
    patches, dim, depth = FLAT[name]
    return built(on_images(name, patches, f"model.dim={dim}", f"model.depth={depth}"))


def pyramid(on_images, name):
    """The recipe's two stages as the authors' four: the first two of the first kind, the others of the second."""
    recipe = on_images(name, "model.patches={size: 7, stride: 4}", "model.dim=64")
    settings = recipe.model.model_dump()
    kinds, down = [stage["block"] for stage in settings["stages"]], settings["stages"][1]["downsample"]
    stages = []
    for i, (dim, repeat) in enumerate(zip(CHANNELS, PYRAMIDS[name], strict=True)):
        smaller = {"downsample": down, "dim": dim} if i else {}
        stages.append({"repeat": repeat, "block": _sharing(kinds[i // 2], SHARED[i]), **smaller})
    return built(recipe, ModelSpec.model_validate({**settings, "stages": tuple(stages)}))


def _sharing(block, share):
    items = [{**item, "group_size": share} if item.get("kind") == "active-token" else item for item in block["operators"]]
    return {**block, "operators": tuple(items)}


@pytest.mark.parametrize(
    ("name", "model", "parameters"),
    [
        ("mlp_mixer", "mixer_b16_224", 59_880_472),
        ("resmlp", "resmlp_12_224", 15_350_872),
        ("gmlp", "gmlp_s16_224", 19_422_656),
        ("convmixer", "convmixer_1536_20", 51_625_960),
        ("poolformer", "poolformer_s12", 11_915_176),
    ],
)
def test_at_the_authors_size_it_has_timms_parameters(on_images, name, model, parameters):
    ours = flat(on_images, name) if name in FLAT else pyramid(on_images, name)
    with torch.device("meta"):
        theirs = timm.create_model(model)
    assert count(ours) == count(theirs) == parameters


def test_vit_is_timms_without_its_cls_token(on_images):
    with torch.device("meta"):
        theirs = timm.create_model("vit_base_patch16_224", class_token=False, global_pool="avg")
    assert count(flat(on_images, "vit")) == count(theirs) == 86_566_120


def test_ast_is_timms_distilled_deit_with_a_second_norm_in_place_of_a_second_head(on_images):
    with torch.device("meta"):
        theirs = timm.create_model("deit_base_distilled_patch16_224")
    second_norm = 2 * 768
    assert count(flat(on_images, "ast")) == count(theirs) - count(theirs.head_dist) + second_norm == 86_570_728


def test_ast_at_its_own_size_on_audioset(recipes):
    sizes = ["model.dim=768", "model.depth=12", "features.frames=1024"]
    recipe = Recipe.load(recipes / "ast.yaml", set=sizes)
    ours = built(recipe, classes=527)
    assert recipe.model.token_grid(recipe.input_shape()).tokens == 1212 + 2
    assert count(ours) == 86_594_063


def test_fnets_blocks_are_the_encoder_of_transformers(recipes):
    recipe = Recipe.load(recipes / "fnet.yaml", set=["model.dim=768", "model.depth=12"])
    ours = built(recipe)
    with torch.device("meta"):
        theirs = FNetEncoder(FNetConfig(hidden_size=768, num_hidden_layers=12, intermediate_size=3072))
    assert count(ours.stages) == count(theirs) == 56_706_048


@pytest.mark.parametrize(("dim", "depth", "millions"), [(256, 12, 7), (384, 12, 16), (384, 19, 25), (512, 19, 43)])
def test_gfnet_has_the_papers_millions(on_images, dim, depth, millions):
    ours = built(on_images("gfnet", P16, f"model.dim={dim}", f"model.depth={depth}"))
    assert count(ours) / 1e6 == pytest.approx(millions, abs=0.55)


def test_a_metaformer_without_mixing_is_timms_but_for_biases(on_images):
    """Ours has biases in MLPs (5 D a block), block norms (2 D) and between stages; theirs two scalars of StarReLU a block."""
    with torch.device("meta"):
        theirs = MetaFormer(token_mixers=nn.Identity, use_mlp_head=False)
    blocks = sum(repeat * (7 * dim - 2) for dim, repeat in zip(CHANNELS, PYRAMIDS["identityformer"], strict=True))
    between = CHANNELS[0] + sum(CHANNELS[:3])
    ours = count(pyramid(on_images, "identityformer"))
    assert ours - blocks - between == count(theirs)
    assert (ours, count(theirs)) == (11_915_560, 11_891_712)
    assert count(pyramid(on_images, "randformer")) == ours


def test_active_mlp_is_theirs_but_for_offsets_and_convolutions_that_each_block_has(on_images):
    """Theirs makes offsets in 1, 1, 2, 1 blocks of 2, 2, 4, 2, and has one convolution a stage."""
    extra = 0
    for dim, share, offsets, convolutions in zip(CHANNELS, SHARED, [1, 1, 2, 1], [1, 1, 3, 1], strict=True):
        extra += offsets * (2 * dim + 2 * dim // share * (dim + 1)) + convolutions * 10 * dim
    assert count(pyramid(on_images, "active_mlp")) - extra == 15_349_128


def test_s2_mlp_v2_at_the_sizes_of_small_7(on_images):
    sizes = ["model.dim=192", "model.stages.1.dim=384", "model.stages.0.repeat=4", "model.stages.1.repeat=14"]
    ours = built(on_images("s2_mlp_v2", "model.patches={size: 7, stride: 7}", *sizes))
    attention = sum(count(module) for module in ours.modules() if isinstance(module, SplitAttention))
    assert (count(ours), count(ours) + 3 * attention) == (25_113_448, 31_748_968)


@pytest.mark.parametrize(
    ("name", "parameters"), [("s2_mlp", 72_242_920), ("gfnet", 15_985_768), ("cyclemlp", 15_155_400), ("active_mlp", 15_549_256)]
)
def test_counts_that_no_other_library_has(on_images, name, parameters):
    assert count(flat(on_images, name) if name in FLAT else pyramid(on_images, name)) == parameters
