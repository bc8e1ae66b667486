"""Norms: timm's with our weights and statistics, and means and variances by hand."""

import torch
from timm.layers import BatchNormAct2d, GroupNorm1, LayerNorm2d, RmsNorm2d
from timm.models.mlp_mixer import Affine
from torch import Tensor, nn

from mixerkit.testing import Case
from tests.references.base import Reference, channels_first, channels_last, lend, weights_of

CHANNELS, CLIP = (-1,), (1, 2, 3)


def centred(x: Tensor, axes: tuple[int, ...], eps: float) -> Tensor:
    """(x - mean) / sqrt(variance + eps)."""
    gap = x - x.mean(dim=axes, keepdim=True)
    return gap / torch.sqrt((gap**2).mean(dim=axes, keepdim=True) + eps)


def by_hand(name: str, module: nn.Module, x: Tensor, eps: float) -> Tensor:
    """The norm of this name; ``module`` lends weights and statistics. Also for norms inside of other operators."""
    match name:
        case "none":
            return x
        case "layer":
            return centred(x, CHANNELS, eps) * module.weight + module.bias
        case "group":
            return centred(x, CLIP, eps) * module.norm.weight + module.norm.bias
        case "batch":
            seen = module.norm
            return (x - seen.running_mean) / torch.sqrt(seen.running_var + eps) * seen.weight + seen.bias
        case "rms":
            return x / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + eps) * module.weight
        case "affine":
            return module.alpha * x + module.beta


def norm_by_hand(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return by_hand(case.spec.norm, module, x, case.spec.eps)


def norm_by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    dim, eps = x.shape[-1], case.spec.eps
    if case.spec.norm == "affine":
        weights = {name: weight[None, None] for name, weight in weights_of(module).items()}
        return lend(weights, Affine(dim), x)
    theirs = {
        "layer": LayerNorm2d(dim, eps=eps),
        "group": GroupNorm1(dim, eps=eps),
        "batch": BatchNormAct2d(dim, eps=eps, apply_act=False),
        "rms": RmsNorm2d(dim, eps=eps),
    }[case.spec.norm]
    own = module.norm if case.spec.norm in ("group", "batch") else module
    return channels_last(lend(weights_of(own), theirs, channels_first(x)))


NORM = (
    Reference("timm LayerNorm2d, GroupNorm1, BatchNormAct2d, RmsNorm2d, Affine", norm_by_timm),
    Reference("means and variances by hand", norm_by_hand),
)
