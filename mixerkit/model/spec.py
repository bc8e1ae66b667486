"""What a recipe may say about a model, and the walk through its shapes.

A model is patches, then blocks, then a head. All blocks alike: ``depth`` and ``block``. Blocks that change over the depth,
or a grid that shrinks: ``stages``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, PositiveInt

from mixerkit.grid import BlockIndex, Grid, InputShape
from mixerkit.model.block import BlockSpec
from mixerkit.model.heads import Head, MeanPoolSpec
from mixerkit.model.init import InitSpec
from mixerkit.model.patches import PatchSpec
from mixerkit.model.stage import MOST_BLOCKS, MOST_CHANNELS, StageSpec
from mixerkit.operators import OperatorSpec
from mixerkit.spec import Issue, Spec, under


class DropPathSpec(Spec):
    """Stochastic depth: how often a clip skips a branch in training."""

    rate: float = Field(0.0, ge=0.0, lt=1.0, description="probability in the last block")
    rule: Literal["linear", "constant"] = Field(
        "linear", description="linear: from 0 in the first block up; constant: everywhere"
    )

    def at(self, index: BlockIndex) -> float:
        """The rate of the block at ``site``."""
        if self.rule == "constant":
            return self.rate
        return self.rate * index.index / max(1, index.depth - 1)


@dataclass(frozen=True)
class StageLayout:
    """A stage: the grid before its downsampling (``grid_in``), the grid in its blocks, the index of its ``first`` block."""

    index: int
    stage: StageSpec
    grid_in: Grid
    grid: Grid
    first: int
    depth: int

    def indices(self) -> list[BlockIndex]:
        """Where each of its blocks stands in the whole stack."""
        return [BlockIndex(self.first + i, self.depth) for i in range(self.stage.repeat)]


class ModelSpec(Spec):
    """Spectrograms to logits: patches, blocks, head."""

    dim: PositiveInt = Field(le=MOST_CHANNELS, description="D, channels of a token")
    depth: PositiveInt | None = Field(None, le=MOST_BLOCKS, description="how many blocks, all alike; or write `stages`")
    block: BlockSpec | None = Field(None, description="what each of the `depth` blocks is made of")
    stages: tuple[StageSpec, ...] = Field((), description="instead of depth and block: blocks that change over the depth")
    patches: PatchSpec = Field(PatchSpec(), description="how the spectrogram is cut into tokens")
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

    def token_grid(self, shape: InputShape) -> Grid:
        """The grid that reaches the first stage."""
        grid = self.patches.grid(shape, self.dim)
        extra = len(self.extra_tokens)
        return Grid(1, grid.tokens + extra, grid.dim, extra) if extra else grid

    def walk(self, shape: InputShape) -> Iterator[StageLayout]:
        """Every stage with its grids, in order."""
        grid = self.token_grid(shape)
        depth, first = sum(stage.repeat for stage in self.all_stages()), 0
        for index, stage in enumerate(self.all_stages()):
            grid_in = grid
            if stage.downsample is not None:
                grid = stage.downsample.grid(grid_in, stage.dim or grid_in.dim)
            yield StageLayout(index, stage, grid_in, grid, first, depth)
            first += stage.repeat

    def last_grid(self, shape: InputShape) -> Grid:
        """The grid that reaches the head."""
        return [layout.grid for layout in self.walk(shape)][-1]

    def has_unused_parameters(self, shape: InputShape) -> bool:
        """Whether an operator names parameters that get no gradient by design."""
        layouts = ((layout, index) for layout in self.walk(shape) for index in layout.indices())
        return any(
            sublayer.operator.without_gradient(layout.grid, index)
            for layout, index in layouts
            for sublayer in layout.stage.block.operators
        )

    def operators(self) -> list[OperatorSpec]:
        """Every sublayer's operator, stage by stage."""
        return [sublayer.operator for stage in self.all_stages() for sublayer in stage.block.operators]

    def check(self, shape: InputShape) -> list[Issue]:
        """Everything that does not fit, from patches to head. Uses no torch."""
        found = self._check_grammar() or under("patches", self.patches.check(shape))
        if found:
            return found
        for layout in self.walk(shape):
            key = f"stages.{layout.index}" if self.stages else ""
            shrinking = self._check_downsample(layout)
            if shrinking:
                return [*found, *under(key, shrinking)]
            blocks = [issue for index in layout.indices() for issue in layout.stage.block.check(layout.grid, index)]
            found += under(f"{key}.block".lstrip("."), list(dict.fromkeys(blocks)))
        return found + under("head", self.head.check(self.last_grid(shape)))

    def _check_grammar(self) -> list[Issue]:
        has_stages, has_blocks = bool(self.stages), self.depth is not None and self.block is not None
        if has_stages and (self.depth is not None or self.block is not None):
            return [Issue("stages", "stages beside depth or block", "either stages, or depth and block")]
        if not has_stages and not has_blocks:
            missing = "depth" if self.block is not None else "block"
            return [Issue(missing, "nothing", "depth and block, or stages")]
        if len(set(self.extra_tokens)) < len(self.extra_tokens):
            return [Issue("extra_tokens", f"[{', '.join(self.extra_tokens)}]", "each token once")]
        return []

    def _check_downsample(self, layout: StageLayout) -> list[Issue]:
        stage = layout.stage
        if stage.downsample is not None:
            return stage.downsample.check(layout.grid_in)
        if stage.dim is not None and stage.dim != layout.grid_in.dim:
            return [
                Issue(
                    "dim",
                    f"{stage.dim} where {layout.grid_in.dim} channels come",
                    "a new dim needs downsample (1 keeps the grid)",
                )
            ]
        return []
