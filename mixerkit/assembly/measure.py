"""How large the parts of a model are: parameters, and FLOPs per clip, counted while a part runs on one clip.

What comes with the kit is run on numbers as long as there are few, and else on torch's meta device, where tensors have a shape
and no numbers. There no size costs time or memory, but torch loads its compiler for it, a matter of a second.

A plugin is always run on numbers. It may read them, which has no answer on meta, or keep what it computed (a mask, a table of
positions) for later calls, and training must not find a tensor without numbers there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from mixerkit.errors import PluginError, Problem
from mixerkit.grid import BlockIndex, Grid, InputShape
from mixerkit.model import DownsampleSpec, HeadSpec, PatchSpec, SublayerSpec
from mixerkit.operators import count_flops
from mixerkit.registry import attribute_errors, third_party
from mixerkit.spec import Spec

FEW = 10**7
"""Numbers in a tensor: those of the paper's model fit twice over."""


@dataclass(frozen=True)
class Size:
    """Parameters, and FLOPs on one clip."""

    parameters: int
    flops: int


def size_of_patches(patches: PatchSpec, shape: InputShape, dim: int) -> Size:
    """Of the map from tiles to tokens."""
    given = partial(torch.rand, 1, shape.channels, shape.mels, shape.frames)
    return _size(patches, patches.grid(shape, dim), partial(patches.build, shape, dim), given)


def size_of_downsample(downsample: DownsampleSpec, grid: Grid, dim: int) -> Size:
    """Of the convolution from ``grid`` to the next stage's, which has ``dim`` channels."""
    return _size(downsample, grid, partial(downsample.build, grid, dim), partial(_clip, grid))


def sizes_of_sublayer(sublayer: SublayerSpec, grid: Grid, indices: Sequence[BlockIndex]) -> list[Size]:
    """Of an operator and what surrounds it, in each of the blocks ``sites``.

    What comes with the kit is as large in all of them, and measured once: tests hold it to that.

    Raises:
        PluginError: a plugin raises.
    """
    measured = indices if third_party(sublayer) else indices[:1]
    sizes = [
        _size(sublayer, grid, partial(sublayer.build, grid, index, drop_rate=0.0), partial(_clip, grid)) for index in measured
    ]
    return sizes * (len(indices) // len(sizes))


def size_of_head(head: HeadSpec, grid: Grid, classes: int) -> Size:
    """Of the way from the last grid to logits."""
    columns = partial(torch.ones, 1, grid.time, dtype=torch.int64)
    return _size(head, grid, partial(head.build, grid, classes), partial(_clip, grid), columns)


def _clip(grid: Grid) -> Tensor:
    return torch.rand(1, grid.freq, grid.time, grid.dim)


def _size(part: Spec, grid: Grid, build: Callable[[], nn.Module], *inputs: Callable[[], Tensor]) -> Size:
    with torch.random.fork_rng(devices=[]):
        if who := third_party(part):
            return _size_of_plugin(who, build, *inputs)
        with torch.device("meta"):
            module, given = build(), [make() for make in inputs]
        if _few_numbers(module, grid, given):
            module, given = build(), [make() for make in inputs]
        return _measured(module, given)


def _size_of_plugin(who: str, build: Callable[[], nn.Module], *inputs: Callable[[], Tensor]) -> Size:
    with attribute_errors(suspect=who):
        module, given = build(), [make() for make in inputs]
        try:
            return _measured(module, given)
        except Exception as error:
            module(*given)  # raises if the plugin is at fault, and not the counter, which takes no flex_attention, say
            got = f"Its FLOPs cannot be counted: {type(error).__name__}, {str(error).partition(chr(10))[0]}"
            hint = "Write flops(self, grid, index), which returns FLOPs per clip."
            raise PluginError(Problem(who, got, hint=hint)) from error


def _few_numbers(module: nn.Module, grid: Grid, inputs: Sequence[Tensor]) -> bool:
    """Whether no tensor is large while a clip goes through: weights, inputs, scores of tokens by tokens, hidden channels."""
    weights = sum(tensor.numel() for tensor in (*module.parameters(), *module.buffers()))
    sizes = [weights, grid.tokens * grid.dim, grid.tokens**2, weights // grid.dim * grid.tokens]
    return max(*sizes, *(tensor.numel() for tensor in inputs)) <= FEW


def _measured(module: nn.Module, inputs: Sequence[Tensor]) -> Size:
    flops = count_flops(module, *inputs)
    return Size(sum(parameter.numel() for parameter in module.parameters()), flops)
