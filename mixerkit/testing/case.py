"""One case to try an operator on: settings, a grid they fit, a place in the stack, and a seed for weights and inputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import torch
from hypothesis import strategies
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators import OperatorSpec

FREQ, TIME, DIM = (4, 1, 2, 3, 5, 20), (4, 1, 2, 3, 5, 7, 8, 40), (16, 2, 4, 6, 8, 9, 12, 24, 32, 48)
"""Sizes that are tried, the plain one first: hypothesis shrinks towards it. Of 20 rows most are out of a window's reach."""
MOST_TOKENS = 200
DEPTHS = (4, 1, 2, 12)
TOLERANCE = 1e-9


class Broken(AssertionError):
    """A check that an operator fails.

    Attributes:
        what: what differed.
        case: the case that shows it; None where there was none to try.
    """

    def __init__(self, what: str, case: "Case | None" = None) -> None:
        super().__init__(what if case is None else f"{what}\n  settings {case.spec!r}\n  {case.where}")
        self.what, self.case = what, case


@dataclass(frozen=True)
class Case:
    """What an operator is tried on."""

    spec: OperatorSpec
    grid: Grid
    index: BlockIndex
    seed: int

    def module(self, dtype: torch.dtype = torch.float64, grid: Grid | None = None) -> nn.Module:
        """The operator in evaluation mode, every weight and statistic drawn at random: zeros at the start would hide faults."""
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            module = self.spec.build(grid or self.grid, self.index).to(dtype)
            for parameter in module.parameters():
                nn.init.normal_(parameter, std=0.5)
            for name, buffer in module.named_buffers():
                if name.endswith("running_mean"):
                    buffer.normal_()
                elif name.endswith("running_var"):
                    buffer.uniform_(0.5, 2.0)
        return module.eval()

    def input(self, batch: int = 2, number: int = 0, dtype: torch.dtype = torch.float64, grid: Grid | None = None) -> Tensor:
        """A normal random grid ``[B, F, T, D]``; ``number`` tells several inputs of one case apart."""
        shape = grid or self.grid
        generator = torch.Generator().manual_seed(1000 * self.seed + number)
        drawn = torch.randn(batch, shape.freq, shape.time, shape.dim, generator=generator, dtype=torch.float64)
        return drawn.to(dtype)

    @property
    def where(self) -> str:
        """All but the settings, in a line."""
        return f"grid {self.grid}, block {self.index.index} of {self.index.depth}, seed {self.seed}"

    def broken(self, what: str) -> Broken:
        """The failure, with all that is needed to see it again."""
        return Broken(what, self)


def cases(spec: OperatorSpec) -> strategies.SearchStrategy[Case]:
    """Cases for these settings; the smallest counterexample is found by hypothesis."""
    places = [BlockIndex(index, depth) for depth in DEPTHS for index in range(depth)]
    return strategies.sampled_from(places).flatmap(
        lambda index: strategies.builds(
            Case,
            spec=strategies.just(spec),
            grid=strategies.sampled_from(sound_grids(spec, index)),
            index=strategies.just(index),
            seed=strategies.integers(0, 99),
        )
    )


@lru_cache(maxsize=4096)
def sound_grids(spec: OperatorSpec, index: BlockIndex) -> tuple[Grid, ...]:
    """Small grids that these settings fit. Raises Broken if there is none."""
    found = tuple(grid for grid in _grids() if not spec.check(grid, index))
    if not found:
        why = f"{spec!r} fits none of the {len(list(_grids()))} small grids that are tried: {spec.check(Grid(4, 4, 16), index)}"
        raise Broken(f"{why}. Write examples() with settings that fit one.")
    return found


def _grids() -> Iterator[Grid]:
    return (Grid(freq, time, dim) for freq, time, dim in product(FREQ, TIME, DIM) if freq * time <= MOST_TOKENS)


def differ(a: Tensor, b: Tensor, tolerance: float = TOLERANCE) -> bool:
    """Whether two results are further apart than rounding explains."""
    a, b = a.detach(), b.detach()
    scale = 1.0 + max(float(a.abs().max()), float(b.abs().max())) if a.numel() else 1.0
    return a.shape != b.shape or not bool(((a - b).abs() <= tolerance * scale).all())
