"""What an operator's spec and its module must give back, looked at where they give it.

Rubbish (no module, a negative count, a letter for a list) would else run on into the kit and end there as a bug of ours, or in
the residual as a silent broadcast. The kit's own operators are held by its tests; strangers' are held here, in one place, from
the moment they are registered.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence, Set
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from mixerkit.errors import PluginError, Problem
from mixerkit.operators.laws import Law
from mixerkit.registry import is_kits, origin
from mixerkit.spec import KindSpec, inside

LONGEST = 80
MOST_FLOPS = 2**63
USUAL = (torch.float32, torch.bfloat16, torch.float16)
"""What a branch may come in beside the type of the stream: under autocast the two differ."""

Fits = Callable[[type, Any], bool]
"""Whether what came, from this spec class, is what was promised."""


def _are_misfits(_: type, came: Any) -> bool:
    items = came if isinstance(came, list | tuple) else [None]
    return all(isinstance(item, tuple) and len(item) == 3 and all(isinstance(word, str) for word in item) for item in items)


def _are_reasons(_: type, came: Any) -> bool:
    return isinstance(came, Mapping) and all(isinstance(word, str) for item in came.items() for word in item)


def _are_laws(_: type, came: Any) -> bool:
    return isinstance(came, Set) and all(isinstance(law, Law) for law in came)


def _are_specs(cls: type, came: Any) -> bool:
    return isinstance(came, Sequence) and len(came) > 0 and all(isinstance(spec, cls) for spec in came)


def _is_count(_: type, came: Any) -> bool:
    return isinstance(came, int) and not isinstance(came, bool) and 0 <= came < MOST_FLOPS


AT_A_PLACE: dict[str, tuple[str, Fits]] = {
    "build": ("An nn.Module.", lambda _, came: isinstance(came, nn.Module)),
    "flops": ("A whole number (int) from 0 to below 2**63.", _is_count),
    "problems": ("A list or tuple of (field, what came, what is allowed), three strings each; empty if all fits.", _are_misfits),
    "without_gradient": ("A mapping {name of a parameter: reason}, both strings.", _are_reasons),
}
"""Methods of (grid, site)."""
ANYWHERE: dict[str, tuple[str, Fits]] = {
    "laws": ("A set or frozenset of mixerkit.Law.", _are_laws),
    "examples": ("A list or tuple of at least one example of this very kind.", _are_specs),
}
"""Methods of nothing but the settings, or the class."""


def hold(spec: type[Any]) -> None:
    """Hold a spec class that is not the kit's to its promises: its methods raise a PluginError where they return rubbish.

    Raises:
        PluginError: a method is missing, or cannot be called as the kit calls it.
    """
    if is_kits(spec):
        return
    missing = sorted(getattr(spec, "__abstractmethods__", ()))
    if missing:
        raise PluginError(Problem(origin(spec), f"It has no {', no '.join(missing)}.", advice="Write it: mixerkit.OperatorSpec."))
    for name, promise in {**AT_A_PLACE, **ANYWHERE}.items():
        written = inspect.getattr_static(spec, name)
        is_of_class, function = isinstance(written, classmethod), getattr(written, "__func__", written)
        _refuse_signature(spec, name, function, is_of_class)
        held = _at_a_place(spec, function, promise) if name in AT_A_PLACE else _anywhere(spec, function, promise)
        setattr(spec, name, classmethod(held) if is_of_class else held)


def _refuse_signature(spec: type[Any], name: str, function: Any, is_of_class: bool) -> None:
    expected = f"{name}(self, grid, site)" if name in AT_A_PLACE else f"{name}({'cls' if name == 'examples' else 'self'})"
    allowed = f"{'a classmethod, ' if name == 'examples' else ''}written as: def {expected}"
    if not inspect.isfunction(function) or name in spec.model_fields or is_of_class != (name == "examples"):
        raise PluginError(Problem(origin(spec), f"Its {name} is no such method as it must be.", f"It is {allowed}"))
    signature = inspect.signature(function)
    try:
        signature.bind(*[None] * (expected.count(",") + 1))
    except TypeError as error:
        came = f"{name}{signature} cannot be called as the kit calls it: {error}."
        raise PluginError(Problem(origin(spec), came, f"It is {allowed}")) from error


def _at_a_place(spec: type[Any], function: Callable[..., Any], promise: tuple[str, Fits]) -> Callable[..., Any]:
    @wraps(function)
    def held(self: Any, grid: Any, site: Any) -> Any:
        return _kept(spec, function, promise, function(self, grid, site))

    return held


def _anywhere(spec: type[Any], function: Callable[..., Any], promise: tuple[str, Fits]) -> Callable[..., Any]:
    @wraps(function)
    def held(owner: Any) -> Any:
        return _kept(spec, function, promise, function(owner))

    return held


def _kept(spec: type[Any], function: Callable[..., Any], promise: tuple[str, Fits], came: Any) -> Any:
    allowed, fits = promise
    if not fits(spec, came):
        code = inspect.unwrap(function).__code__
        where = f"operator {spec.model_fields['kind'].default!r}, {code.co_filename}, line {code.co_firstlineno}"
        raise PluginError(Problem(where, f"{function.__name__} returned {_short(came)}.", allowed))
    return came


def strangers(spec: KindSpec) -> str:
    """Who must be asked if an operator fails: it, or the parts of it that do not come with the kit; "" if all of it does."""
    strange = [part for part in inside(spec) if not is_kits(type(part))]
    return " or ".join(f"operator {part.kind!r}, {origin(type(part))}" for part in strange)


def called(spec: KindSpec) -> str:
    """What an operator is called where its module fails: by who must be asked, or by its kind if it comes with the kit."""
    return strangers(spec) or f"operator {spec.kind!r}"


def refuse_misshapen(who: str, came: Any, given: Tensor) -> None:
    """Raise a PluginError unless ``came``, which ``who`` returned for ``given``, can be added to it as it stands.

    A comparison of shapes and types, so that it can stand in every slot at every step, compiled or not.
    """
    if isinstance(came, Tensor) and came.shape == given.shape and came.dtype in (given.dtype, *USUAL):
        return
    said, expected = _told(came), _told(given)
    allowed = "An operator returns [B, F, T, D] as it came; the skip is added outside of it."
    raise PluginError(Problem(who, f"Its module returned {said}, expected {expected}.", allowed))


def _told(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{list(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    return _short(value)


def _short(value: Any) -> str:
    text = repr(value).replace("\n", " ")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
