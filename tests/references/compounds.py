"""Operators made of operators: put together by hand out of their parts' own references, at any depth."""

import torch
from torch import Tensor, nn

from mixerkit import Grid, OperatorSpec
from mixerkit.testing import Case
from tests.references.base import Reference
from tests.references.simple import SIMPLE
from tests.references.transforms import POSITION, back, by_formula, by_libraries, there


def part(case: Case, spec: OperatorSpec, module: nn.Module, x: Tensor) -> Tensor:
    """What an operator inside makes of what it sees, by the last of its references."""
    inner = Case(spec, Grid(*x.shape[1:]), case.index, case.seed)
    return (SIMPLE.get(spec.kind) or COMPOUNDS[spec.kind])[-1].outputs(inner, module, x)


def chain(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    for spec, inner in zip(case.spec.operators, module.children(), strict=True):
        x = part(case, spec, inner, x)
    return x


def branches(case: Case, module: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    parts = zip(case.spec.operators, module.branches, inputs, strict=True)
    return [part(case, spec, inner, x) for spec, inner, x in parts]


def parallel(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return torch.stack(branches(case, module, [x] * len(case.spec.operators))).sum(dim=0)


def gated(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """Channel by channel, every branch by its own power of e."""
    outputs = branches(case, module, [x] * len(case.spec.operators))
    columns = []
    for d in range(x.shape[-1]):
        powers = [torch.exp(scores[d]) for scores in module.scores]
        columns.append(sum(power * y[..., d] for power, y in zip(powers, outputs, strict=True)) / sum(powers))
    return torch.stack(columns, dim=-1)


def split(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    fractions = case.spec.fractions or [1] * len(case.spec.operators)
    ends = [x.shape[-1] * sum(fractions[: k + 1]) // sum(fractions) for k in range(len(fractions))]
    inputs = [x[..., start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return torch.cat(branches(case, module, inputs), dim=-1)


def along(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """One row, or one column, after another."""
    axis = 1 if case.spec.axis == "time" else 2
    mixed = [part(case, case.spec.operator, module.operator, x.select(axis, i)[:, None])[:, 0] for i in range(x.shape[axis])]
    return torch.stack(mixed, dim=axis)


def conjugate(case: Case, module: nn.Module, x: Tensor, matrices) -> Tensor:
    """Matrices there and back; transpose by its indices."""
    spec = case.spec.transform
    if spec.kind == "transpose":
        turned = torch.stack([x[:, :, t] for t in range(x.shape[2])], dim=1)
        mixed = part(case, case.spec.operator, module.operator, turned)
        return torch.stack([mixed[:, :, f] for f in range(x.shape[1])], dim=1)
    axis = POSITION[spec.axis]
    one, other = matrices(spec, x.shape[axis])
    return back(part(case, case.spec.operator, module.operator, there(x, axis, one)), axis, other)


def by_numpy_and_scipy(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return conjugate(case, module, x, by_libraries)


def by_matrices(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return conjugate(case, module, x, by_formula)


COMPOUNDS: dict[str, tuple[Reference, ...]] = {
    "axial": (Reference("a loop over rows or columns, each by its part's reference", along),),
    "chain": (Reference("its parts' references, one after another", chain),),
    "conjugate": (
        Reference(
            "transforms of numpy and scipy, its part's reference between",
            by_numpy_and_scipy,
            lambda s: s.transform.kind != "transpose",
        ),
        Reference("transforms by formula, its part's reference between", by_matrices),
    ),
    "gated": (Reference("powers of e, channel by channel, of its parts' references", gated),),
    "parallel": (Reference("its parts' references, summed", parallel),),
    "split": (Reference("slices of channels, each by its part's reference", split),),
}
