"""What a transform declares, tested: its grid, the way back, and what it says of operators between there and back.

A transform is tried as ``conjugate`` uses it: the contract of operators with one operator in it, and the laws that it carries
with every operator that it changes.
"""

from dataclasses import replace

import torch

from mixerkit.errors import PluginError, Problem
from mixerkit.operators import (
    ActivationSpec,
    ChannelSpec,
    ConjugateSpec,
    DepthwiseSpec,
    GlobalFilterSpec,
    OperatorSpec,
    PointwiseSpec,
    PoolSpec,
    ShiftSpec,
    SpatialShiftSpec,
    TokenSpec,
    TransformSpec,
    closure,
    title,
)
from mixerkit.registry import located
from mixerkit.testing.case import Case, differ
from mixerkit.testing.contract import CONTRACT, TYPES
from mixerkit.testing.spec_check import SpecCheck, contract_check, law_check

PARTS: tuple[OperatorSpec, ...] = (
    TokenSpec(),
    ChannelSpec(hidden_ratio=1.0),
    PointwiseSpec(bias=False),
    ActivationSpec(),
    ShiftSpec(divisions=4),
    SpatialShiftSpec(),
    PoolSpec(),
    DepthwiseSpec(kernel=3),
    GlobalFilterSpec(),
)
"""Operators that stand between there and back. Between them they obey and break every law that a transform can carry."""


def tells_its_grid(case: Case) -> None:
    """There is the grid that it says, back is the grid that went in, in float64, float32 and bfloat16."""
    transform, grid = _transform(case), case.grid
    inner = transform.grid(grid)
    for dtype in TYPES:
        pair, x = transform.build().to(dtype), case.input(dtype=dtype)
        y = pair(x)
        if tuple(y.shape[1:]) != (inner.freq, inner.time, inner.dim) or y.dtype != dtype:
            raise case.broken(f"there is {list(y.shape)} {y.dtype} where grid() says {inner}, and {dtype} went in")
        back = pair.inverse(y, x.shape)
        if back.shape != x.shape or back.dtype != dtype:
            raise case.broken(f"back is {list(back.shape)} {back.dtype} where {list(x.shape)} {dtype} went in")


def leaves_both_untouched(case: Case) -> None:
    """Neither way writes to what it gets, nor the way back to the grid that went there, of which it may get a view."""
    for dtype in TYPES:
        pair, x = _transform(case).build().to(dtype), case.input(dtype=dtype)
        x_before, y = x.clone(), pair(x)
        y_before = y.clone()
        pair.inverse(y, x.shape)
        if not torch.equal(x, x_before) or not torch.equal(y, y_before):
            raise case.broken(f"what it gets is changed in place ({dtype})")


def has_nothing_to_learn(case: Case) -> None:
    """It has no parameters: what it says of itself holds at every step of training."""
    names = [name for name, _ in _transform(case).build().named_parameters()]
    if names:
        raise case.broken(f"it has parameters: {', '.join(names)}; write an operator instead")


def comes_back(case: Case) -> None:
    """Back after there is the input, if it says that it is exact."""
    pair, x = _transform(case).build().double(), case.input()
    if _transform(case).exact and differ(pair.inverse(pair(x), x.shape), x):
        raise case.broken("back after there is not the input, though it says that it is exact")


def commutes_as_it_says(case: Case) -> None:
    """There after an operator is that operator after there, for all operators of whose laws it says so."""
    transform, x = _transform(case), case.input()
    inner = transform.grid(case.grid)
    for part in PARTS:
        fits = not part.check(case.grid, case.index) and not part.check(inner, case.index)
        if fits and transform.commutes(closure(part.laws())):
            before, there = replace(case, spec=part).module(), transform.build().double()
            after = replace(case, spec=part).module(grid=inner)
            after.load_state_dict(before.state_dict())
            if differ(there(before(x)), after(there(x))):
                raise case.broken(f"it says that it commutes with operators of the laws of {title(part)}, and does not with it")


TRANSFORM_CONTRACT = {
    check.__name__: check
    for check in (tells_its_grid, leaves_both_untouched, has_nothing_to_learn, comes_back, commutes_as_it_says)
}


def transform_checks(spec: TransformSpec) -> list[SpecCheck]:
    """Every check that a transform with these settings must pass.

    Raises:
        PluginError: it says that it is exact and commutes with every operator, and so changes none.
    """
    changed = [part for part in PARTS if not (spec.exact and spec.commutes(closure(part.laws())))]
    if not changed:
        expected = "True only of laws with which every operator commutes with the way there."
        raise PluginError(Problem(located(type(spec)), "commutes() returned True for every operator that is tried.", expected))
    around = [ConjugateSpec(transform=spec, operator=part) for part in changed]
    own = [SpecCheck(name, around[0], check) for name, check in TRANSFORM_CONTRACT.items()]
    laws = [law_check(law, one) for one in around for law in sorted(one.laws(), key=str)]
    return own + [contract_check(name, around[0]) for name in CONTRACT] + laws


def _transform(case: Case) -> TransformSpec:
    assert isinstance(case.spec, ConjugateSpec), "a transform is tried in a conjugate"
    return case.spec.transform
