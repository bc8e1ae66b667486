"""Shifts along rows and columns: shift, spatial-shift and its second version, the plugin gated-shift."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mixerkit.testing import Case
from tests.references.activations import bend
from tests.references.base import Reference, channels_first, channels_last, read

GRADUALLY = ((0, -1), (0, 1), (-1, 0), (1, 0))
"""S2-MLP: (rows, columns) further on where each quarter is read; width first."""


def shift_steps(case: Case, dim: int) -> list[tuple[int, int]]:
    """ShiftViT: (rows, columns) further on where each channel is read."""
    group, s = dim // case.spec.divisions, case.spec.step
    steps = {0: (0, s), 1: (0, -s), 2: (s, 0), 3: (-s, 0)}
    return [steps.get(c // group, (0, 0)) for c in range(dim)]


def shift_by_index(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """What leaves is lost, zeros come in."""
    _, rows, columns, dim = x.shape
    steps = shift_steps(case, dim)

    def source(f: int, t: int, d: int) -> tuple[int, int, int] | None:
        row, column = f + steps[d][0], t + steps[d][1]
        return (row, column, d) if 0 <= row < rows and 0 <= column < columns else None

    return read(x, source)


def with_a_one(steps: list[tuple[int, int]], reach: int) -> Tensor:
    """A depthwise kernel per channel that reads one place, ``steps`` away from its middle."""
    kernel = torch.zeros(len(steps), 1, 2 * reach + 1, 2 * reach + 1, dtype=torch.float64)
    for c, (row, column) in enumerate(steps):
        kernel[c, 0, reach + row, reach + column] = 1.0
    return kernel


def shift_by_convolution(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    reach, dim = case.spec.step, x.shape[-1]
    kernel = with_a_one(shift_steps(case, dim), reach)
    return channels_last(functional.conv2d(channels_first(x), kernel, padding=reach, groups=dim))


def quarter_steps(dim: int, height_first: bool) -> list[tuple[int, int]]:
    """S2-MLP: T1[2:w] <- T1[1:w-1] and so on."""
    bounds = (dim // 4, dim // 2, 3 * dim // 4, dim)
    quarters = [next(i for i, bound in enumerate(bounds) if c < bound) for c in range(dim)]
    return [GRADUALLY[(quarter + 2) % 4 if height_first else quarter] for quarter in quarters]


def quarters_by_index(x: Tensor, height_first: bool = False) -> Tensor:
    """A border keeps its own old value."""
    _, rows, columns, dim = x.shape
    steps = quarter_steps(dim, height_first)

    def source(f: int, t: int, d: int) -> tuple[int, int, int]:
        row, column = steps[d]
        return min(max(f + row, 0), rows - 1), min(max(t + column, 0), columns - 1), d

    return read(x, source)


def quarters_by_convolution(x: Tensor, height_first: bool = False) -> Tensor:
    dim = x.shape[-1]
    framed = functional.pad(channels_first(x), (1, 1, 1, 1), mode="replicate")
    return channels_last(functional.conv2d(framed, with_a_one(quarter_steps(dim, height_first), 1), groups=dim))


def second_version(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """Width-first shift, height-first shift, none; their softmax by hand, one clip at a time."""
    dim, w, b = x.shape[-1], module.fc1.weight, module.fc1.bias
    thirds = [x @ w[i * dim : (i + 1) * dim].T + b[i * dim : (i + 1) * dim] for i in range(3)]
    branches = [quarters_by_index(thirds[0]), quarters_by_index(thirds[1], height_first=True), thirds[2]]
    clips = []
    for clip in zip(*branches, strict=True):
        a = sum(branch.sum(dim=(0, 1)) for branch in clip)
        if case.spec.pooled == "mean":
            a = a / clip[0][..., 0].numel()
        hidden = module.attention.fc1.weight @ a
        scores = module.attention.fc2.weight @ bend(case.spec.activation, module.attention.act, hidden)
        parts = [scores[i * dim : (i + 1) * dim] for i in range(3)]
        top = torch.stack(parts).amax(dim=0).detach()
        powers = [torch.exp(part - top) for part in parts]
        mixed = sum(power / sum(powers) * branch for power, branch in zip(powers, clip, strict=True))
        clips.append(mixed @ module.fc2.weight.T + module.fc2.bias)
    return torch.stack(clips)


def gated_shift(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """Place by place: the gate of a column is read ``lag`` columns earlier, in a circle."""
    _, _, columns, dim = x.shape
    earlier = read(x, lambda f, t, d: (f, (t - case.spec.lag) % columns, d))
    gate, value = earlier[..., : dim // 2], x[..., dim // 2 :]
    return torch.einsum("bfti,oi->bfto", value / (1 + torch.exp(-gate)), module.out.weight) + module.out.bias


SHIFT = (
    Reference("torch conv2d with a one in every window", shift_by_convolution),
    Reference("index loops", shift_by_index),
)
SPATIAL_SHIFT = (
    Reference("torch conv2d with a one in every window, borders repeated", lambda case, module, x: quarters_by_convolution(x)),
    Reference("index loops", lambda case, module, x: quarters_by_index(x)),
)
SPATIAL_SHIFT_V2 = (Reference("the paper's formulas, clip by clip", second_version),)
GATED_SHIFT = (Reference("index loops", gated_shift),)
