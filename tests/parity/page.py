"""docs/parity.md: how far every operator is from its references, measured, as one page of markdown."""

from textwrap import fill

import torch

from tests.examples import EXAMPLES
from tests.parity.precision import GRID, InUse, in_use, refused_by_fft
from tests.parity.sweep import ODD, PAIRS, sweep
from tests.references import TOLERANCE

HEAD = """\
# Parity

Every operator, with every example that it gives, against references: modules of other libraries with our weights lent to them,
where there are any, and second writings by hand. None of them runs the operator or a part of it. Compared are the outputs, and
the gradients for the input and for every parameter from a random upstream gradient: in float64, in evaluation mode, all weights
and statistics drawn at random (weights with a standard deviation of 0.5), at three places of a stack, on those of {grids} small
grids (F x T x D) that the operator takes:

{names}

A difference is the largest of any value, relative to the largest value of the reference, or to 1 where that is smaller.
`tests/parity/test_operators.py` holds all of them to {tolerance:g}. 0 is bit for bit: beside a library it often means that both
end in the same function of torch, and then it proves the wiring; the arithmetic is proved by the reference by hand. An operator
made of operators is put together by hand out of the last reference of each part. What all this shows is that the kit computes
what an operator's file says. Whether that is what a paper meant is another matter ([readings.md](readings.md)).

The references are in `tests/references/`. Measured with torch {torch} on a CPU by `python -m tests.parity > docs/parity.md`.

| operator | reference | grids | outputs | gradients |
|---|---|---|---|---|
"""
IN_USE = """
## In half precision, and compiled

The first example of every operator, on {grid} with weights as they start, against itself in float32. Weights and input are
numbers that bfloat16 has, so that only the arithmetic differs. An error is the length of what differs in lengths of what is
expected. Compiled is `torch.compile(fullgraph=True, backend="aot_eager")` against the same module not compiled, in float32, a
difference as above. `torch.fft` on the CPU refuses {refused}, so operators transform in float32, under
autocast too; the last column says what their transforms were seen to run in.

| operator | in bfloat16 | under bfloat16 autocast | compiled | transforms |
|---|---|---|---|---|
"""


def page() -> str:
    """The page; it takes a minute."""
    names = fill(", ".join(str(grid).replace(" ", "") for grid in ODD), width=130)
    head = HEAD.format(grids=len(ODD), names=names, tolerance=TOLERANCE, torch=torch.__version__.partition("+")[0])
    first = {spec.kind: (title, spec) for title, spec in reversed(EXAMPLES)}
    refused = " and ".join(refused_by_fft()) or "no half precision"
    used = [in_use_row(title, in_use(spec)) for title, spec in reversed(first.values())]
    return "".join([head, *parity_rows(), IN_USE.format(grid=GRID, refused=refused), *used])


def parity_rows() -> list[str]:
    """One row for every example and reference."""
    rows = []
    for title, spec, reference in PAIRS:
        found = sweep(spec, reference)
        grids = len({case.grid for case, _ in found})
        outputs, gradients = (max(getattr(far, name) for _, far in found) for name in ("outputs", "gradients"))
        rows.append(f"| {title} | {reference.name} | {grids} of {len(ODD)} | {number(outputs)} | {number(gradients)} |\n")
    return rows


def in_use_row(title: str, found: InUse) -> str:
    compiled = "refused" if found.compiled is None else number(found.compiled)
    return f"| {title} | {number(found.bfloat16)} | {number(found.autocast)} | {compiled} | {', '.join(found.transforms)} |\n"


def number(value: float) -> str:
    return f"{value:.1e}" if value else "0"
