"""Where the commands that list and explain look kinds up."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mixerkit.datasets import DATASETS
from mixerkit.errors import PluginError
from mixerkit.features import FEATURES
from mixerkit.model import HEADS
from mixerkit.operators import OPERATORS
from mixerkit.recipe import shipped
from mixerkit.registry import Plugin, Registry, Scope, installed, load_plugin, plugin_files


def registries() -> dict[str, Registry[Any]]:
    """All registries by the word that lists them."""
    return {"operators": OPERATORS, "datasets": DATASETS, "heads": HEADS, "features": FEATURES}


def plugin_folders() -> list[Path]:
    """Where plugins named on the command line lie: here, in plugins/ here, and among those that come with the kit."""
    return list(dict.fromkeys(path.resolve() for path in (Path(), Path("plugins"), shipped("plugins"))))


def scope_of(names: Sequence[str]) -> Scope:
    """The named plugins, loaded. Raises PluginError."""
    return Scope(tuple(load_plugin(name, plugin_folders()) for name in names))


def load_all_plugins() -> Iterator[tuple[str, str, Plugin | PluginError]]:
    """(name, source, plugin or why it is broken) of every plugin file and installed plugin found here."""
    files = [(path.stem, str(path), str(path)) for folder in plugin_folders() for path in plugin_files(folder)]
    packages = [(entry.name, entry.value, entry.name) for entry in installed()]
    for name, source, reference in [*files, *packages]:
        try:
            yield name, source, load_plugin(reference, plugin_folders())
        except PluginError as error:
            yield name, source, error
