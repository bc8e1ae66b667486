"""Linear maps: identity, pointwise, cross-patch, random."""

import torch
from timm.models.mlp_mixer import ResBlock
from torch import Tensor, nn
from torch.nn import functional

from mixerkit.testing import Case
from tests.references.base import Reference, channels_first, channels_last, lend, read, tokens, weights_of


def every_value_itself(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return read(x, lambda f, t, d: (f, t, d))


def as_convolution(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return channels_last(
        functional.conv2d(channels_first(x), module.weight[:, :, None, None], module.bias if case.spec.bias else None)
    )


def sums_over_channels(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    y = torch.einsum("bfti,oi->bfto", x, module.weight)
    return y + module.bias if case.spec.bias else y


def by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    theirs = ResBlock(x.shape[-1], len(module.linear.weight)).linear_tokens
    return lend(weights_of(module.linear), theirs, x.flatten(1, 2).transpose(1, 2)).transpose(1, 2).reshape(x.shape)


def sums_over_places(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """Weight [n, m] takes token m to token n."""
    y = torch.einsum("nm,bmd->bnd", module.linear.weight, tokens(x)) + module.linear.bias[:, None]
    return y.reshape(x.shape)


def softmax_written_out(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    powers = torch.exp(module.scores - module.scores.max())
    matrix = powers / powers.sum(dim=1, keepdim=True)
    return torch.einsum("nm,bmd->bnd", matrix, tokens(x)).reshape(x.shape)


IDENTITY = (Reference("every value by its index", every_value_itself),)
POINTWISE = (
    Reference("torch conv2d, 1 x 1", as_convolution),
    Reference("sums over channels", sums_over_channels),
)
CROSS_PATCH = (
    Reference("timm ResBlock.linear_tokens", by_timm),
    Reference("sums over places", sums_over_places),
)
RANDOM = (Reference("softmax written out, sums over places", softmax_written_out),)
