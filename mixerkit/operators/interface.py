"""What an operator's spec and its module must give back, looked at where they give it.

Rubbish (no module, a negative count, a letter for a list) would else run on into the kit and end there as a bug of ours, or in
the residual as a silent broadcast. The kit's own operators are held by its tests; strangers' are held here, in one place, from
the moment they are registered.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mixerkit.errors import PluginError, Problem, shorten
from mixerkit.operators.laws import Law
from mixerkit.registry import is_kits, origin
from mixerkit.spec import KindSpec, inside

MOST_FLOPS = 2**63
USUAL = (torch.float32, torch.bfloat16, torch.float16)
"""What a branch may come in beside the type of the stream: under autocast the two differ."""

Fits = Callable[[type, Any], bool]
"""Whether what came, from this spec class, is what was promised."""


@dataclass(frozen=True)
class Method:
    """What a method of a spec class takes beside itself, and what it must give back.

    Attributes:
        allowed: in words, what it must give back.
        fits: whether what came is that.
        form: what it is in the class.
    """

    takes: tuple[str, ...]
    expected: str
    fits: Fits
    form: Literal["method", "classmethod", "property"] = "method"

    def written(self, name: str) -> str:
        """How a method of that name is written."""
        arguments = ", ".join(("cls" if self.form == "classmethod" else "self", *self.takes))
        return f"def {name}({arguments}){'' if self.form == 'method' else f', a {self.form}'}"


def are_issues(_: type, got: Any) -> bool:
    """A list or tuple of three strings each."""
    items = got if isinstance(got, list | tuple) else [None]
    return all(isinstance(item, tuple) and len(item) == 3 and all(isinstance(word, str) for word in item) for item in items)


def are_laws(_: type, got: Any) -> bool:
    """A set of laws that there are."""
    return isinstance(got, Set) and all(isinstance(law, Law) and law.is_known for law in got)


def is_count(_: type, got: Any) -> bool:
    """A whole number, from 0 to what can be added up."""
    return isinstance(got, int) and not isinstance(got, bool) and 0 <= got < MOST_FLOPS


def is_yes_or_no(_: type, got: Any) -> bool:
    """True or False."""
    return isinstance(got, bool)


def _are_reasons(_: type, got: Any) -> bool:
    return isinstance(got, Mapping) and all(isinstance(word, str) for item in got.items() for word in item)


def _are_specs(cls: type, got: Any) -> bool:
    return isinstance(got, Sequence) and len(got) > 0 and all(isinstance(spec, cls) for spec in got)


COUNT = "A whole number (int) from 0 to below 2**63."
ISSUES = "A list or tuple of (field, what came, what is allowed), three strings each; empty if all fits."
LAWS = "A set or frozenset of mixerkit.Law, such as Law.LINEAR or Law.local(1): mixerkit list laws."
EXAMPLES = Method((), "A list or tuple of at least one example of this very kind.", _are_specs, "classmethod")
OPERATOR = {
    "build": Method(("grid", "site"), "An nn.Module.", lambda _, got: isinstance(got, nn.Module)),
    "flops": Method(("grid", "site"), COUNT, is_count),
    "check": Method(("grid", "site"), ISSUES, are_issues),
    "without_gradient": Method(("grid", "site"), "A mapping {name of a parameter: reason}, both strings.", _are_reasons),
    "laws": Method((), LAWS, are_laws),
    "examples": EXAMPLES,
}
"""The methods of an operator's spec."""


def enforce(spec: Any, base: type[KindSpec], interface: Mapping[str, Method]) -> None:
    """Hold a spec class that is not the kit's to its promises: its methods raise a PluginError where they return rubbish.

    Args:
        base: what it must be a subclass of.

    Raises:
        PluginError: it is no such class, or a method is missing or cannot be called as the kit calls it.
    """
    if not isinstance(spec, type) or not issubclass(spec, base):
        where = origin(spec) if isinstance(spec, type) else f"@{base.noun}"
        expected = f"A class derived from mixerkit.{base.__name__}."
        raise PluginError(Problem(where, f"@{base.noun} stands before {shorten(spec)}.", expected))
    if is_kits(spec):
        return
    missing = sorted(getattr(spec, "__abstractmethods__", ()))
    if missing:
        written = "; ".join(interface[name].written(name) for name in missing if name in interface)
        hint = f"Write it: {written or f'mixerkit.{base.__name__}'}."
        raise PluginError(Problem(origin(spec), f"It has no {', no '.join(missing)}.", hint=hint))
    for name, method in interface.items():
        function = _function(spec, name, method)
        setattr(spec, name, FORMS[method.form](_held(spec, function, method)))


def _function(spec: type[Any], name: str, method: Method) -> Callable[..., Any]:
    """The method as it was written. Raises PluginError if it cannot be called as the kit calls it."""
    written = inspect.getattr_static(spec, name)
    form = type(written).__name__ if isinstance(written, classmethod | property) else "method"
    function = written.fget if isinstance(written, property) else getattr(written, "__func__", written)
    expected = f"It is written as: {method.written(name)}"
    if not inspect.isfunction(function) or name in spec.model_fields or form != method.form:
        raise PluginError(Problem(origin(spec), f"Its {name} is no such method as it must be.", expected))
    signature = inspect.signature(function)
    try:
        signature.bind(*[None] * (1 + len(method.takes)))
    except TypeError as error:
        got = f"{name}{signature} cannot be called as the kit calls it: {error}."
        raise PluginError(Problem(origin(spec), got, expected)) from error
    return function


def _held(spec: type[Any], function: Callable[..., Any], method: Method) -> Callable[..., Any]:
    def kept(owner: Any, *arguments: Any) -> Any:
        got = function(owner, *arguments)
        if not method.fits(spec, got):
            code = inspect.unwrap(function).__code__
            where = f"{spec.noun} {spec.model_fields['kind'].default!r}, {code.co_filename}, line {code.co_firstlineno}"
            raise PluginError(Problem(where, f"{function.__name__} returned {shorten(got)}.", method.expected))
        return got

    return wraps(function)(BY_NAME[method.takes](kept))


FORMS: dict[str, Callable[[Any], Any]] = {"method": lambda held: held, "classmethod": classmethod, "property": property}
BY_NAME: dict[tuple[str, ...], Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    (): lambda kept: lambda owner: kept(owner),
    ("grid",): lambda kept: lambda owner, grid: kept(owner, grid),
    ("grid", "site"): lambda kept: lambda owner, grid, index: kept(owner, grid, index),
    ("laws",): lambda kept: lambda owner, laws: kept(owner, laws),
}
"""A method of just these arguments, which may be named by who calls it."""


def third_party(spec: KindSpec) -> str:
    """Who must be asked if an operator fails: it, or the parts of it that do not come with the kit; "" if all of it does."""
    unknown = [part for part in inside(spec) if not is_kits(type(part))]
    return " or ".join(f"{part.noun} {part.kind!r}, {origin(type(part))}" for part in unknown)


def called(spec: KindSpec) -> str:
    """What an operator is called where its module fails: by who must be asked, or by its kind if it comes with the kit."""
    return third_party(spec) or f"operator {spec.kind!r}"


def refuse_misshapen(who: str, got: Any, given: Tensor) -> None:
    """Raise a PluginError unless ``came``, which ``who`` returned for ``given``, can be added to it as it stands.

    A comparison of shapes and types, so that it can stand in every sublayer at every step, compiled or not.
    """
    if isinstance(got, Tensor) and got.shape == given.shape and got.dtype in (given.dtype, *USUAL):
        return
    message, wanted = _described(got), _described(given)
    expected = "An operator returns [B, F, T, D] as it came; the skip is added outside of it."
    raise PluginError(Problem(who, f"Its module returned {message}, expected {wanted}.", expected))


def _described(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{list(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    return shorten(value)
