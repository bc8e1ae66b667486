"""What operators made of branches share: settings with a list of operators, and modules that hold each branch to its shape."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field
from torch import Tensor, nn

from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.base import Operator, OperatorSpec
from mixerkit.operators.output import called, refuse_misshapen
from mixerkit.spec import Issue, under


class Branches(nn.Module):
    """Modules side by side.

    Args:
        branches: each ``[B, F, T, D_i]`` -> same.
        names: what each is called if it returns another shape, which a sum or a concatenation could hide.
    """

    def __init__(self, branches: Iterable[nn.Module], names: Iterable[str]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.names = tuple(names)

    def outputs(self, inputs: Iterable[Tensor]) -> list[Tensor]:
        """What every branch makes of its own input. Raises PluginError if it changes the shape."""
        found = []
        for branch, name, x in zip(self.branches, self.names, inputs, strict=True):
            y = branch(x)
            refuse_misshapen(name, y, x)
            found.append(y)
        return found


class BranchesSpec(OperatorSpec):
    """Settings of operators side by side. Parameters of a branch are named ``branches.0.mlp.fc1.weight``."""

    operators: tuple[Operator, ...] = Field(description="the branches, at least two")

    def grids(self, grid: Grid) -> list[Grid]:
        """The grid that each branch takes."""
        return [grid] * len(self.operators)

    def parts(self, grid: Grid) -> list[tuple[OperatorSpec, Grid]]:
        """Every branch with its grid."""
        return list(zip(self.operators, self.grids(grid), strict=True))

    def modules(self, grid: Grid, index: BlockIndex) -> list[nn.Module]:
        """The module of every branch."""
        return [part.build(own, index) for part, own in self.parts(grid)]

    def names(self) -> list[str]:
        """What every branch is called in messages."""
        return [called(part) for part in self.operators]

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        if len(self.operators) < 2:
            return [Issue("operators", f"{len(self.operators)} of them", "at least two: one alone needs nothing around it")]
        parts = enumerate(self.parts(grid))
        return [issue for i, (part, own) in parts for issue in under(f"operators.{i}", part.check(own, index))]

    def without_gradient(self, grid: Grid, index: BlockIndex) -> Mapping[str, str]:
        reported = [part.without_gradient(own, index) for part, own in self.parts(grid)]
        return {f"branches.{i}.{name}": why for i, names in enumerate(reported) for name, why in names.items()}
