"""What a transform is to the kit: a map of the grid and the way back, and what of an operator's laws it lets through.

A transform knows the grid on its other side, whether back after there is the identity, and which laws the
whole, there - operator - back, keeps of those that the operator in the middle obeys. It has nothing to learn.

A transform of one's own is a plugin as an operator is: a TransformPair, and its spec with ``@transform``.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import BeforeValidator, SerializeAsAny
from torch import Tensor, nn

from mixerkit.grid import Grid
from mixerkit.operators.base import EXAMPLES, LAWS, ExampledSpec, needs_grid
from mixerkit.operators.hermit_frequency import Axis, axis_size
from mixerkit.operators.laws import Law
from mixerkit.registry import ISSUES, YES_OR_NO, Interface, Registry, instance_of
from mixerkit.spec import Issue


class TransformPair(nn.Module):
    """A map of grids, ``[B, F, T, D]`` -> ``[B, F', T', D']``, and the way back."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """There: ``[B, F, T, D]`` -> ``[B, F', T', D']``."""

    @abstractmethod
    def inverse(self, y: Tensor, shape: Sequence[int]) -> Tensor:
        """Back: ``[B, F', T', D']`` -> ``shape``, which is that of the grid that went there."""


class TransformSpec(ExampledSpec):
    """Settings of one transform. Subclass it, give it a ``kind``, decorate it with ``@transform``."""

    noun = "transform"

    @abstractmethod
    def build(self) -> TransformPair:
        """The module, for grids of any size."""

    def grid(self, grid: Grid) -> Grid:
        """The grid on the other side of one that it fits: the same, unless a transform says another."""
        return grid

    def check(self, grid: Grid) -> Sequence[Issue]:
        """Why these settings do not fit this grid, an :class:`Issue` each."""
        return ()

    @property
    def exact(self) -> bool:
        """Whether back after there is the identity."""
        return True

    def carried(self, laws: frozenset[Law]) -> frozenset[Law]:
        """The laws of there - operator - back, given those of the operator, with all that follow from them.

        What is not known here is not claimed: none, unless a transform says more.
        """
        return frozenset()

    def commutes(self, laws: frozenset[Law]) -> bool:
        """Whether every operator of these laws commutes with the way there, so that an exact pair around it does nothing."""
        return False


INTERFACE: Interface = {
    "build": instance_of(TransformPair, "A mixerkit.TransformPair."),
    "grid": instance_of(Grid, "A mixerkit.Grid."),
    "check": ISSUES,
    "carried": LAWS,
    "exact": YES_OR_NO,
    "commutes": YES_OR_NO,
    "examples": EXAMPLES,
}

TRANSFORMS: Registry[TransformSpec] = Registry(TransformSpec, INTERFACE)
transform = TRANSFORMS.add

Transform = Annotated[SerializeAsAny[TransformSpec], BeforeValidator(TRANSFORMS.read)]

ALWAYS = {Law.LINEAR, Law.AFFINE, Law.ZERO_PRESERVING, Law.PARAMETER_FREE, Law.ANY_LENGTH}
INSIDE_TOKENS = {Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT, Law.CONSTANT_PRESERVING}
INSIDE_CHANNELS = {Law.CHANNEL_WISE, Law.CHANNEL_EQUIVARIANT}


def carried_by_linear(laws: frozenset[Law], axis: Axis) -> frozenset[Law]:
    """The laws that a fixed linear map along one axis lets through.

    Along dim it works inside each token, every token alike: laws about tokens hold on as they are. Along freq or time it works
    inside each channel, every channel alike, and commutes with a roll along the other axis of the grid.
    """
    rolls = {Law.FREQ_ROLL_EQUIVARIANT, Law.TIME_ROLL_EQUIVARIANT}
    if axis == "dim":
        kept = ALWAYS | INSIDE_TOKENS | rolls
        return frozenset(law for law in laws if law in kept or law.radius is not None)
    rolls -= {Law.FREQ_ROLL_EQUIVARIANT if axis == "freq" else Law.TIME_ROLL_EQUIVARIANT}
    return laws & (ALWAYS | INSIDE_CHANNELS | rolls)


def commutes_with_linear(laws: frozenset[Law], axis: Axis) -> bool:
    """Whether an operator of these laws commutes with every linear map along ``axis``.

    A linear operator that treats channels apart and alike is A x[..., d] for every d, with one A: a map along dim cannot
    meet it. The same with tokens for channels.
    """
    apart = INSIDE_CHANNELS if axis == "dim" else {Law.TOKEN_WISE, Law.TOKEN_EQUIVARIANT}
    return laws >= {Law.LINEAR} | apart


def axis_problems(grid: Grid, axis: Axis, least: int = 2) -> list[Issue]:
    """The issues of a transform along an axis that is not there, or too short to be transformed."""
    issues = needs_grid(grid) if axis != "dim" else []
    size = axis_size(grid, axis)
    if size < least:
        issues.append(Issue("axis", f"{axis} has {size} {'entry' if size == 1 else 'entries'}", f"an axis of at least {least}"))
    return issues


def resized(grid: Grid, axis: Axis, size: int) -> Grid:
    """The same grid with ``size`` entries along ``axis``."""
    match axis:
        case "freq":
            return replace(grid, freq=size)
        case "time":
            return replace(grid, time=size)
        case "dim":
            return replace(grid, dim=size)
