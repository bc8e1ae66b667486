"""The interface of a kind: what the methods of its spec class are called with, and what they must return.

An invalid return value (no module, a negative count, text for a list) would else travel on into the kit and end there as a bug of
ours. The kit's own kinds are covered by its tests; third-party kinds are checked here, at every call, from the moment they are
registered.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from mixerkit.errors import PluginError, Problem, shorten
from mixerkit.spec import KindSpec

LARGEST_COUNT = 2**63


@dataclass(frozen=True)
class Returns:
    """What a method or property returns, or a class attribute holds.

    Attributes:
        expected: in words.
        accepts: whether a value is that; asked with the spec class and the value.
    """

    expected: str
    accepts: Callable[[type, Any], bool]


Interface = Mapping[str, Returns]
"""Methods, properties and class attributes by name. What a method is called with, the base class itself says."""


def instance_of(kind: type | tuple[type, ...], expected: str) -> Returns:
    """An object of this class, or of one of these."""
    return Returns(expected, lambda _, value: isinstance(value, kind))


def list_of(kind: type, expected: str) -> Returns:
    """A list or tuple of such objects."""
    return Returns(expected, lambda _, value: isinstance(value, list | tuple) and all(isinstance(item, kind) for item in value))


def _is_count(_: type, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST_COUNT


def _are_issues(_: type, value: Any) -> bool:
    items = value if isinstance(value, list | tuple) else [None]
    return all(isinstance(item, tuple) and len(item) == 3 and all(isinstance(word, str) for word in item) for item in items)


COUNT = Returns("A whole number (int) from 0 to below 2**63.", _is_count)
ISSUES = Returns("A list or tuple of mixerkit.Issue(field, got, expected), three strings each; empty if all fits.", _are_issues)
YES_OR_NO = instance_of(bool, "True or False.")


def enforce(spec: type[KindSpec], base: type[KindSpec], interface: Interface) -> None:
    """Make a third-party spec class raise a PluginError wherever a method returns something else than it must.

    Args:
        base: the spec class of its kind, which says how each method is called.

    Raises:
        PluginError: a method is missing or cannot be called as the kit calls it, or a class attribute is wrong.
    """
    missing = sorted(getattr(spec, "__abstractmethods__", ()))
    if missing:
        hint = f"Write it: {'; '.join(_written(base, name) for name in missing)}."
        raise PluginError(Problem(located(spec), f"It has no {', no '.join(missing)}.", hint=hint))
    for name, returns in interface.items():
        model, found = inspect.getattr_static(base, name), inspect.getattr_static(spec, name, None)
        is_wrapped = isinstance(model, classmethod | property)
        is_method = is_wrapped or inspect.isfunction(model)
        if not is_method and name in spec.model_fields:
            expected = f"A class attribute, written without a type: {name} = ..."
            raise PluginError(Problem(located(spec), f"Its {name} is a setting.", expected))
        if not is_method and not returns.accepts(spec, found):
            raise PluginError(Problem(located(spec), f"Its {name} is {shorten(found)}.", returns.expected))
        if is_method and (found is not model or name in spec.model_fields):
            checked = _checked(spec, _function(spec, base, name), returns)
            setattr(spec, name, type(model)(checked) if is_wrapped else checked)


def located(spec: type) -> str:
    """A class and where it is written: its name, and if they are known the file and line."""
    name = f"{spec.__module__}.{spec.__qualname__}"
    try:
        return f"{name} ({inspect.getsourcefile(spec)}, line {inspect.getsourcelines(spec)[1]})"
    except (OSError, TypeError):  # written in an interpreter
        return name


def _function(spec: type[KindSpec], base: type[KindSpec], name: str) -> Callable[..., Any]:
    """The method as it was written. Raises PluginError if it cannot be called as the kit calls it."""
    model, found = inspect.getattr_static(base, name), inspect.getattr_static(spec, name, None)
    function, expected = _inner(found), f"It is written as: {_written(base, name)}"
    if not inspect.isfunction(function) or name in spec.model_fields or type(found) is not type(model):
        raise PluginError(Problem(located(spec), f"Its {name} is no such method as it must be.", expected))
    signature, parameters = inspect.signature(function), inspect.signature(_inner(model)).parameters.values()
    required = [one for one in parameters if one.default is inspect.Parameter.empty]
    try:
        for given in (parameters, required):
            signature.bind(*given)
    except TypeError as error:
        got = f"{name}{signature} cannot be called as the kit calls it: {error}."
        raise PluginError(Problem(located(spec), got, expected)) from error
    return function


def _checked(spec: type[KindSpec], function: Callable[..., Any], returns: Returns) -> Callable[..., Any]:
    @wraps(function)
    def checked(*arguments: Any, **named: Any) -> Any:
        value = function(*arguments, **named)
        if not returns.accepts(spec, value):
            code = inspect.unwrap(function).__code__
            where = f"{spec.noun} {spec.model_fields['kind'].default!r}, {code.co_filename}, line {code.co_firstlineno}"
            raise PluginError(Problem(where, f"{function.__name__} returned {shorten(value)}.", returns.expected))
        return value

    return checked


def _inner(member: Any) -> Any:
    """The function in a method, classmethod or property."""
    return member.fget if isinstance(member, property) else getattr(member, "__func__", member)


def _written(base: type[KindSpec], name: str) -> str:
    """How a method of that name is written, as its base class has it."""
    member = inspect.getattr_static(base, name)
    parameters = inspect.signature(_inner(member)).parameters.values()
    words = [one.name if one.default is inspect.Parameter.empty else f"{one.name}=..." for one in parameters]
    form = f", a {type(member).__name__}" if isinstance(member, classmethod | property) else ""
    return f"def {name}({', '.join(words)}){form}"
