"""How weights start. The recipe says it, because "the same" models of other houses differ in it without a word.

Every linear and convolution layer starts as ``linear`` says, biases at 0; then each module's own ``init_weights()``, if it has
one, has the last word.
"""

import math
from typing import Literal

from pydantic import Field, PositiveFloat
from torch import nn

from mixerkit.spec import Spec

CUT_NORMAL_STD = 0.87962566103423978
"""Standard deviation of a unit normal cut at -2 and 2."""


class InitSpec(Spec):
    """The start of every linear layer and of the patches."""

    linear: Literal["trunc-normal", "xavier-uniform", "lecun-normal", "torch"] = Field(
        "trunc-normal",
        description="trunc-normal of `std` (AST, timm), xavier-uniform (timm's Mixer), lecun-normal (JAX's), torch's own",
    )
    std: PositiveFloat = Field(0.02, description="standard deviation of trunc-normal, of extra tokens and of positions")

    def apply(self, model: nn.Module) -> None:
        """Set every weight of ``model`` in place."""
        for module in model.modules():
            if isinstance(module, nn.Linear | nn.Conv2d) and self.linear != "torch":
                self._init_weights(module)
        for module in model.modules():
            own = getattr(module, "init_weights", None)
            if callable(own):
                own()

    def _init_weights(self, layer: nn.Linear | nn.Conv2d) -> None:
        if self.linear == "trunc-normal":
            nn.init.trunc_normal_(layer.weight, std=self.std)
        elif self.linear == "xavier-uniform":
            nn.init.xavier_uniform_(layer.weight)
        else:
            std = math.sqrt(1.0 / layer.weight[0].numel()) / CUT_NORMAL_STD
            nn.init.trunc_normal_(layer.weight, std=std, a=-2 * std, b=2 * std)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
