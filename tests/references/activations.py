"""Activations by their formulas, and by the formulas that timm and transformers write out."""

import math
from collections.abc import Callable

import torch
from timm.layers.activations import mish as timm_mish
from timm.layers.activations import swish as timm_swish
from torch import Tensor, nn
from transformers.activations import GELUActivation, NewGELUActivation

from mixerkit.testing import Case
from tests.references.base import Reference


def smooth_maximum(x: Tensor, one: Tensor, other: Tensor, beta: Tensor) -> Tensor:
    """Acon-C as its paper derives it: the mean of two lines through 0, weighed by a softmax of beta times themselves."""
    lines = torch.stack([one * x, other * x])
    return (torch.softmax(beta * lines, dim=0) * lines).sum(dim=0)


class SmoothMaximum(nn.Module):
    """Acon-C for another library's MLP; its parameters are lent to it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.p1, self.p2, self.beta = (nn.Parameter(torch.empty(width)) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        return smooth_maximum(x, self.p1, self.p2, self.beta)


FORMULAS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": lambda x: x * (1 + torch.erf(x / math.sqrt(2))) / 2,
    "gelu-tanh": lambda x: x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    "silu": lambda x: x * (1 + torch.tanh(x / 2)) / 2,
    "mish": lambda x: x * torch.tanh(torch.logaddexp(x, torch.zeros_like(x))),
    "relu": lambda x: torch.where(x > 0, x, 0.0),
}
LIBRARIES: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": GELUActivation(use_gelu_python=True),
    "gelu-tanh": NewGELUActivation(),
    "silu": timm_swish,
    "mish": timm_mish,
}


def bend(name: str, act: nn.Module, x: Tensor) -> Tensor:
    """The activation of this name on x, by its formula; ``act`` lends what it has learned."""
    return FORMULAS[name](x) if name in FORMULAS else smooth_maximum(x, act.p1, act.p2, act.beta)


def by_formula(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return bend(case.spec.activation, module, x)


def by_libraries(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    return LIBRARIES[case.spec.activation](x)


ACTIVATION = (
    Reference("formulas of timm and transformers", by_libraries, lambda spec: spec.activation in LIBRARIES),
    Reference("its formula by hand", by_formula),
)
