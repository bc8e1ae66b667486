"""mixerkit list"""

from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Literal

import typer

from mixerkit.cli.arguments import Plugins
from mixerkit.cli.table import table

Kinds = Literal[
    "operators", "transforms", "datasets", "features", "heads", "optimizers", "schedules", "losses", "averages", "metrics"
]
What = Literal[Kinds, "recipes", "studies", "plugins", "laws"]

STUDIES = "recipes/studies/"


def list_(
    what: Annotated[What, typer.Argument(help="What to list.")] = "operators",
    pattern: Annotated[str, typer.Argument(help="A shell pattern, such as 'roll*' or 'paper/*'.")] = "*",
    plugin: Plugins = None,
    load: Annotated[bool, typer.Option("--load", help="Plugins: import each, and say whether it works.")] = False,
) -> None:
    """List what there is, a line each.

    Plugins are found by their text and not run, unless --load asks for it; a broken one is then a line like the others.
    """
    match what:
        case "recipes":
            rows = [row for row in _files() if not row[0].startswith(STUDIES)]
        case "studies":
            rows = [row for row in _files() if row[0].startswith(STUDIES)]
        case "plugins":
            rows = _plugins(load)
        case "laws":
            rows = _laws()
        case _:
            rows = _kinds(what, plugin or ())
    found = [row for row in rows if fnmatch(row[0], pattern) or fnmatch(row[0].removeprefix("recipes/"), pattern)]
    typer.echo(table(found) if found else f"No {what} match {pattern!r}.")


def plugins() -> None:
    """Say of every plugin found here whether it works.

    Each is imported: files in this folder and in its plugins/, those that come with the kit, installed packages. A broken one
    is reported with its reason, and harms nobody.
    """
    header = ("name", "source", "version", "status", "kinds, or why not")
    typer.echo(table(_plugins(load=True), header))


def _kinds(what: str, plugins: list[str] | tuple[()]) -> list[tuple[str, ...]]:
    from mixerkit.cli.kinds import registries, scope_of

    scope = scope_of(plugins)
    return [(kind, _first_line(spec.__doc__)) for kind, spec in registries()[what].kinds(scope).items()]


def _files() -> list[tuple[str, ...]]:
    from mixerkit.recipe import shipped

    here = Path("recipes")
    root = here if here.is_dir() else shipped("recipes")
    files = sorted(root.rglob("*.yaml"), key=lambda path: (len(path.parts), path))
    return [(f"recipes/{path.relative_to(root).as_posix()}", _headline(path)) for path in files]


def _plugins(load: bool) -> list[tuple[str, ...]]:
    from mixerkit.cli.kinds import found_plugins

    return list(found_plugins(load))


def _laws() -> list[tuple[str, ...]]:
    from mixerkit.operators import MEANINGS

    written = {name: "local(radius)" if name == "local" else name.upper().replace("-", "_") for name in MEANINGS}
    return [(f"Law.{written[name]}", meaning) for name, meaning in MEANINGS.items()]


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]


def _headline(path: Path) -> str:
    """The first comment of a recipe."""
    first = path.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""
