"""Cross-patch: one linear map across all N = F * T tokens, shared by every channel.

Paper: ResMLP, arXiv 2105.03404, eq. 2. ResMLP norms by learned factors alone and scales its branch, which is the sublayer's part:
{operator: cross-patch, norm: affine, layer_scale: 0.1}. Its scale starts at 0.1 with 12 blocks, 1e-5 with 24, 1e-6 with 36.
"""

from typing import Literal

from einops import rearrange
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import OperatorSpec, operator
from mixerkit.operators.laws import Law


class CrossPatch(nn.Module):
    """y[:, n, d] = A x[:, :, d] + b, for every channel d alike."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.linear = nn.Linear(tokens, tokens)

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        y = self.linear(rearrange(x, "b f t d -> b d (f t)"))
        return rearrange(y, "b d (f t) -> b f t d", f=x.shape[1])


@operator
class CrossPatchSpec(OperatorSpec):
    """Mix tokens linearly: one N x N matrix over all places of the grid, the same for every channel."""

    kind: Literal["cross-patch"] = "cross-patch"

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return CrossPatch(grid.tokens)

    def laws(self) -> frozenset[Law]:
        return frozenset({Law.AFFINE, Law.CHANNEL_WISE, Law.CHANNEL_EQUIVARIANT})
