"""The base of every setting a recipe can hold.

A setting is frozen; an unknown key, a NaN and a bool for an int are errors; a sequence is a tuple. Whoever reads the
error learns which keys are allowed in that place, because each class adds its own field names to it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PositiveInt,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

STANDARD_ERRORS = frozenset(get_args(ErrorType))

Misfit = tuple[str, str, str]
"""(field, what came, what is allowed): a setting that is well formed but does not fit the shapes around it."""


class Spec(BaseModel):
    """A frozen group of settings.

    Raises:
        pydantic.ValidationError: with every mistake in the group at once. Recipe.load turns it into a RecipeError.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=())

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:  # the signature is pydantic's
        for name, field in cls.model_fields.items():
            if get_origin(field.annotation) is list or field.annotation is list:
                raise TypeError(f"{cls.__name__}.{name} is a list, but a setting is frozen: write tuple[...] instead.")

    @model_validator(mode="wrap")
    @classmethod
    def _say_which_keys_are_allowed(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(tuples(data))
        except ValidationError as error:
            details = [_with_allowed_keys(detail, cls) for detail in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, details) from None


class KindSpec(Spec):
    """A group of settings that names what it is the settings of: ``kind`` is a Literal with itself as default."""

    kind: str


def tuples(value: Any) -> Any:
    """Lists become tuples, at every depth of lists; mappings and scalars stay as they are."""
    if isinstance(value, list | tuple):
        return tuple(tuples(item) for item in value)
    if isinstance(value, Mapping):
        return {key: tuples(item) for key, item in value.items()}
    return value


def under(prefix: str, misfits: list[Misfit]) -> list[Misfit]:
    """The misfits of a part, told from the whole: each field gets the part's own name in front."""
    return [(f"{prefix}.{field}" if field else prefix, came, allowed) for field, came, allowed in misfits]


def _twice(value: Any) -> Any:
    return (value, value) if isinstance(value, int) else value


Pair = Annotated[tuple[PositiveInt, PositiveInt], BeforeValidator(_twice)]
"""(frequency, time), each at least 1. A single number stands for both."""


def _with_allowed_keys(error: Any, owner: type[Spec]) -> InitErrorDetails:
    """The same error again; where it is an unknown key of ``owner`` itself, with the keys that owner knows."""
    kind, place, came = error["type"], error["loc"], error["input"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden" and len(place) == 1:
        allowed = [name for name in owner.model_fields if name != "kind"]
        custom = PydanticCustomError("unknown_key", "unknown key", {"allowed": allowed})
        return InitErrorDetails(type=custom, loc=place, input=came)
    if kind in STANDARD_ERRORS:
        return InitErrorDetails(type=kind, loc=place, input=came, ctx=context)
    return InitErrorDetails(type=PydanticCustomError(kind, error["msg"], context), loc=place, input=came)
