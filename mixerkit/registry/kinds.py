"""A registry: kind -> the spec class that knows its settings.

A duplicate raises, an unknown name gets a suggestion. Kinds that the kit brings, or that a program registers by itself
(a notebook, a third party's test), are known everywhere. Kinds from a plugin are known where that plugin is listed:
``Scope`` says which plugins those are, and it travels through validation as pydantic's context.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from mixerkit.errors import PluginError, Problem, shorten
from mixerkit.registry.interface import Interface, enforce, located
from mixerkit.spec import STAND_IN, KindSpec, Spec, inside

KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

S = TypeVar("S", bound=KindSpec)


@dataclass(frozen=True)
class Plugin:
    """One loaded plugin: a name, its source, and the kinds it brings as {(noun, kind): spec class}."""

    name: str
    source: str
    digest: str
    version: str | None = None
    kinds: dict[tuple[str, str], type[KindSpec]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Scope:
    """The plugins whose kinds may be used in one recipe."""

    plugins: tuple[Plugin, ...] = ()

    def context(self) -> dict[str, Any]:
        """What pydantic carries along a validation."""
        return {"scope": self}


_loading: ContextVar[Plugin | None] = ContextVar("loading", default=None)


@contextmanager
def collecting(plugin: Plugin) -> Iterator[None]:
    """While this is open, what registers itself goes to ``plugin`` and not to everybody."""
    token = _loading.set(plugin)
    try:
        yield
    finally:
        _loading.reset(token)


class Registry(Generic[S]):
    """All kinds of one noun: operators, data sets, losses, ...

    Args:
        base: the spec class that every kind derives from; its ``noun`` is what a single one is called in messages.
        interface: what its methods must return; third-party kinds are made to keep it.
        stand_in: a kind without required settings: what is read where a value could not be, so that the rest can be checked.
    """

    def __init__(self, base: type[S], interface: Interface, stand_in: str = "") -> None:
        self.noun = base.noun
        self.base = base
        self.interface = interface
        self.stand_in = stand_in
        self._kinds: dict[str, type[S]] = {}

    def add(self, spec: type[S]) -> type[S]:
        """Register a spec class under its ``kind``. Use it as a decorator.

        Raises:
            PluginError: it is no such class; its kind is taken, not kebab-case or no Literal with itself as default; or a
                method is missing or written otherwise than the kit calls it.
        """
        if not isinstance(spec, type) or not issubclass(spec, self.base):
            where = located(spec) if isinstance(spec, type) else self.noun
            got = f"It is registered as {article(self.noun)} {self.noun}, but it is {shorten(spec)}."
            raise PluginError(Problem(where, got, f"A class derived from mixerkit.{self.base.__name__}."))
        if not is_kits(spec):
            enforce(spec, self.base, self.interface)
        field = spec.model_fields["kind"]
        kind = field.default
        if not isinstance(kind, str) or not KEBAB.fullmatch(kind) or get_args(field.annotation) != (kind,):
            raise PluginError(
                Problem(
                    located(spec),
                    f"Its kind is {kind!r}.",
                    'A kind is lower-case words joined by hyphens, written as: kind: Literal["my-mixer"] = "my-mixer".',
                )
            )
        plugin = None if is_kits(spec) else _loading.get()  # a plugin may be the first to import a room of the kit
        taken = self._kinds.get(kind) or (plugin and plugin.kinds.get((self.noun, kind)))
        if taken and not _is_same_definition(taken, spec):
            raise PluginError(
                Problem(
                    f"{self.noun} {kind!r}",
                    f"It is defined twice: by {located(taken)} and by {located(spec)}.",
                    hint="Give one of them another kind.",
                )
            )
        if plugin is None:
            self._kinds[kind] = spec
        else:
            plugin.kinds[(self.noun, kind)] = spec
        return spec

    def kinds(self, scope: Scope | None = None) -> dict[str, type[S]]:
        """Every kind that ``scope`` may use, in alphabetical order."""
        found: dict[str, type[S]] = dict(self._kinds)
        for plugin in scope.plugins if scope else ():
            for (noun, kind), spec in plugin.kinds.items():
                if noun == self.noun and issubclass(spec, self.base):
                    found[kind] = spec
        return dict(sorted(found.items()))

    def read_or_none(self, value: Any, info: ValidationInfo) -> S | None:
        """As :meth:`read`, where null is an answer too."""
        return None if value is None else self.read(value, info)

    def read(self, value: Any, info: ValidationInfo) -> S:
        """A spec from what a recipe says: a spec, a mapping with ``kind``, or a string that is the kind.

        Raises:
            PydanticCustomError: the kind is missing or unknown.
            pydantic.ValidationError: the settings of the kind are wrong.
        """
        if isinstance(value, self.base):
            return value
        if value is STAND_IN:
            value = self.stand_in
        if isinstance(value, str):
            value = {"kind": value}
        if not isinstance(value, Mapping):
            message = "expected the name of {a} {noun}, or a mapping with its kind"
            raise PydanticCustomError("no_mapping", message, {"noun": self.noun, "a": article(self.noun)})
        kinds = self.kinds((info.context or {}).get("scope"))
        kind = value.get("kind")
        if kind is None:
            context = {"noun": self.noun, "known": list(kinds)}
            raise PydanticCustomError("no_kind", "this {noun} has no kind", context)
        if not isinstance(kind, str) or kind not in kinds:
            context = {"noun": self.noun, "a": article(self.noun), "kind": kind, "known": list(kinds)}
            raise PydanticCustomError("unknown_kind", "no {noun} of kind {kind}", context)
        return kinds[kind].model_validate(value, context=info.context)


def is_kits(spec: type) -> bool:
    """Whether a spec class comes with the kit, so that the kit's own tests hold it."""
    return spec.__module__.startswith("mixerkit.")


def article(noun: str) -> str:
    """a or an."""
    return "an" if noun[0] in "aeiou" else "a"


def third_party(spec: Spec) -> str:
    """Who must be asked if a kind fails: it, or the parts of it that do not come with the kit; "" if all of it does."""
    unknown = [part for part in inside(spec) if not is_kits(type(part))]
    return " or ".join(f"{part.noun} {part.kind!r}, {located(type(part))}" for part in unknown)


def _is_same_definition(old: type, new: type) -> bool:
    """A notebook cell run twice, a module reloaded, a plugin's file imported by its own test: that is no conflict."""
    return _definition(old) == _definition(new)


def _definition(spec: type) -> tuple[str, str | bytes]:
    """Name, and the text of the file that holds it, or its module where there is no file."""
    file = getattr(sys.modules.get(spec.__module__), "__file__", None)
    text = Path(file).read_bytes() if file and Path(file).is_file() else spec.__module__
    return spec.__qualname__, text
