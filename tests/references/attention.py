"""Attention: timm's, torch's, and softmax head by head."""

import torch
from timm.layers import Attention as TimmAttention
from torch import Tensor, nn

from mixerkit.testing import Case
from tests.references.base import Reference, lend, tokens, weights_of


def by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    theirs = TimmAttention(x.shape[-1], num_heads=case.spec.heads, qkv_bias=case.spec.qkv_bias)
    theirs.fused_attn = False  # the softmax written out
    return lend(weights_of(module), theirs, x.flatten(1, 2)).reshape(x.shape)


class SelfAttention(nn.MultiheadAttention):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x, x, x)[0]  # with the weights asked for, torch writes the softmax out


def by_torch(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    dim = x.shape[-1]
    bias = module.qkv.bias if case.spec.qkv_bias else x.new_zeros(3 * dim)  # torch has all biases or none
    weights = {
        "in_proj_weight": module.qkv.weight,
        "in_proj_bias": bias,
        "out_proj.weight": module.proj.weight,
        "out_proj.bias": module.proj.bias,
    }
    return lend(weights, SelfAttention(dim, case.spec.heads, batch_first=True), x.flatten(1, 2)).reshape(x.shape)


def head_by_head(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """q, k and v are thirds of what one matrix gives, and a head is a run of channels in each."""
    rows, dim = tokens(x), x.shape[-1]
    mapped = rows @ module.qkv.weight.T
    if case.spec.qkv_bias:
        mapped = mapped + module.qkv.bias
    width, found = dim // case.spec.heads, []
    for start in range(0, dim, width):
        q, k, v = (mapped[..., third * dim + start : third * dim + start + width] for third in range(3))
        scores = torch.einsum("bne,bme->bnm", q, k) / width**0.5
        powers = torch.exp(scores - scores.amax(dim=-1, keepdim=True).detach())
        found.append(torch.einsum("bnm,bme->bne", powers / powers.sum(dim=-1, keepdim=True), v))
    return (torch.cat(found, dim=-1) @ module.proj.weight.T + module.proj.bias).reshape(x.shape)


ATTENTION = (
    Reference("timm Attention, not fused", by_timm),
    Reference("torch MultiheadAttention", by_torch),
    Reference("softmax written out, head by head", head_by_head),
)
