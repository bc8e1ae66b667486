"""Identity: what comes goes. With the slot's norm, a block adds norm(x): the baseline of MetaFormer, arXiv 2210.13452."""

from typing import Literal

from torch import nn

from mixerkit.grid import Grid, Site
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law


@operator
class IdentitySpec(OperatorSpec):
    """Mix nothing: the baseline."""

    kind: Literal["identity"] = "identity"

    def build(self, grid: Grid, site: Site) -> nn.Module:
        return nn.Identity()

    def flops(self, grid: Grid, site: Site) -> int:
        return 0

    def laws(self) -> frozenset[Law]:
        apart = {Law.TOKENS_APART, Law.CHANNELS_APART, Law.TOKEN_EQUIVARIANT, Law.CHANNEL_EQUIVARIANT}
        return frozenset({Law.PERMUTATION, Law.PARAMETER_FREE, Law.ANY_LENGTH}) | apart
