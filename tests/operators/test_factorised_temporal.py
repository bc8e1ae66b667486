"""Factorised temporal mixing: interleaved sequences, each with an MLP of its own."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from tests.operators.literal import agree, gradients_agree


def built(f, t, d, **settings):
    module = build_operator({"kind": "factorised-temporal", **settings}, Grid(f, t, d)).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module


def one_token_at_a_time(module, x, parts):
    """Token n of sequence n mod s, by index loops and the MLP's matrices."""
    rows = x.flatten(1, 2)
    out = [None] * rows.shape[1]
    for i, mlp in enumerate(module.mlps):
        members = list(range(i, rows.shape[1], parts))
        hidden = sum(rows[:, n, :, None] * mlp.fc1.weight[:, m] for m, n in enumerate(members)) + mlp.fc1.bias
        hidden = hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5))
        for m, n in enumerate(members):
            out[n] = hidden @ mlp.fc2.weight[m] + mlp.fc2.bias[m]
    return torch.stack(out, dim=1).reshape(x.shape)


@given(f=st.integers(1, 4), t=st.integers(1, 7), d=st.integers(1, 4), parts=st.integers(1, 4))
def test_outputs_and_gradients_are_those_of_index_loops(f, t, d, parts):
    t = t if f * t % parts == 0 else t * parts
    module = built(f, t, d, parts=parts)
    x = torch.randn(2, f, t, d, dtype=torch.float64, requires_grad=True)
    found, expected = module(x), one_token_at_a_time(module, x, parts)
    assert agree(found, expected)
    assert gradients_agree(found, expected, [x, *module.parameters()])


def test_one_part_is_token_mixing():
    module, token = built(3, 5, 4, parts=1), build_operator("token", Grid(3, 5, 4)).double()
    token.mlp.load_state_dict(module.mlps[0].state_dict())
    x = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    assert torch.equal(module(x), token(x))


@pytest.mark.parametrize(
    ("grid", "seen"),
    [
        (Grid(2, 4, 3), [[True, False, True, False]] * 2),  # s divides T: every second column
        (Grid(2, 3, 3), [[True, False, True], [False, True, False]]),  # s divides N alone: a checkerboard
    ],
)
def test_a_token_sees_its_own_sequence_alone(grid, seen):
    x = torch.randn(1, grid.freq, grid.time, grid.dim, dtype=torch.float64, requires_grad=True)
    built(grid.freq, grid.time, grid.dim)(x)[0, 0, 0].pow(2).sum().backward()
    assert x.grad[0].any(dim=-1).tolist() == seen


def test_parts_that_do_not_share_the_tokens_are_named():
    with pytest.raises(RecipeError, match=r"divisor of N = 15 tokens \(grid 3 x 5\)"):
        build_operator("factorised-temporal", Grid(3, 5, 4))
