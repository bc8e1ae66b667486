"""One test per law. Each tries an operator on a case, and raises Broken where the law does not hold."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from mixerkit.operators import Law
from mixerkit.testing.case import Broken, Case, differ


def linear(case: Case) -> None:
    """f(a x + b y) = a f(x) + b f(y)"""
    _same_combination(case, 0.7, -1.3)


def affine(case: Case) -> None:
    """f(a x + (1 - a) y) = a f(x) + (1 - a) f(y)"""
    _same_combination(case, 0.7, 0.3)


def zero_preserving(case: Case) -> None:
    """f(0) = 0"""
    x = case.input()
    _same(case, case.module()(torch.zeros_like(x)), torch.zeros_like(x), "f(0) is not 0")


def constant_preserving(case: Case) -> None:
    """The same token everywhere gives the same token everywhere."""
    x = case.input()
    y = case.module()(x[:, :1, :1].expand_as(x))
    _same(case, y, y[:, :1, :1].expand_as(y), "a constant grid comes out uneven")


def permutation(case: Case) -> None:
    """The values of each clip come out unchanged, in other places."""
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        x = case.input(dtype=dtype)
        y = case.module(dtype)(x)
        if not torch.equal(x.flatten(1).sort().values, y.flatten(1).sort().values):
            raise case.broken(f"the values that come out are not those that went in ({dtype})")


def parameter_free(case: Case) -> None:
    """There is nothing to learn."""
    names = [name for name, _ in case.module().named_parameters()]
    if names:
        raise case.broken(f"it has parameters: {', '.join(names)}")


def token_wise(case: Case) -> None:
    """A changed token changes no other."""
    _reaches(case, Law.local(0))


def local(case: Case, radius: int) -> None:
    """A changed token changes none further than ``radius`` away."""
    _reaches(case, Law.local(radius))


def channel_wise(case: Case) -> None:
    """A changed channel changes no other."""
    dim = case.grid.dim
    moved = _moved(case, torch.eye(dim, dtype=torch.float64)[:, None, None, :]).amax(dim=(1, 2))  # [D, D]
    others = moved * (1 - torch.eye(dim))
    _same(case, others, torch.zeros_like(others), f"channel {_first(others)} changes other channels")


def token_equivariant(case: Case) -> None:
    """Tokens permuted before or after: the same."""
    x = case.input()
    order = torch.randperm(case.grid.tokens, generator=torch.Generator().manual_seed(case.seed))
    _commutes(case, lambda y: y.flatten(1, 2)[:, order].reshape(x.shape), "a permutation of tokens does not commute with it")


def channel_equivariant(case: Case) -> None:
    """Channels permuted before or after: the same."""
    order = torch.randperm(case.grid.dim, generator=torch.Generator().manual_seed(case.seed))
    _commutes(case, lambda y: y[..., order], "a permutation of channels does not commute with it")


def freq_roll_equivariant(case: Case) -> None:
    """Rows rolled in a circle before or after: the same."""
    _commutes(case, lambda y: y.roll(1, dims=1), "rolling the rows in a circle does not commute with it")


def time_roll_equivariant(case: Case) -> None:
    """Columns rolled in a circle before or after: the same."""
    _commutes(case, lambda y: y.roll(1, dims=2), "rolling the columns in a circle does not commute with it")


def any_length(case: Case) -> None:
    """The weights of one length do what those of another length do, on both."""
    longer = (replace(case.grid, time=case.grid.time + more) for more in range(1, 33))
    other = next((grid for grid in longer if not case.spec.check(grid, case.index)), None)
    if other is None:
        return
    short, long = case.module(), case.module(grid=other)
    x = case.input(grid=other)
    try:
        long.load_state_dict(short.state_dict())
        found = short(x)
    except RuntimeError as error:
        first = str(error).splitlines()[0]
        raise case.broken(f"what was built for {case.grid.time} columns does not take {other.time}: {first}") from error
    _same(case, found, long(x), f"what was built for {case.grid.time} columns does something else on {other.time}")


CHECKS: dict[str, Callable[[Case], None]] = {
    "linear": linear,
    "affine": affine,
    "zero-preserving": zero_preserving,
    "constant-preserving": constant_preserving,
    "permutation": permutation,
    "parameter-free": parameter_free,
    "token-wise": token_wise,
    "channel-wise": channel_wise,
    "token-equivariant": token_equivariant,
    "channel-equivariant": channel_equivariant,
    "freq-roll-equivariant": freq_roll_equivariant,
    "time-roll-equivariant": time_roll_equivariant,
    "any-length": any_length,
}


def check_law(law: Law, case: Case) -> None:
    """Try one law on one case. Raises Broken with the case if it does not hold."""
    try:
        if law.radius is not None:
            local(case, law.radius)
        else:
            CHECKS[law.name](case)
    except Broken as broken:
        raise Broken(f"the law {law} does not hold ({law.meaning}): {broken.what}", broken.case) from None


def holds(law: Law, case: Case) -> bool:
    """Whether the law holds on this case."""
    try:
        check_law(law, case)
    except Broken:
        return False
    return True


def _same(case: Case, found: Tensor, expected: Tensor, what: str) -> None:
    if differ(found, expected):
        raise case.broken(f"{what} (off by {float((found - expected).detach().abs().max()):.3g})")


def _same_combination(case: Case, a: float, b: float) -> None:
    module, x, y = case.module(), case.input(), case.input(number=1)
    _same(case, module(a * x + b * y), a * module(x) + b * module(y), f"{a} x + {b} y is not mapped to {a} f(x) + {b} f(y)")


def _commutes(case: Case, move: Callable[[Tensor], Tensor], what: str) -> None:
    module, x = case.module(), case.input()
    _same(case, module(move(x)), move(module(x)), what)


def _reaches(case: Case, law: Law) -> None:
    """Change every token, one at a time; nothing beyond the law's radius may change."""
    grid = case.grid
    alone = torch.eye(grid.tokens, dtype=torch.float64).reshape(-1, grid.freq, grid.time, 1)
    places = torch.cartesian_prod(torch.arange(grid.freq), torch.arange(grid.time)).reshape(-1, 2)  # [N, 2]
    distance = (places[:, None] - places[None]).abs().amax(dim=2)  # [N, N]
    beyond = _moved(case, alone).amax(dim=3).flatten(1) * (distance > (law.radius or 0))
    row, column = divmod(_first(beyond), grid.time)
    what = f"the token at row {row}, column {column} changes tokens beyond"
    _same(case, beyond, torch.zeros_like(beyond), what)


def _moved(case: Case, parts: Tensor) -> Tensor:
    """By how much the output moves, [P, F, T, D], when each of P ``parts`` of the input, 1 where it is, is changed alone."""
    module, x = case.module(), case.input(batch=1)
    return (module(x + parts * case.input(batch=1, number=1)) - module(x)).detach().abs()


def _first(moved: Tensor) -> int:
    """The part that moves most what it should not."""
    return int(moved.amax(dim=1).argmax())
