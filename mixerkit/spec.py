"""The base of every setting a recipe can hold.

A setting is frozen; an unknown key, a NaN and a bool for an int are errors; a sequence is a tuple. No number is so large or so
small that computing with it leaves int64 or float32: whatever the field, nobody means it. Whoever reads the error learns which
keys are allowed in that place, because each class adds its own field names to it.

A class may have a ``shorthand``: one field whose value can be written without the mapping around it. It is expanded here, and
errors are located here as the user wrote it, so that nobody else has to know which fields these are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Annotated, Any, ClassVar, NamedTuple, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PositiveInt,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import CoreSchema, ErrorType

STANDARD_ERRORS = frozenset(get_args(ErrorType))

LARGEST_INT = 2**31 - 1
SMALLEST, LARGEST = 1e-18, 1e15

STAND_IN: Any = object()
"""In the place of a value that could not be read: its field's default or, of a kind, its registry's stand-in."""

KeyPath = tuple[str | int, ...]
"""The way to a value through mappings and lists, such as ("model", "block", "operators", 1)."""


class Issue(NamedTuple):
    """A setting that is well formed but does not fit the shapes around it: the field, what was got, what is expected."""

    field: str
    got: str
    expected: str


def _beyond(value: Any, loc: KeyPath) -> Iterator[tuple[KeyPath, int | float, str]]:
    """(place, number, what is allowed) of numbers out of range: in a mapping's own values and in tuples of them.

    Mappings inside are read by their own class.
    """
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping) and not loc:
        items = value.items()
    elif isinstance(value, tuple):
        items = enumerate(value)
    elif isinstance(value, int) and abs(value) > LARGEST_INT:
        yield loc, value, f"a whole number from -{LARGEST_INT} to {LARGEST_INT}"
    elif isinstance(value, float) and value != 0.0 and isfinite(value) and not SMALLEST <= abs(value) <= LARGEST:
        yield loc, value, f"0, or from {SMALLEST:g} to {LARGEST:g} in size"
    for key, item in items:
        yield from _beyond(item, (*loc, key))


class Spec(BaseModel):
    """A frozen group of settings.

    Raises:
        pydantic.ValidationError: with every mistake in the group at once. Recipe.load turns it into a RecipeError.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=())

    shorthand: ClassVar[str] = ""
    """The field whose value may stand for the whole mapping: ``stride``, where 2 is short for {stride: 2}; "": none."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:  # the signature is pydantic's
        for name, field in cls.model_fields.items():
            if get_origin(field.annotation) is list or field.annotation is list:
                raise TypeError(f"{cls.__name__}.{name} is a list, but a setting is frozen: write tuple[...] instead.")
            for _loc, got, expected in _beyond(field.default, ()):  # else what is written out could not be read back
                raise TypeError(f"{cls.__name__}.{name} is {got!r} by default. A setting is {expected}.")

    @classmethod
    def is_bare(cls, data: Any) -> bool:
        """Whether ``data`` is the value of the ``shorthand`` field alone, without the mapping around it."""
        return bool(cls.shorthand) and not isinstance(data, Mapping | Spec)

    @classmethod
    def as_written(cls, loc: KeyPath, data: Any) -> KeyPath:
        """``place`` in a whole mapping, as it is in ``data``: without the shorthand's field where that was left out.

        Where that field is no group of settings itself, its name stays: it says which value is meant.
        """
        if not loc or loc[0] != cls.shorthand or not cls.is_bare(data):
            return loc
        group = cls.model_fields[cls.shorthand].annotation
        return loc[1:] if isinstance(group, type) and issubclass(group, Spec) else loc

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        made = handler(core_schema)
        if not cls.shorthand:
            return made
        whole = handler.resolve_ref_schema(made)
        return {"description": whole.get("description", ""), "anyOf": [whole["properties"][cls.shorthand], whole]}

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Expand the shorthand; say of each error where it was written, and which keys are allowed there."""
        data = tuples(data)
        whole = {cls.shorthand: data} if cls.is_bare(data) else data
        if isinstance(whole, Mapping):
            whole = {key: value for key, value in whole.items() if value is not STAND_IN or cls._requires(key)}
        beyond = list(_beyond(whole, ()))
        try:
            made = handler(whole)
            if not beyond:
                return made
            found = []
        except ValidationError as error:
            found = error.errors(include_url=False)
        reported = [detail["loc"] for detail in found]  # what the field itself says of a number says more
        details = [_with_allowed_keys(detail, cls) for detail in found]
        details += [_out_of_range(*one) for one in beyond if not any(loc[: len(one[0])] == one[0] for loc in reported)]
        for detail in details:
            detail["loc"] = cls.as_written(detail["loc"], data)
        raise ValidationError.from_exception_data(cls.__name__, details) from None

    @classmethod
    def _requires(cls, key: Any) -> bool:
        return key in cls.model_fields and cls.model_fields[key].is_required()


class KindSpec(Spec):
    """A group of settings that names what it is the settings of: ``kind`` is a Literal with itself as default."""

    shorthand = "kind"
    noun: ClassVar[str] = "kind"
    """What one of this sort is called in messages, such as "operator"."""

    kind: str

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(core_schema)  # a word stands for any kind of the registry, not for one of this class


def inside(value: Any) -> Iterator[KindSpec]:
    """Every kind in a setting, at any depth, itself first: operators are made of operators."""
    if isinstance(value, KindSpec):
        yield value
    parts = [part for _, part in value] if isinstance(value, Spec) else value if isinstance(value, tuple) else ()
    for part in parts:
        yield from inside(part)


def tuples(value: Any) -> Any:
    """Lists become tuples, at every depth of lists; mappings and scalars stay as they are."""
    if isinstance(value, list | tuple):
        return tuple(tuples(item) for item in value)
    if isinstance(value, Mapping):
        return {key: tuples(item) for key, item in value.items()}
    return value


def under(prefix: str, issues: Sequence[Issue]) -> list[Issue]:
    """The issues of a part as issues of what holds it: each field gets the part's name in front."""
    return [Issue(f"{prefix}.{field}" if field else prefix, got, expected) for field, got, expected in issues]


def _out_of_range(loc: KeyPath, got: float, expected: str) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("out_of_range", "It should be {expected}", {"expected": expected}), loc=loc, input=got
    )


def _pair(value: Any) -> Any:
    return (value, value) if isinstance(value, int) else value


Pair = Annotated[
    tuple[PositiveInt, PositiveInt],
    BeforeValidator(_pair, json_schema_input_type=PositiveInt | tuple[PositiveInt, PositiveInt]),
]
"""(frequency, time), each at least 1. A single number stands for both."""


def _with_allowed_keys(error: Any, owner: type[Spec]) -> InitErrorDetails:
    """The same error again; where it is an unknown key of ``owner`` itself, with the keys that owner knows."""
    kind, loc, got = error["type"], error["loc"], error["input"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden" and len(loc) == 1:
        expected = [name for name in owner.model_fields if name != "kind"]
        custom = PydanticCustomError("unknown_key", "unknown key", {"expected": expected})
        return InitErrorDetails(type=custom, loc=loc, input=got)
    if kind in STANDARD_ERRORS:
        return InitErrorDetails(type=kind, loc=loc, input=got, ctx=context)
    return InitErrorDetails(type=PydanticCustomError(kind, error["msg"], context), loc=loc, input=got)
