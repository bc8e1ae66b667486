"""Heads: from the grid of tokens to one logit per class."""

from abc import abstractmethod
from typing import Annotated, Literal

from einops import reduce
from pydantic import BeforeValidator, Field, SerializeAsAny
from torch import Tensor, nn

from mixerkit.grid import Grid
from mixerkit.layers import Norm
from mixerkit.registry import ISSUES, Interface, Registry, instance_of
from mixerkit.spec import Issue, KindSpec


class HeadSpec(KindSpec):
    """Settings of one head. Subclass it, give it a ``kind``, decorate it with ``@head``."""

    noun = "head"

    @abstractmethod
    def build(self, grid: Grid, classes: int) -> nn.Module:
        """A module of two inputs: the grid ``[B, F, T, D]`` and the valid columns ``[B, T]`` (1 or 0) -> logits [B, K]."""

    def check(self, grid: Grid) -> list[Issue]:
        """What does not fit this grid."""
        return []


INTERFACE: Interface = {"build": instance_of(nn.Module, "An nn.Module."), "check": ISSUES}

HEADS: Registry[HeadSpec] = Registry(HeadSpec, INTERFACE)
head = HEADS.add

Head = Annotated[SerializeAsAny[HeadSpec], BeforeValidator(HEADS.read)]


class MeanPool(nn.Module):
    """norm, mean over tokens, linear. With ``masked``, the mean is over tokens whose patch holds some of the recording."""

    def __init__(self, dim: int, classes: int, norm: Norm, masked: bool) -> None:
        super().__init__()
        self.norm = norm.build(dim)
        self.linear = nn.Linear(dim, classes)
        self.masked = masked

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:  # [B, F, T, D], [B, T] -> [B, K]
        y = reduce(self.norm(x), "b f t d -> b t d", "mean")
        if self.masked:
            weights = valid.to(y.dtype) / valid.sum(dim=1, keepdim=True).to(y.dtype)
            pooled = (y * weights[:, :, None]).sum(dim=1)
        else:
            pooled = y.mean(dim=1)
        return self.linear(pooled)


class AstHead(nn.Module):
    """AST's: norm, mean of the extra tokens, a second layer norm (eps 1e-5), linear."""

    def __init__(self, dim: int, classes: int, extra: int, norm: Norm = Norm()) -> None:  # noqa: B008  # frozen
        super().__init__()
        self.norm = norm.build(dim)
        self.extra = extra
        self.head_norm = nn.LayerNorm(dim)
        self.linear = nn.Linear(dim, classes)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:  # [B, 1, N + extra, D], [B, 1] -> [B, K]
        return self.linear(self.head_norm(self.norm(x)[:, 0, : self.extra].mean(dim=1)))


@head
class MeanPoolSpec(HeadSpec):
    """Norm, mean over all tokens (extra ones too), linear: MLP-Mixer's head."""

    kind: Literal["mean-pool"] = "mean-pool"
    norm: Norm = Field(Norm(), description="norm before the mean")

    def build(self, grid: Grid, classes: int) -> nn.Module:
        return MeanPool(grid.dim, classes, self.norm, masked=False)


@head
class MaskedMeanPoolSpec(HeadSpec):
    """Norm, mean over the tokens that hold some of the recording (padding left out), linear."""

    kind: Literal["masked-mean-pool"] = "masked-mean-pool"
    norm: Norm = Field(Norm(), description="norm before the mean")

    def build(self, grid: Grid, classes: int) -> nn.Module:
        return MeanPool(grid.dim, classes, self.norm, masked=True)

    def check(self, grid: Grid) -> list[Issue]:
        if grid.extra:
            return [Issue("", "a grid flattened by extra tokens", "mean-pool or ast: a flat grid has no columns")]
        return []


@head
class AstHeadSpec(HeadSpec):
    """AST's head: norm, mean of the extra tokens (cls and dist), a second norm, linear (arXiv 2104.01778)."""

    kind: Literal["ast"] = "ast"
    norm: Norm = Field(Norm(), description="norm before the mean of the extra tokens")

    def build(self, grid: Grid, classes: int) -> nn.Module:
        return AstHead(grid.dim, classes, grid.extra, self.norm)

    def check(self, grid: Grid) -> list[Issue]:
        if not grid.extra:
            return [Issue("", "a model without extra tokens", "model.extra_tokens: [cls, dist], or the head mean-pool")]
        return []
