"""How far an operator is from a reference: outputs, and the gradients of the input and of every parameter."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mixerkit.testing import Case
from tests.references.base import Reference

TOLERANCE = 1e-12


@dataclass(frozen=True)
class Difference:
    """The largest differences, each relative to the largest value of the reference, or to 1 where that is smaller."""

    outputs: float
    gradients: float

    @property
    def within(self) -> bool:
        """Whether rounding explains both."""
        return self.outputs <= TOLERANCE and self.gradients <= TOLERANCE


def measure(case: Case, reference: Reference) -> Difference:
    """The operator of this case against a reference, in float64, weights and statistics drawn at random, in evaluation mode."""
    module, x = case.module(), case.input().requires_grad_()
    found = module(x)
    with kept_from_running(module):
        expected = reference.outputs(case, module, x)
    inputs, upstream = [x, *module.parameters()], case.input(number=1)
    ours, theirs = (torch.autograd.grad(y, inputs, upstream) for y in (found, expected))
    return Difference(gap(found, expected), max(map(gap, ours, theirs)))


def gap(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest expected value, or to 1 where that is smaller."""
    if found.shape != expected.shape:
        return float("inf")
    found, expected = found.detach(), expected.detach()
    far = float((found - expected).abs().max() / expected.abs().max().clamp(min=1.0))
    return far if far == far else float("inf")  # a NaN is nearer to nothing


@contextmanager
def kept_from_running(module: nn.Module) -> Iterator[None]:
    """While this is open, no part of the module can be called: a reference that did would compare it with itself."""
    handles = [part.register_forward_pre_hook(_refuse) for part in module.modules()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _refuse(module: nn.Module, _: object) -> None:
    raise AssertionError(f"A reference runs {type(module).__name__}, a part of the operator that it is a reference of.")
