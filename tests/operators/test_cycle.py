"""Cycle: against torchvision's deformable convolution with the paper's constant offsets."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.ops import deform_conv2d

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.cycle import FREQ, TIME, Cycle, cycle_shift
from tests.operators.agree import ODD, agree, built, grids

OFFSETS = {3: [0, 1, -1], 5: [0, 1, 2, -2, -1], 7: [0, 1, 2, 3, -3, -2, -1]}


def deformed(x, linear, kernel, along_rows):
    """A 1 x 1 convolution that reads channel c its own offset away: (dy, dx) in turn, one pair per channel."""
    batch, rows, columns, dim = x.shape
    offsets = torch.zeros(batch, 2 * dim, rows, columns, dtype=x.dtype)
    for c in range(dim):
        offsets[:, 2 * c + (0 if along_rows else 1)] = OFFSETS[kernel][c % kernel]
    y = deform_conv2d(x.permute(0, 3, 1, 2), offsets, linear.weight[:, :, None, None], linear.bias)
    return y.permute(0, 2, 3, 1)


def fused(branches, reweight, proj):
    """The weights by hand, channel by channel: those of channel d are outputs 3 d, 3 d + 1, 3 d + 2 of the MLP."""
    clips = []
    for clip in zip(*branches, strict=True):
        mean = sum(clip).mean(dim=(0, 1))
        hidden = torch.nn.functional.gelu(reweight.fc1.weight @ mean + reweight.fc1.bias)
        scores = reweight.fc2.weight @ hidden + reweight.fc2.bias
        channels = []
        for d in range(len(mean)):
            powers = torch.exp(scores[3 * d : 3 * d + 3] - scores[3 * d : 3 * d + 3].max().detach())
            channels.append(sum(power * branch[..., d] for power, branch in zip(powers, clip, strict=True)) / powers.sum())
        clips.append(torch.stack(channels, dim=-1) @ proj.weight.T + proj.bias)
    return torch.stack(clips)


def literal(x, module):
    """CycleMLP's unit in the order of the authors' code: along the width, along the height, plain."""
    along_time = deformed(x, module.time, module.kernel, along_rows=False)
    along_freq = deformed(x, module.freq, module.kernel, along_rows=True)
    return fused([along_time, along_freq, x @ module.channel.weight.T], module.reweight, module.proj)


@pytest.mark.parametrize("kernel", [3, 7])
@pytest.mark.parametrize("grid", ODD, ids=str)
def test_agrees_with_deformable_convolution(grid, kernel):
    module, x = built("cycle", grid, kernel=kernel)
    agree(module(x), literal(x, module), x, *module.parameters())


@given(grid=grids(least=5), kernel=st.sampled_from([3, 5]), seed=st.integers(0, 99))
def test_agrees_with_deformable_convolution_on_any_grid(grid, kernel, seed):
    module, x = built("cycle", grid, seed, kernel=kernel)
    agree(module(x), literal(x, module), x, *module.parameters())


@pytest.mark.parametrize("kernel", OFFSETS)
def test_the_table_of_offsets(kernel):
    """The columns are numbered: what a channel reads in the middle of the grid says how far away it reads."""
    x = torch.arange(9.0).reshape(1, 1, 9, 1).expand(1, 1, 9, 16)
    read = cycle_shift(x, kernel, TIME)[0, 0, 4] - 4
    assert read.tolist() == [OFFSETS[kernel][c % kernel] for c in range(16)]
    assert cycle_shift(x.transpose(1, 2), kernel, FREQ)[0, 4, 0].tolist() == (read + 4).tolist()


def test_what_lies_outside_is_zero():
    y = cycle_shift(torch.ones(1, 2, 3, 6), 3, TIME)
    assert y[0, 0].tolist() == [[1, 1, 0] * 2, [1, 1, 1] * 2, [1, 0, 1] * 2]


def test_one_place_is_no_shift():
    x = torch.randn(2, 3, 4, 5)
    assert torch.equal(cycle_shift(x, 1, TIME), x)


def test_its_parameters():
    module = Cycle(12)
    assert sum(p.numel() for p in module.parameters()) == 5 * 12**2 + 6.25 * 12


@pytest.mark.parametrize(
    ("grid", "kernel", "word"),
    [(Grid(4, 4, 8), 4, "an odd number"), (Grid(4, 4, 4), 5, "at most D = 4"), (Grid(1, 6, 8, extra=2), 3, "extra tokens")],
)
def test_what_it_cannot_take_is_named(grid, kernel, word):
    with pytest.raises(RecipeError, match=word):
        build_operator({"kind": "cycle", "kernel": kernel}, grid)
