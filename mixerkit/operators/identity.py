"""Identity: what comes goes. With the sublayer's norm, a block adds norm(x): the baseline of MetaFormer, arXiv 2210.13452."""

from typing import Literal

from torch import nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law


@operator
class IdentitySpec(OperatorSpec):
    """Mix nothing: the baseline."""

    kind: Literal["identity"] = "identity"

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return nn.Identity()

    def laws(self) -> frozenset[Law]:
        apart = {Law.TOKEN_WISE, Law.CHANNEL_WISE, Law.TOKEN_EQUIVARIANT, Law.CHANNEL_EQUIVARIANT}
        return frozenset({Law.PERMUTATION, Law.PARAMETER_FREE, Law.ANY_LENGTH}) | apart
