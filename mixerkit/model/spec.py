"""What a recipe may say about a model, and the walk through its shapes.

A model is patches, then blocks, then a head. All blocks alike: ``depth`` and ``block``. Blocks that change over the depth,
or a grid that shrinks: ``stages``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, PositiveInt

from mixerkit.grid import Grid, Picture, Site
from mixerkit.model.block import BlockSpec
from mixerkit.model.heads import Head, MeanPoolSpec
from mixerkit.model.init import InitSpec
from mixerkit.model.patches import PatchSpec
from mixerkit.model.stage import MOST_BLOCKS, MOST_CHANNELS, StageSpec
from mixerkit.operators import OperatorSpec
from mixerkit.spec import Misfit, Spec, under

MOST_FLOPS = 10**17
"""Of one operator on one clip: a million times what the paper's take. What is above is a slip of the keyboard, and its weights
would have more elements than torch can count."""


class DropPathSpec(Spec):
    """Stochastic depth: how often a clip skips a branch in training."""

    rate: float = Field(0.0, ge=0.0, lt=1.0, description="probability in the last block")
    rule: Literal["linear", "constant"] = Field(
        "linear", description="linear: from 0 in the first block up; constant: everywhere"
    )

    def at(self, site: Site) -> float:
        """The rate of the block at ``site``."""
        if self.rule == "constant":
            return self.rate
        return self.rate * site.index / max(1, site.depth - 1)


@dataclass(frozen=True)
class StagePlace:
    """A stage with the grid before its downsampling (``came``), the grid in its blocks, and the index of its ``first`` block."""

    index: int
    stage: StageSpec
    came: Grid
    grid: Grid
    first: int
    depth: int

    def sites(self) -> list[Site]:
        """Where each of its blocks stands in the whole stack."""
        return [Site(self.first + i, self.depth) for i in range(self.stage.repeat)]


class ModelSpec(Spec):
    """Pictures to logits: patches, blocks, head."""

    dim: PositiveInt = Field(le=MOST_CHANNELS, description="D, channels of a token")
    depth: PositiveInt | None = Field(None, le=MOST_BLOCKS, description="how many blocks, all alike; or write `stages`")
    block: BlockSpec | None = Field(None, description="what each of the `depth` blocks is made of")
    stages: tuple[StageSpec, ...] = Field((), description="instead of depth and block: blocks that change over the depth")
    patches: PatchSpec = Field(PatchSpec(), description="how the picture is cut into tokens")
    extra_tokens: tuple[Literal["cls", "dist"], ...] = Field((), description="learned tokens in front (AST's); flattens the grid")
    position: Literal["none", "learned"] = Field("none", description="a learned vector added to every token, or none")
    drop_path: DropPathSpec = Field(DropPathSpec(), description="stochastic depth")
    init: InitSpec = Field(InitSpec(), description="how weights start")
    head: Head = Field(MeanPoolSpec(), description="from tokens to logits")

    def all_stages(self) -> tuple[StageSpec, ...]:
        """The stages, also where the recipe says depth and block."""
        if self.block is not None and self.depth is not None:
            return (StageSpec(repeat=self.depth, block=self.block),)
        return self.stages

    def token_grid(self, picture: Picture) -> Grid:
        """The grid that reaches the first stage."""
        grid = self.patches.grid(picture, self.dim)
        extra = len(self.extra_tokens)
        return Grid(1, grid.tokens + extra, grid.dim, extra) if extra else grid

    def walk(self, picture: Picture) -> Iterator[StagePlace]:
        """Every stage with its grids, in order."""
        grid = self.token_grid(picture)
        depth, first = sum(stage.repeat for stage in self.all_stages()), 0
        for index, stage in enumerate(self.all_stages()):
            came = grid
            if stage.downsample is not None:
                grid = stage.downsample.grid(came, stage.dim or came.dim)
            yield StagePlace(index, stage, came, grid, first, depth)
            first += stage.repeat

    def last_grid(self, picture: Picture) -> Grid:
        """The grid that reaches the head."""
        return [place.grid for place in self.walk(picture)][-1]

    def has_unused_parameters(self, picture: Picture) -> bool:
        """Whether an operator names parameters that get no gradient by design."""
        places = ((place, site) for place in self.walk(picture) for site in place.sites())
        return any(
            slot.operator.without_gradient(place.grid, site) for place, site in places for slot in place.stage.block.operators
        )

    def operators(self) -> list[OperatorSpec]:
        """Every slot's operator, stage by stage."""
        return [slot.operator for stage in self.all_stages() for slot in stage.block.operators]

    def misfits(self, picture: Picture) -> list[Misfit]:
        """Everything that does not fit, from patches to head. Uses no torch."""
        found = self._grammar_misfits() or under("patches", self.patches.misfits(picture))
        if found:
            return found
        for place in self.walk(picture):
            key = f"stages.{place.index}" if self.stages else ""
            came = self._downsample_misfits(place)
            if came:
                return [*found, *under(key, came)]
            blocks = [misfit for site in place.sites() for misfit in place.stage.block.misfits(place.grid, site)]
            found += under(f"{key}.block".lstrip("."), list(dict.fromkeys(blocks)) or self._size_misfits(place))
        return found + under("head", self.head.misfits(self.last_grid(picture)))

    def _grammar_misfits(self) -> list[Misfit]:
        has_stages, has_blocks = bool(self.stages), self.depth is not None and self.block is not None
        if has_stages and (self.depth is not None or self.block is not None):
            return [("stages", "stages beside depth or block", "either stages, or depth and block")]
        if not has_stages and not has_blocks:
            missing = "depth" if self.block is not None else "block"
            return [(missing, "nothing", "depth and block, or stages")]
        if len(set(self.extra_tokens)) < len(self.extra_tokens):
            return [("extra_tokens", f"[{', '.join(self.extra_tokens)}]", "each token once")]
        return []

    def _size_misfits(self, place: StagePlace) -> list[Misfit]:
        sizes = [(i, slot.operator.flops(place.grid, place.sites()[0])) for i, slot in enumerate(place.stage.block.operators)]
        allowed = f"at most {MOST_FLOPS:.0e}: a smaller grid, dim or hidden_ratio"
        return [(f"operators.{i}", f"{flops:.2e} FLOPs per clip", allowed) for i, flops in sizes if flops > MOST_FLOPS]

    def _downsample_misfits(self, place: StagePlace) -> list[Misfit]:
        stage = place.stage
        if stage.downsample is not None:
            return stage.downsample.misfits(place.came)
        if stage.dim is not None and stage.dim != place.came.dim:
            return [("dim", f"{stage.dim} where {place.came.dim} channels come", "a new dim needs downsample (1 keeps the grid)")]
        return []
