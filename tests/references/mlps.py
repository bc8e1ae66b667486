"""Two-layer MLPs over tokens or channels: timm's with our weights, and sums written out."""

from functools import partial

import torch
from timm.layers import Mlp as TimmMlp
from timm.layers.activations import GELUTanh, Mish, Swish
from timm.models.mlp_mixer import MixerBlock as TimmBlock
from torch import Tensor, nn

from mixerkit.testing import Case
from tests.references.activations import SmoothMaximum, bend
from tests.references.base import Reference, lend, tokens, weights_of

TIMM_ACTIVATIONS = {"gelu": nn.GELU, "gelu-tanh": GELUTanh, "silu": Swish, "mish": Mish, "relu": nn.ReLU}


def timm_activation(name: str, width: int):
    """timm's class of that name; Acon-C, which timm lacks, by its formula."""
    return TIMM_ACTIVATIONS.get(name) or partial(SmoothMaximum, width)


def hidden_width(case: Case) -> int:
    """Of the MLP, as the settings say it: in units of D, and at least 1."""
    return max(1, round(case.spec.hidden_ratio * case.grid.dim))


def timms(case: Case, mlp: nn.Module, rows: Tensor) -> Tensor:
    """timm's MLP on the last axis, with these weights."""
    hidden = hidden_width(case)
    theirs = TimmMlp(rows.shape[-1], hidden, act_layer=timm_activation(case.spec.activation, hidden))
    return lend(weights_of(mlp), theirs, rows)


def timm_block(case: Case) -> nn.Module:
    """timm's block on this grid, both of its MLPs as wide inside as the settings say."""
    dim, hidden = case.grid.dim, hidden_width(case)
    ratio = (hidden + 0.5) / dim  # timm cuts ratio * dim down to a whole number, and rounding must not take one more
    return TimmBlock(dim, case.grid.tokens, mlp_ratio=(ratio, ratio), act_layer=timm_activation(case.spec.activation, hidden))


def written_out(mlp: nn.Module, activation: str, rows: Tensor) -> Tensor:
    """W2 act(W1 u + b1) + b2 for every u on the last axis."""
    hidden = torch.einsum("...i,hi->...h", rows, mlp.fc1.weight) + mlp.fc1.bias
    return torch.einsum("...h,ih->...i", bend(activation, mlp.act, hidden), mlp.fc2.weight) + mlp.fc2.bias


def over_tokens(mlp: nn.Module, activation: str, rows: Tensor) -> Tensor:
    """W2 act(W1 x + b1) + b2 down the tokens of [B, N, D], for every channel."""
    hidden = torch.einsum("bnd,hn->bhd", rows, mlp.fc1.weight) + mlp.fc1.bias[:, None]
    return torch.einsum("bhd,nh->bnd", bend_columns(activation, mlp, hidden), mlp.fc2.weight) + mlp.fc2.bias[:, None]


def bend_columns(activation: str, mlp: nn.Module, hidden: Tensor) -> Tensor:
    """[B, H, D]: what Acon-C has learned belongs to H."""
    return bend(activation, mlp.act, hidden.transpose(1, 2)).transpose(1, 2)


def token_by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return (
        lend(weights_of(module.mlp), timm_block(case).mlp_tokens, x.flatten(1, 2).transpose(1, 2))
        .transpose(1, 2)
        .reshape(x.shape)
    )


def token_by_sums(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return over_tokens(module.mlp, case.spec.activation, tokens(x)).reshape(x.shape)


def channel_by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return lend(weights_of(module.mlp), timm_block(case).mlp_channels, x)


def channel_by_sums(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return written_out(module.mlp, case.spec.activation, x)


def sequences_by_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """timm's MLP on every sequence, and the results put back where they came from."""
    parts, rows = case.spec.parts, x.flatten(1, 2)
    mixed = torch.empty_like(rows)
    for i, mlp in enumerate(module.mlps):
        mixed[:, i::parts] = timms(case, mlp, rows[:, i::parts].transpose(1, 2)).transpose(1, 2)
    return mixed.reshape(x.shape)


def sequences_by_index(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """Token n belongs to sequence n mod s, at place n // s."""
    rows, parts = tokens(x), case.spec.parts
    found = {}
    for i, mlp in enumerate(module.mlps):
        members = [n for n in range(rows.shape[1]) if n % parts == i]
        mixed = over_tokens(mlp, case.spec.activation, torch.stack([rows[:, n] for n in members], dim=1))
        found.update({n: mixed[:, n // parts] for n in members})
    return torch.stack([found[n] for n in range(rows.shape[1])], dim=1).reshape(x.shape)


TOKEN = (Reference("timm MixerBlock.mlp_tokens", token_by_timm), Reference("sums over places", token_by_sums))
CHANNEL = (Reference("timm MixerBlock.mlp_channels", channel_by_timm), Reference("sums over channels", channel_by_sums))
FACTORISED_TEMPORAL = (
    Reference("timm Mlp on every sequence", sequences_by_timm),
    Reference("sums over the places of every sequence", sequences_by_index),
)
