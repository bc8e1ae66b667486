"""Where the commands that list and explain look kinds up."""

from collections.abc import Iterator, Sequence
from typing import Any

from mixerkit.datasets import DATASETS
from mixerkit.errors import PluginError
from mixerkit.features import FEATURES
from mixerkit.model import HEADS
from mixerkit.operators import OPERATORS, TRANSFORMS
from mixerkit.recipe import folders_by_hand
from mixerkit.registry import Registry, Scope, installed, load_plugin, plugin_files, provided_kinds


def registries() -> dict[str, Registry[Any]]:
    """All registries by the word that lists them."""
    return {"operators": OPERATORS, "transforms": TRANSFORMS, "datasets": DATASETS, "heads": HEADS, "features": FEATURES}


def scope_of(names: Sequence[str]) -> Scope:
    """The named plugins, loaded. Raises PluginError."""
    return Scope(tuple(load_plugin(name, folders_by_hand()) for name in names))


def found_plugins(load: bool) -> Iterator[tuple[str, ...]]:
    """A row per plugin found here: name, source, what it brings; with ``load``, each is imported, and how that went."""
    files = [
        (path.stem, str(path), str(path), provided_kinds(path)) for folder in folders_by_hand() for path in plugin_files(folder)
    ]
    packages = [(entry.name, _package(entry), entry.name, list[str]()) for entry in installed()]
    for name, source, reference, kinds in [*files, *packages]:
        if not load:
            yield name, source, ", ".join(kinds) or f"see: mixerkit list plugins {name} --load"
            continue
        try:
            plugin = load_plugin(reference, folders_by_hand())
            yield name, source, "ok", ", ".join(kind for _, kind in plugin.kinds)
        except PluginError as error:
            yield name, source, "BROKEN", error.problems[0].came


def _package(entry: Any) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else str(entry.value)
