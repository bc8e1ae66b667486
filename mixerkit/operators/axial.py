"""Along: a sequence mixer along time or along frequency, every row (or every column) by itself, with the same weights.

Along time the operator sees F rows of T tokens as clips of their own, on Grid(1, T, D); along freq T columns of F tokens, on
Grid(1, F, D). So the tokens that it mixes always follow one another along its time axis. One after the other, along time and
along freq, is axial mixing: ``token`` then has matrices of T and of F entries a side where on the whole grid it has N = F T.

The axis that is not mixed counts as clips: a roll along it commutes, and along freq any number of columns will do. What needs a
spectrogram, or mixes no tokens at all, is refused. A transform goes around along, not inside: {kind: conjugate, transform: flip,
operator: {kind: axial, axis: time, operator: ...}}.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, Self

from einops import rearrange
from pydantic import Field
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import Operator, OperatorSpec, needs_grid, operator
from mixerkit.operators.laws import Law, closure
from mixerkit.operators.output import called, refuse_misshapen
from mixerkit.operators.random import RandomSpec
from mixerkit.operators.token import TokenSpec
from mixerkit.spec import Issue, under

GridAxis = Literal["time", "freq"]
PATTERNS = {"time": ("b f t d", "(b f) 1 t d"), "freq": ("b f t d", "(b t) 1 f d")}
"""The grid, and the rows that the operator sees."""


class Axial(nn.Module):
    """y[:, f] = g(x[:, f]) for every row f, or y[:, :, t] = g(x[:, :, t]) for every column t.

    Args:
        axis: "time": g mixes the tokens of a row; "freq": those of a column.
        module: g, for ``[B', 1, L, D]``.
        name: what g is called if it returns another shape.
    """

    def __init__(self, axis: GridAxis, module: nn.Module, name: str) -> None:
        super().__init__()
        self.axis, self.operator, self.name = axis, module, name

    def forward(self, x: Tensor) -> Tensor:  # [B, F, T, D] -> same
        grid, rows = PATTERNS[self.axis]
        given = rearrange(x, f"{grid} -> {rows}")
        mixed = self.operator(given)
        refuse_misshapen(self.name, mixed, given)
        return rearrange(mixed, f"{rows} -> {grid}", b=x.shape[0])

    def extra_repr(self) -> str:
        return f"axis={self.axis}"


@operator
class AxialSpec(OperatorSpec):
    """Run a sequence mixer along time, every row by itself, or along frequency, every column by itself."""

    kind: Literal["axial"] = "axial"
    axis: GridAxis = Field(description="axis that is mixed: time (rows by themselves) or freq (columns by themselves)")
    operator: Operator = Field(description="what mixes; it sees a grid of one row, 1 x T x D or 1 x F x D")

    def row(self, grid: Grid) -> Grid:
        """The grid that the operator sees."""
        return Grid(1, grid.time if self.axis == "time" else grid.freq, grid.dim)

    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        return Axial(self.axis, self.operator.build(self.row(grid), index), called(self.operator))

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        if grid.extra:
            return needs_grid(grid)
        row = self.row(grid)
        if row.time < 2:
            return [
                Issue("axis", f"{self.axis} has 1 entry", "an axis of at least 2 tokens: there is nothing to mix along this one")
            ]
        return under("operator", self.operator.check(row, index)) or self._degenerate(row, index)

    def _degenerate(self, row: Grid, index: BlockIndex) -> list[Issue]:
        """What runs on one row, and is not meant for it: an operator refuses extra tokens if it reads rows and columns."""
        if closure(self.operator.laws()) >= {Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT}:
            got = f"{self.operator.kind!r} takes every token by itself"
            return [Issue("operator", got, "an operator that mixes tokens: along would change nothing")]
        flat = self.operator.check(replace(row, extra=1), index)
        expected = "an operator of sequences, such as token: along hands it one row of tokens at a time"
        return under("operator", [Issue(field, "it reads rows and columns", expected) for field, _, _ in flat])

    def laws(self) -> frozenset[Law]:
        """What holds for every row holds for the grid, but for laws about all tokens or columns of it."""
        inner = closure(self.operator.laws())
        own, other = Law.TIME_ROLL_EQUIVARIANT, Law.FREQ_ROLL_EQUIVARIANT
        kept = inner - {Law.TOKEN_EQUIVARIANT, Law.TIME_ROLL_EQUIVARIANT, Law.FREQ_ROLL_EQUIVARIANT}
        if self.axis == "freq":
            own, other = other, own
            kept |= {Law.ANY_LENGTH}
        return kept | ({own, other} if Law.TIME_ROLL_EQUIVARIANT in inner else {other})

    def without_gradient(self, grid: Grid, index: BlockIndex) -> Mapping[str, str]:
        reported = self.operator.without_gradient(self.row(grid), index)
        return {f"operator.{name}": why for name, why in reported.items()}

    @classmethod
    def examples(cls) -> Sequence[Self]:
        return (cls(axis="time", operator=TokenSpec()), cls(axis="freq", operator=RandomSpec()))
