"""Cycle and active-token, which read channels at other places: torchvision's deformable convolution, and index by index."""

import torch
from torch import Tensor, nn
from torchvision.ops import deform_conv2d

from mixerkit.testing import Case
from tests.references.base import Reference, channels_first, channels_last, read
from tests.references.norms import by_hand

OFFSETS = {3: [0, 1, -1], 5: [0, 1, 2, -2, -1], 7: [0, 1, 2, 3, -3, -2, -1]}
"""CycleMLP's: how far on the channels of a cycle are read."""
FREQ, TIME = 1, 2


def fused(branches: list[Tensor], reweight: nn.Module, proj: nn.Module) -> Tensor:
    """The weights by hand: those of channel d are outputs 3 d, 3 d + 1, 3 d + 2 of the MLP."""
    count = len(branches)
    mean = sum(branches).mean(dim=(1, 2))
    hidden = mean @ reweight.fc1.weight.T + reweight.fc1.bias
    bent = hidden * (1 + torch.erf(hidden / 2**0.5)) / 2
    scores = bent @ reweight.fc2.weight.T + reweight.fc2.bias  # [B, 3 D]
    parts = [scores[:, k::count] for k in range(count)]
    top = torch.stack(parts).amax(dim=0).detach()
    powers = [torch.exp(part - top) for part in parts]
    shares = [(power / sum(powers))[:, None, None] for power in powers]
    mixed = sum(share * branch for share, branch in zip(shares, branches, strict=True))
    return mixed @ proj.weight.T + proj.bias


def deformed(x: Tensor, offsets: Tensor, linear: nn.Module, axis: int) -> Tensor:
    """A 1 x 1 convolution that reads each channel of each token its own offset away: (dy, dx) in turn."""
    own = channels_first(offsets)
    pair = [own, torch.zeros_like(own)] if axis == FREQ else [torch.zeros_like(own), own]
    pairs = torch.stack(pair, dim=2).flatten(1, 2)
    return channels_last(deform_conv2d(channels_first(x), pairs, linear.weight[:, :, None, None], linear.bias))


def hats(x: Tensor, offsets: Tensor, linear: nn.Module, axis: int) -> Tensor:
    """Linear reading is a sum over the whole axis, each place weighing 1 - its distance, or 0 from a distance of 1 on."""
    size = x.shape[axis]
    own = torch.arange(size).reshape([size if i == axis else 1 for i in range(4)])
    seen = sum((1 - (own + offsets - s).abs()).clamp(min=0) * x.narrow(axis, s, 1) for s in range(size))
    return seen @ linear.weight.T + linear.bias


def by_index(x: Tensor, offsets: Tensor, linear: nn.Module, axis: int) -> Tensor:
    """Whole offsets, one per channel, zeros outside."""
    _, rows, columns, _ = x.shape
    steps = [int(step) for step in offsets[0, 0, 0]]

    def source(f: int, t: int, d: int) -> tuple[int, int, int] | None:
        row, column = (f + steps[d], t) if axis == FREQ else (f, t + steps[d])
        return (row, column, d) if 0 <= row < rows and 0 <= column < columns else None

    return read(x, source) @ linear.weight.T + linear.bias


def cycle(case: Case, module: nn.Module, x: Tensor, reader) -> Tensor:
    """CycleMLP's unit in the order of the authors' code: along the width, along the height, plain."""
    kernel, dim = case.spec.kernel, x.shape[-1]
    offsets = torch.tensor([OFFSETS[kernel][c % kernel] for c in range(dim)], dtype=x.dtype).expand(x.shape)
    along_time, along_freq = reader(x, offsets, module.time, TIME), reader(x, offsets, module.freq, FREQ)
    return fused([along_time, along_freq, x @ module.channel.weight.T], module.reweight, module.proj)


def active_token(case: Case, module: nn.Module, x: Tensor, reader) -> Tensor:
    """Offsets along time, then along frequency, each number standing for ``group_size`` consecutive channels."""
    dim = x.shape[-1]
    few = by_hand("layer", module.norm, x, case.spec.norm.eps) @ module.offsets.weight.T + module.offsets.bias
    every = torch.stack([few[..., c // case.spec.group_size] for c in range(2 * dim)], dim=-1)
    along_time = reader(x, every[..., :dim], module.time, TIME)
    along_freq = reader(x, every[..., dim:], module.freq, FREQ)
    return fused([along_time, along_freq, x @ module.channel.weight.T], module.reweight, module.proj)


CYCLE = (
    Reference("torchvision deform_conv2d", lambda case, module, x: cycle(case, module, x, deformed)),
    Reference("index loops", lambda case, module, x: cycle(case, module, x, by_index)),
)
ACTIVE_TOKEN = (
    Reference("torchvision deform_conv2d", lambda case, module, x: active_token(case, module, x, deformed)),
    Reference("sums over the axis, weighed by distance", lambda case, module, x: active_token(case, module, x, hats)),
)
