"""Roll and roll-time: the paper's Algorithm 1 as printed, and where every single value goes."""

import torch
from torch import Tensor, nn

from mixerkit.testing import Case
from tests.references.base import Reference, read
from tests.references.mlps import timms, written_out


def as_printed(y: Tensor, alpha: int, depth: int, c: int, share: bool) -> Tensor:
    """Algorithm 1 on [B, C, dim 2, dim 3, ...] with its slices, each written over in place.

    ``share`` is the reading in which four groups that exceed C get a quarter of it each.
    """
    gamma, step = 1 / (1 + alpha), depth - alpha
    g = min(int(gamma * c), c // 4) if share else int(gamma * c)
    feat = y.clone()
    for group, (sign, dim) in enumerate([(1, 3), (-1, 3), (1, 2), (-1, 2)]):
        part = slice(group * g, (group + 1) * g)
        feat[:, part] = torch.roll(feat[:, part], shifts=sign * step, dims=dim)
    return feat


def printed(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """On [B, N, D] as printed, or on D in bundles with dim 3 for time and dim 2 for frequency."""
    spec, (batch, rows, columns, dim) = case.spec, x.shape
    alpha = case.index.index + spec.alpha_start
    if spec.axes == "grid":
        bundles = x.reshape(batch, rows, columns, spec.c, dim // spec.c).permute(0, 3, 1, 2, 4)
        rolled = as_printed(bundles, alpha, case.index.depth, spec.c, spec.overflow == "share")
        return rolled.permute(0, 2, 3, 1, 4).reshape(x.shape)
    y = x.reshape(batch, spec.c, rows * columns // spec.c_a, dim * spec.c_a // spec.c)
    return as_printed(y, alpha, case.index.depth, spec.c, spec.overflow == "share").reshape(x.shape)


def by_index(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """Each value by itself: which channel of Algorithm 1 it lies in, and where its neighbour in the circle lies."""
    spec, (_, rows, columns, dim) = case.spec, x.shape
    alpha = case.index.index + spec.alpha_start
    group, step = spec.c // (1 + alpha), case.index.depth - alpha
    if spec.overflow == "share":
        group = min(group, spec.c // 4)
    along_3, along_2 = {0: step, 1: -step}, {2: step, 3: -step}

    def direction(channel: int) -> tuple[int, int]:
        number = channel // group if group else 4
        return along_2.get(number, 0), along_3.get(number, 0)

    def on_the_grid(f: int, t: int, d: int) -> tuple[int, int, int]:
        down, later = direction(d // (dim // spec.c))
        return (f - down) % rows, (t - later) % columns, d

    height, width = rows * columns // spec.c_a, dim * spec.c_a // spec.c

    def in_memory(f: int, t: int, d: int) -> tuple[int, int, int]:
        channel, rest = divmod((f * columns + t) * dim + d, height * width)
        down, right = direction(channel)
        i, j = (rest // width - down) % height, (rest % width - right) % width
        n, e = divmod(channel * height * width + i * width + j, dim)
        return n // columns, n % columns, e

    return read(x, on_the_grid if spec.axes == "grid" else in_memory)


def then_timm(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return timms(case, module.mlp, printed(case, module, x))


def then_sums(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return written_out(module.mlp, case.spec.activation, by_index(case, module, x))


ROLL = (Reference("Algorithm 1 as printed", printed), Reference("index loops", by_index))
ROLL_TIME = (
    Reference("Algorithm 1 as printed, then timm Mlp", then_timm),
    Reference("index loops, then sums over channels", then_sums),
)
