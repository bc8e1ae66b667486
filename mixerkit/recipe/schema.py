"""The JSON Schema of recipes, for editors and other programs: every key, type, bound and kind, with its description.

It says what pydantic says of a file by itself. What only several settings together decide (a grid that an operator does not
fit, stages beside depth) is left to ``mixerkit check``.
"""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core.core_schema import CoreSchema

from mixerkit.datasets import DATASETS
from mixerkit.features import FEATURES
from mixerkit.model import HEADS
from mixerkit.operators import OPERATORS, TRANSFORMS
from mixerkit.recipe.recipe import Recipe
from mixerkit.registry import Registry, Scope
from mixerkit.spec import KindSpec, Spec
from mixerkit.training import AVERAGES, LOSSES, METRICS, OPTIMIZERS, SCHEDULES

Json = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
RUNNER: tuple[Registry[Any], ...] = (OPTIMIZERS, SCHEDULES, LOSSES, AVERAGES, METRICS)
REGISTRIES: tuple[Registry[Any], ...] = (OPERATORS, TRANSFORMS, DATASETS, FEATURES, HEADS, *RUNNER)
PART = ".part"
"""Behind the name of a definition: what an overlay may say of it, which is any part of it."""
BASE: Json = {"type": "string", "description": "a recipe beside this one: what is not set here is as there"}


def recipe_schema(scope: Scope | None = None, overlay: bool = False) -> Json:
    """The JSON Schema (draft 2020-12) of a recipe: one by itself, or one with a ``base``, which says only what differs.

    Args:
        scope: plugins whose kinds may be used beside the kit's.
        overlay: of an overlay instead: any part of a recipe but ``base`` and ``name``.
    """
    definitions, name = _definitions(scope)
    part = definitions[f"{name}{PART}"]["properties"]
    head: Json = {"$schema": DRAFT, "title": "mixerkit overlay" if overlay else "mixerkit recipe"}
    if overlay:
        del part["name"]
        return {**head, "$ref": _ref(f"{name}{PART}"), "$defs": definitions}
    part["base"] = BASE
    definitions[name]["required"].remove("name")  # the file's own name stands in
    either = {"if": {"required": ["base"]}, "then": {"$ref": _ref(f"{name}{PART}")}, "else": {"$ref": _ref(name)}}
    return {**head, **either, "$defs": definitions}


class _Schema(GenerateJsonSchema):
    """A plugin may have fields that JSON cannot tell, and defaults: they are anything."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012  # pydantic's own

    def handle_invalid_for_json_schema(self, schema: CoreSchema, error_info: str) -> Json:
        return {}


def _definitions(scope: Scope | None) -> tuple[dict[str, Json], str]:
    """Every group of settings by name, whole and as a part; where any kind of a noun may stand, all of them. A recipe's name."""
    kinds = {registry.base: registry.kinds(scope) for registry in REGISTRIES}
    specs: list[type[Spec]] = [Recipe, *kinds, *(spec for family in kinds.values() for spec in family.values())]
    named, found = models_json_schema([(spec, "validation") for spec in specs], schema_generator=_Schema)
    names = {spec: str(named[(spec, "validation")]["$ref"]).removeprefix(_ref("")) for spec in specs}
    definitions: dict[str, Json] = found["$defs"]
    for base, family in kinds.items():
        for spec in family.values():
            required = definitions[names[spec]].setdefault("required", [])
            definitions[names[spec]]["required"] = ["kind", *(key for key in required if key != "kind")]
        definitions[names[base]] = _any_kind(definitions[names[base]], family, names)
    parts = {f"{name}{PART}": _part(definition) for name, definition in definitions.items()}
    for base, family in kinds.items():
        parts[f"{names[base]}{PART}"]["anyOf"][0] = {"enum": list(family)}  # its settings may stand below
    return definitions | parts, names[Recipe]


def _any_kind(base: Json, family: Mapping[str, type[KindSpec]], names: Mapping[type[Spec], str]) -> Json:
    """A kind's name where it needs no settings, or a mapping with its kind."""
    bare = [kind for kind, spec in family.items() if not any(field.is_required() for field in spec.model_fields.values())]
    branches = {kind: _ref(names[spec]) for kind, spec in family.items()}
    mapping = {
        "type": "object",
        "oneOf": [{"$ref": ref} for ref in branches.values()],
        "discriminator": {"propertyName": "kind", "mapping": branches},
    }
    return {"title": base["title"], "description": base.get("description", ""), "anyOf": [{"enum": bare}, mapping]}


def _part(schema: Json) -> Json:
    """A schema with nothing required, down to the lists: those replace what is below, and are whole."""
    made: Json = {}
    for key, value in schema.items():
        match key:
            case "required" | "discriminator":
                pass
            case "$ref":
                made[key] = f"{value}{PART}"
            case "properties":
                made[key] = {name: _part(inside) for name, inside in value.items()}
            case "anyOf" | "oneOf":  # without its kind, a mapping may be a part of several
                made["anyOf"] = [_part(inside) for inside in value]
            case _:
                made[key] = value
    return made


def _ref(name: str) -> str:
    return f"#/$defs/{name}"
