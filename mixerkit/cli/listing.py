"""mixerkit list"""

from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Literal

import typer

from mixerkit.cli.arguments import Plugins, table
from mixerkit.errors import PluginError

What = Literal["operators", "recipes", "datasets", "heads", "features", "plugins"]


def list_(
    what: Annotated[What, typer.Argument(help="What to list.")] = "operators",
    pattern: Annotated[str, typer.Argument(help="A shell pattern, such as 'roll*' or 'paper/*'.")] = "*",
    plugin: Plugins = None,
) -> None:
    """List what there is, a line each.

    Plugins are imported, to say whether they work; a broken one is a line like the others.
    """
    others = {"recipes": _recipes, "plugins": _plugins}
    rows = others[what]() if what in others else _kinds(what, plugin or ())
    found = [row for row in rows if fnmatch(row[0], pattern) or fnmatch(row[0].removeprefix("recipes/"), pattern)]
    typer.echo(table(found) if found else f"No {what} match {pattern!r}.")


def _kinds(what: str, plugins: list[str] | tuple[()]) -> list[tuple[str, ...]]:
    from mixerkit.cli.kinds import registries, scope_of

    scope = scope_of(plugins)
    return [(kind, _first_line(spec.__doc__)) for kind, spec in registries()[what].kinds(scope).items()]


def _recipes() -> list[tuple[str, ...]]:
    from mixerkit.recipe import shipped

    here = Path("recipes")
    root = here if here.is_dir() else shipped("recipes")
    files = sorted(root.rglob("*.yaml"), key=lambda path: (len(path.parts), path))
    return [(f"recipes/{path.relative_to(root).as_posix()}", _headline(path)) for path in files]


def _plugins() -> list[tuple[str, ...]]:
    """Every plugin found here, imported to say whether it works; a broken one is a line like the others."""
    from mixerkit.cli.kinds import load_all_plugins

    rows: list[tuple[str, ...]] = []
    for name, source, found in load_all_plugins():
        if isinstance(found, PluginError):
            rows.append((name, source, "BROKEN", found.problems[0].came))
        else:
            rows.append((name, source, "ok", ", ".join(kind for _, kind in found.kinds)))
    return rows


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]


def _headline(path: Path) -> str:
    """The first comment of a recipe."""
    first = path.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""
