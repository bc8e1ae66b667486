"""The contract of an operator, and the registry of all of them.

An operator is one perspective: an ``nn.Module``, ``[B, F, T, D]`` -> the same shape, B at least 1. It returns the branch only;
norm, skip, scale and stochastic depth belong to the sublayer it stands in. Its spec is the whole of what a recipe may say about it,
and the only bridge from a recipe to the module.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, SerializeAsAny
from torch import nn

from mixerkit.errors import PluginError, Problem
from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.flops import noting_own_flops
from mixerkit.operators.interface import OPERATOR, enforce
from mixerkit.operators.laws import Law
from mixerkit.registry import Registry, Scope, origin
from mixerkit.spec import Issue, KindSpec


class ExampledSpec(KindSpec):
    """Settings of a kind that is tested, whoever wrote it, on examples that it gives."""

    @classmethod
    def examples(cls) -> Sequence[Self]:
        """Settings the contract tests run: every option appears at least once."""
        required = [name for name, field in cls.model_fields.items() if field.is_required()]
        if required:
            got = f"It has settings without a default ({', '.join(required)}), and no examples()."
            raise PluginError(Problem(origin(cls), got, "Write examples(): the settings that it is tested with."))
        return (cls(),)  # type: ignore[call-arg]  # a kind has a default


class OperatorSpec(ExampledSpec):
    """Settings of one operator. Subclass it, give it a ``kind``, decorate it with ``@operator``."""

    noun = "operator"

    @abstractmethod
    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        """The module for this grid and place in the stack: ``[B, F, T, D]`` -> same."""

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        """Why these settings do not fit this grid, as (field, what came, what is allowed). Uses no torch."""
        return ()

    def laws(self) -> frozenset[Law]:
        """What these settings promise. Declaring a law gets it tested."""
        return frozenset()

    def without_gradient(self, grid: Grid, index: BlockIndex) -> Mapping[str, str]:
        """Parameters that get no gradient by design, as {name: reason}. All others must get one."""
        return {}

    def flops(self, grid: Grid, index: BlockIndex) -> int | None:
        """FLOPs per clip, for arithmetic that torch's counter does not see, such as a kernel of its own. None: it is counted."""
        return None


OPERATORS: Registry[OperatorSpec] = Registry("operator", OperatorSpec)


def operator(spec: type[OperatorSpec]) -> type[OperatorSpec]:
    """Register a spec class under its ``kind``, and hold it to what it promises. Use it as a decorator.

    Raises:
        PluginError: the kind is taken or misspelt, or a method is missing.
    """
    enforce(spec, OperatorSpec, OPERATOR)
    spec.build = noting_own_flops(spec.build)  # type: ignore[assignment, method-assign]
    return OPERATORS.add(spec)


Operator = Annotated[SerializeAsAny[OperatorSpec], BeforeValidator(OPERATORS.read)]
"""A field that holds any operator: how operators are made of operators."""


def needs_grid(grid: Grid) -> list[Issue]:
    """The issue of an operator that reads rows and columns, on a grid that extra tokens have flattened."""
    if not grid.extra:
        return []
    got = f"the grid is one flat row of {grid.time} tokens, {grid.extra} of them extra tokens"
    return [Issue("", got, "this operator needs rows and columns: take model.extra_tokens out, or another operator")]


def needs_odd(field: str, size: int) -> list[Issue]:
    """The issue of a window that has no middle: it would look further to one side than to the other."""
    return [] if size % 2 else [Issue(field, f"{size}", "an odd number, so that the window has a middle")]


def example_specs(scope: Scope | None = None) -> list[tuple[str, OperatorSpec]]:
    """(name, spec) for every example of every kind in ``scope``; the name is the kind and what differs from its defaults."""
    kinds = OPERATORS.kinds(scope).values()
    return [(title(spec), spec) for cls in kinds for spec in cls.examples()]


def title(spec: KindSpec) -> str:
    """The kind and what differs from its defaults, such as "roll axes=grid"."""
    return " ".join([spec.kind, *(f"{key}={value}" for key, value in differences(spec).items())])


def differences(spec: KindSpec) -> dict[str, Any]:
    """The settings that differ from their defaults; of parts inside, their titles."""
    reported = spec.model_dump(exclude_defaults=True)
    return {key: _shortly(getattr(spec, key)) for key in reported if key != "kind"}


def _shortly(value: Any) -> Any:
    if isinstance(value, KindSpec):
        reported = title(value)
        return f"({reported})" if " " in reported else reported
    parts = [str(_shortly(part)) for part in value if isinstance(part, KindSpec)] if isinstance(value, tuple) else []
    return "+".join(parts) or value
