"""mixerkit info"""

import inspect
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from mixerkit.cli.arguments import Plugins
from mixerkit.cli.table import table
from mixerkit.spec import Spec


def info(
    kind: Annotated[str, typer.Argument(help="An operator, data set, loss, ...: what mixerkit list shows.")],
    plugin: Plugins = None,
) -> None:
    """Explain a kind and its settings.

    What it does, every setting with its default, the laws it obeys, where it is written.
    """
    from mixerkit.cli.kinds import no_such_kind, registries, scope_of
    from mixerkit.datasets import DatasetSpec
    from mixerkit.operators import OperatorSpec

    scope = scope_of(plugin or ())
    found = [(registry.noun, registry.kinds(scope)) for registry in registries().values()]
    meant = [(noun, kinds[kind]) for noun, kinds in found if kind in kinds]
    if not meant:
        raise no_such_kind(kind, sorted(name for _, kinds in found for name in kinds))
    for number, (noun, spec) in enumerate(meant):
        typer.echo("\n" * (number > 0) + f"{kind}: {noun}\n\n{_about(spec)}\n\n{_settings(spec)}")
        if issubclass(spec, OperatorSpec):
            typer.echo(f"\n{_laws(spec)}")
        if issubclass(spec, DatasetSpec):
            typer.echo(_origin(spec))
        typer.echo(f"\nwritten in {inspect.getsourcefile(spec)}")


def _about(spec: type[Any]) -> str:
    """The head of its file, which explains it and names its source; and its own docstring."""
    module = inspect.getdoc(inspect.getmodule(spec)) or ""
    return f"{inspect.getdoc(spec) or ''}\n\n{module}".strip()


def _settings(spec: type[Any]) -> str:
    fields = {name: field for name, field in spec.model_fields.items() if name != "kind"}
    if not fields:
        return "It has no settings."
    rows = [(name, _default(field), field.description or "") for name, field in fields.items()]
    return table(rows, ("setting", "default", "meaning"))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "(required)"
    value = field.default
    if isinstance(value, Spec):
        written = value.model_dump()
        return written if isinstance(written, str) else "..."
    return "null" if value is None else str(value)


def _origin(spec: Any) -> str:
    """Source, licence and citation of a published data set, a line each; "" of any other."""
    facts = (("source", spec.source), ("licence", spec.licence), ("cite", spec.citation))
    rows = [(name, fact) for name, fact in facts if fact]
    return f"\n{table(rows)}" if rows else ""


def _laws(spec: Any) -> str:
    from mixerkit.operators import closure, differences

    lines = []
    for example in spec.examples():
        name = ", ".join(f"{key}: {value}" for key, value in differences(example).items()) or "as it is"
        lines.append((f"  {name}", ", ".join(str(law) for law in sorted(closure(example.laws()), key=str)) or "none"))
    return "laws (declared; mixerkit.testing tests them)\n" + table(lines)
