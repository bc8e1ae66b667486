"""Counted FLOPs are those of formulas written by hand, operator by operator; and what counting does not see, settings say."""

from math import log2

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators import OPERATORS, OperatorSpec, count_flops
from mixerkit.operators.axial import AxialSpec
from mixerkit.operators.chain import ChainSpec
from mixerkit.operators.conjugate import ConjugateSpec
from mixerkit.operators.flops import noting_own_flops
from mixerkit.operators.pointwise import PointwiseSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.operators.transforms.dct import DctSpec
from tests.examples import EXAMPLES

GRIDS, INDEX = (Grid(4, 6, 16), Grid(5, 8, 48)), BlockIndex(1, 4)


def fft(size):
    """A real transform; a complex one is twice that."""
    return round(2.5 * size * log2(size)) if size > 1 else 0


def grid_fft(grid):
    """Of one channel: rows are real, and of their spectra a half is transformed along the columns."""
    return grid.freq * fft(grid.time) + (grid.time // 2 + 1) * 2 * fft(grid.freq)


def mlp(width, hidden, rows):
    return 2 * 2 * width * hidden * rows


def hermit(spec, grid):
    """(FLOPs of both transforms, the grid between them)"""
    size = {"dim": grid.dim, "freq": grid.freq, "time": grid.time}[spec.axis]
    there = size if spec.spectrum == "truncated" else 2 * (size - 1)
    back = 2 * (size - 1) if spec.spectrum == "full" else size
    sizes = {"freq": grid.freq, "time": grid.time, "dim": grid.dim, spec.axis: back // 2 + 1}
    return grid.tokens * grid.dim // size * (fft(there) + fft(back)), Grid(**sizes)


def hermit_frequency(spec, grid):
    transforms, inner = hermit(spec, grid)
    return transforms + mlp(inner.tokens, spec.hidden(grid), inner.dim)


def active_token(spec, grid):
    maps = 4 * grid.dim**2 + 2 * grid.dim**2 // spec.group_size
    return 2 * grid.tokens * (maps + 2 * 2 * grid.dim) + reweight(grid.dim, 3)  # two multiply-adds per value and axis read


def reweight(dim, branches):
    return 2 * dim * (dim // 4) * (1 + branches)


def adaptive_frequency(spec, grid):
    """Two layers of complex multiply-adds, 8 real operations each, and a complex product of 6."""
    layers = 2 * 8 * grid.dim**2 // spec.blocks
    return 2 * grid.dim * grid_fft(grid) + grid.freq * (grid.time // 2 + 1) * (layers + 6 * grid.dim)


def split(spec, grid):
    sizes = spec.sizes(grid)
    return sum(by_hand(part, Grid(grid.freq, grid.time, dim)) for part, dim in zip(spec.operators, sizes, strict=True))


def along(spec, grid):
    length, rows = (grid.time, grid.freq) if spec.axis == "time" else (grid.freq, grid.time)
    return rows * by_hand(spec.operator, Grid(1, length, grid.dim))


def conjugate(spec, grid):
    rows = grid.tokens * grid.dim
    match spec.transform.kind:
        case "hermit":
            transforms, inner = hermit(spec.transform, grid)
        case "rfft":
            transforms = rows // grid.time * 2 * fft(grid.time)
            inner = Grid(grid.freq, grid.time // 2 + 1, 2 * grid.dim)
        case "dct":
            transforms, inner = rows // grid.freq * 2 * fft(2 * grid.freq), grid
        case "transpose":
            transforms, inner = 0, Grid(grid.time, grid.freq, grid.dim)
        case "haar":
            transforms, inner = 0, Grid(grid.freq, grid.time // 2, 2 * grid.dim)
    return transforms + by_hand(spec.operator, inner)


def parts(spec, grid):
    return sum(by_hand(part, grid) for part in spec.operators)


def nothing(spec, grid):
    return 0


def channel(spec, grid):
    return mlp(grid.dim, spec.hidden(grid), grid.tokens)


def square_of_tokens(spec, grid):
    return 2 * grid.tokens**2 * grid.dim


HAND = {
    **dict.fromkeys(("activation", "identity", "norm", "roll", "shift", "spatial-shift"), nothing),
    **dict.fromkeys(("channel", "factorised-channel", "roll-time"), channel),
    **dict.fromkeys(("chain", "gated", "parallel"), parts),
    **dict.fromkeys(("cross-patch", "random"), square_of_tokens),
    "active-token": active_token,
    "adaptive-frequency": adaptive_frequency,
    "axial": along,
    "attention": lambda spec, grid: 8 * grid.tokens * grid.dim**2 + 4 * grid.tokens**2 * grid.dim,
    "conjugate": conjugate,
    "cycle": lambda spec, grid: 2 * 4 * grid.tokens * grid.dim**2 + reweight(grid.dim, 3),
    "depthwise": lambda spec, grid: 2 * spec.kernel**2 * grid.tokens * grid.dim,  # zeros outside of the grid included
    "factorised-temporal": lambda spec, grid: mlp(grid.tokens, spec.hidden(grid), grid.dim),
    "fourier": lambda spec, grid: grid.tokens * fft(grid.dim) + (grid.dim // 2 + 1) * 2 * fft(grid.tokens),
    "gated-shift": lambda spec, grid: grid.tokens * grid.dim**2,  # D / 2 to D
    "global-filter": lambda spec, grid: grid.dim * (2 * grid_fft(grid) + 6 * grid.freq * (grid.time // 2 + 1)),
    "hermit-frequency": hermit_frequency,
    "pointwise": lambda spec, grid: 2 * grid.tokens * grid.dim**2,
    "pool": lambda spec, grid: spec.kernel**2 * grid.tokens * grid.dim,
    "spatial-gating": lambda spec, grid: grid.tokens * spec.hidden(grid) * (3 * grid.dim + grid.tokens),
    "spatial-shift-v2": lambda spec, grid: 2 * 4 * (grid.tokens * grid.dim**2 + grid.dim * spec.hidden(grid)),
    "split": split,
    "token": lambda spec, grid: mlp(grid.tokens, spec.hidden(grid), grid.dim),
}


def by_hand(spec, grid):
    return HAND[spec.kind](spec, grid)


def counted(spec, grid, index=INDEX, device="cpu"):
    with torch.device(device):
        return count_flops(spec.build(grid, index), torch.rand(1, grid.freq, grid.time, grid.dim))


@pytest.mark.parametrize("spec", [spec for _, spec in EXAMPLES], ids=[name for name, _ in EXAMPLES])
def test_counted_flops_are_those_of_a_formula(spec):
    """On numbers and without, and wherever it stands: the table of a recipe counts an operator once for all blocks of a stage."""
    fitting = [grid for grid in GRIDS if not spec.check(grid, INDEX)]
    assert fitting
    for grid in fitting:
        found = {counted(spec, grid, index, device) for index in (INDEX, BlockIndex(7, 12)) for device in ("cpu", "meta")}
        assert found == {by_hand(spec, grid)}


def test_every_kind_of_the_kit_has_a_formula_here():
    assert HAND.keys() - {"gated-shift"} == OPERATORS.kinds().keys()


UNSEEN = {"active-token", "adaptive-frequency", "attention", "conjugate", "fourier", "global-filter", "hermit-frequency", "pool"}
"""Kinds with operations that torch's own counter does not see, or takes for real numbers."""


def test_torchs_own_counter_says_the_same_where_it_sees_everything():
    seen = [(spec, GRIDS[0]) for _, spec in EXAMPLES if spec.kind not in UNSEEN and not spec.check(GRIDS[0], INDEX)]
    assert len(seen) > 40
    for spec, grid in seen:
        with FlopCounterMode(display=False) as counter:
            spec.build(grid, INDEX)(torch.rand(1, grid.freq, grid.time, grid.dim))
        assert counter.get_total_flops() == counted(spec, grid), spec


@pytest.mark.parametrize("axis", ["freq", "time", "dim"])
def test_flops_of_a_cosine_transform(axis):
    spec = ConjugateSpec(transform=DctSpec(axis=axis), operator=TokenSpec())
    grid, size = Grid(4, 6, 16), {"freq": 4, "time": 6, "dim": 16}[axis]
    assert counted(spec, grid) == 24 * 16 // size * 2 * fft(2 * size) + by_hand(TokenSpec(), grid)


class HiddenSpec(OperatorSpec):
    """Works where counting does not see it, and says what it does."""

    kind: str = "hidden"

    def build(self, grid, index):
        return Hidden()

    def flops(self, grid, index):
        return 7 * grid.tokens


class Hidden(nn.Module):
    def forward(self, x):
        raise NotImplementedError("it has no implementation here, on a device without numbers, say")


@pytest.fixture
def hidden(monkeypatch):
    """The kind is known while the test runs."""
    monkeypatch.setattr(HiddenSpec, "build", noting_own_flops(HiddenSpec.build))
    return HiddenSpec()


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        (lambda spec: spec, 7 * 24),
        (lambda spec: ChainSpec(operators=(PointwiseSpec(), spec, spec)), 2 * 24 * 16**2 + 2 * 7 * 24),
        (lambda spec: AxialSpec(axis="time", operator=spec), 4 * 7 * 6),  # on four rows of six, as clips of their own
        (lambda spec: ChainSpec(operators=(AxialSpec(axis="freq", operator=ChainSpec(operators=(spec,))),)), 6 * 7 * 4),
    ],
)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_what_settings_say_themselves_counts_at_any_depth(hidden, around, expected, device):
    assert counted(around(hidden), Grid(4, 6, 16), device=device) == expected


def test_counting_leaves_no_trace(hidden):
    module = ChainSpec(operators=(PointwiseSpec(), hidden)).build(Grid(4, 6, 16), BlockIndex(0, 1))
    x = torch.rand(1, 4, 6, 16)
    assert count_flops(module, x) == count_flops(module, x)
    with pytest.raises(NotImplementedError):
        module(x)


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x)[0]


def test_attention_of_torch_is_not_fused_out_of_sight():
    with torch.no_grad():
        assert count_flops(Attending(), torch.rand(1, 6, 16)) == 2 * 6 * 16 * 64 + 2 * 2 * 2 * 6 * 6 * 8
