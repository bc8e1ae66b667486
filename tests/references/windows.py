"""Windows of tokens: pool and depthwise."""

import torch
from timm.models.convmixer import ConvMixer
from timm.models.metaformer import Pooling
from torch import Tensor, nn
from transformers.models.poolformer.modeling_poolformer import PoolFormerPooling

from mixerkit.testing import Case
from tests.references.base import Reference, channels_first, channels_last, lend, tokens, weights_of


def pool_by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return channels_last(Pooling(case.spec.kernel)(channels_first(x)))


def pool_by_transformers(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return channels_last(PoolFormerPooling(case.spec.kernel)(channels_first(x)))


def pool_by_counting(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """The mean of what lies both in the window and in the grid, minus the middle: one row of a matrix for every place."""
    _, rows, columns, _ = x.shape
    reach, places = case.spec.kernel // 2, [(f, t) for f in range(rows) for t in range(columns)]
    shares = torch.zeros(len(places), len(places), dtype=x.dtype)
    for n, (f, t) in enumerate(places):
        seen = [m for m, (i, j) in enumerate(places) if abs(i - f) <= reach and abs(j - t) <= reach]
        shares[n, seen] = 1 / len(seen)
        shares[n, n] -= 1
    return torch.einsum("nm,bmd->bnd", shares, tokens(x)).reshape(x.shape)


def depthwise_by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    (block,) = ConvMixer(x.shape[-1], depth=1, kernel_size=case.spec.kernel, patch_size=1, num_classes=0).blocks
    return channels_last(lend(weights_of(module.conv), block[0].fn[0], channels_first(x)))


def depthwise_by_loops(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """Weight [d, i, j] takes the token i - reach rows and j - reach columns away; outside there is nothing."""
    _, rows, columns, _ = x.shape
    weight, kernel = module.conv.weight[:, 0], case.spec.kernel  # [D, k, k]
    reach, y = kernel // 2, module.conv.bias.expand_as(x)
    framed = x.new_zeros(len(x), rows + 2 * reach, columns + 2 * reach, x.shape[-1])
    framed[:, reach : reach + rows, reach : reach + columns] = x
    for i in range(kernel):
        for j in range(kernel):
            y = y + weight[:, i, j] * framed[:, i : i + rows, j : j + columns]
    return y


POOL = (
    Reference("timm Pooling", pool_by_timm),
    Reference("transformers PoolFormerPooling", pool_by_transformers),
    Reference("windows counted place by place", pool_by_counting),
)
DEPTHWISE = (
    Reference("timm ConvMixer, its convolution", depthwise_by_timm),
    Reference("loops over the window", depthwise_by_loops),
)
