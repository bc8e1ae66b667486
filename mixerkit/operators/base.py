"""The contract of an operator, and the registry of all of them.

An operator is one perspective: an ``nn.Module``, ``[B, F, T, D]`` -> the same shape, B at least 1. It returns the branch only;
norm, skip, scale and stochastic depth belong to the sublayer around it. Its spec is the whole of what a recipe may say about it,
and the only bridge from a recipe to the module.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence, Set
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, SerializeAsAny
from torch import nn

from mixerkit.errors import PluginError, Problem
from mixerkit.grid import BlockIndex, Grid
from mixerkit.operators.flops import noting_own_flops
from mixerkit.operators.laws import Law
from mixerkit.registry import COUNT, ISSUES, Interface, Registry, Returns, Scope, instance_of, located
from mixerkit.spec import Issue, KindSpec


class ExampledSpec(KindSpec):
    """Settings of a kind that is tested, whoever wrote it, on examples that it gives."""

    @classmethod
    def examples(cls) -> Sequence[Self]:
        """Settings the contract tests run: every option appears at least once."""
        required = [name for name, field in cls.model_fields.items() if field.is_required()]
        if required:
            got = f"It has settings without a default ({', '.join(required)}), and no examples()."
            raise PluginError(Problem(located(cls), got, "Write examples(): the settings that it is tested with."))
        return (cls(),)  # type: ignore[call-arg]  # a kind has a default


class OperatorSpec(ExampledSpec):
    """Settings of one operator. Subclass it, give it a ``kind``, decorate it with ``@operator``."""

    noun = "operator"

    @abstractmethod
    def build(self, grid: Grid, index: BlockIndex) -> nn.Module:
        """The module for this grid and place in the stack: ``[B, F, T, D]`` -> same."""

    def check(self, grid: Grid, index: BlockIndex) -> Sequence[Issue]:
        """Why these settings do not fit this grid, an :class:`Issue` each. Uses no torch."""
        return ()

    def laws(self) -> frozenset[Law]:
        """The laws that these settings obey. Declaring a law gets it tested."""
        return frozenset()

    def without_gradient(self, grid: Grid, index: BlockIndex) -> Mapping[str, str]:
        """Parameters that get no gradient by design, as {name: reason}. All others must get one."""
        return {}

    def flops(self, grid: Grid, index: BlockIndex) -> int | None:
        """FLOPs per clip, for arithmetic that torch's counter does not see, such as a kernel of its own. None: it is counted."""
        return None


def _are_laws(_: type, value: Any) -> bool:
    return isinstance(value, Set) and all(isinstance(law, Law) and law.is_known for law in value)


def _is_count_or_none(spec: type, value: Any) -> bool:
    return value is None or COUNT.accepts(spec, value)


def _are_reasons(_: type, value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(word, str) for item in value.items() for word in item)


def _are_examples(spec: type, value: Any) -> bool:
    return isinstance(value, Sequence) and len(value) > 0 and all(isinstance(one, spec) for one in value)


LAWS = Returns("A set or frozenset of mixerkit.Law, such as Law.LINEAR or Law.local(1): mixerkit list laws.", _are_laws)
EXAMPLES = Returns("A list or tuple of at least one example of this very kind.", _are_examples)
INTERFACE: Interface = {
    "build": instance_of(nn.Module, "An nn.Module."),
    "flops": Returns("A whole number (int) from 0 to below 2**63; None: it is counted.", _is_count_or_none),
    "check": ISSUES,
    "without_gradient": Returns("A mapping {name of a parameter: reason}, both strings.", _are_reasons),
    "laws": LAWS,
    "examples": EXAMPLES,
}

OPERATORS: Registry[OperatorSpec] = Registry(OperatorSpec, INTERFACE, stand_in="identity")


def operator(spec: type[OperatorSpec]) -> type[OperatorSpec]:
    """Register a spec class under its ``kind``, and enforce the interface of operators. Use it as a decorator.

    Raises:
        PluginError: the kind is taken or misspelt, or a method is missing.
    """
    OPERATORS.add(spec)
    spec.build = noting_own_flops(spec.build)  # type: ignore[assignment, method-assign]
    return spec


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
