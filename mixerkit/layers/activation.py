"""The activations that ASM compared, and ReLU, by name: every MLP of the kit can take any of them.

An activation is built with the width of the axis it works on, because Acon-C has parameters per channel.
Papers: ASM, arXiv 2401.11102 (the comparison); Acon-C, arXiv 2009.04759, eq. 7.
"""

from typing import Literal

import torch
from torch import Tensor, nn

ActivationName = Literal["gelu", "gelu-tanh", "silu", "mish", "acon-c", "acon-c-swish", "relu"]


class AconC(nn.Module):
    """(p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x, with p1, p2 and beta learned per channel.

    Args:
        width: channels on the last axis.
        swish: start as SiLU (p1 = 1, p2 = 0). Otherwise, as its authors do, p1 and p2 are drawn from N(0, 1), which
            starts each channel with a slope of random size and sign. beta starts at 1 in both.
    """

    def __init__(self, width: int, swish: bool = False) -> None:
        super().__init__()
        self.p1 = nn.Parameter(torch.ones(width) if swish else torch.randn(width))
        self.p2 = nn.Parameter(torch.zeros(width) if swish else torch.randn(width))
        self.beta = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:  # [..., width] -> same
        gap = (self.p1 - self.p2) * x
        return gap * torch.sigmoid(self.beta * gap) + self.p2 * x


def activation(name: ActivationName, width: int) -> nn.Module:
    """The activation ``name`` for a last axis of ``width`` channels: ``[..., width]`` -> same."""
    match name:
        case "gelu":
            return nn.GELU()
        case "gelu-tanh":  # the approximation that MLP-Mixer's JAX code uses; at most 4.7e-4 away
            return nn.GELU(approximate="tanh")
        case "silu":
            return nn.SiLU()
        case "mish":
            return nn.Mish()
        case "acon-c":
            return AconC(width)
        case "acon-c-swish":
            return AconC(width, swish=True)
        case "relu":
            return nn.ReLU()
