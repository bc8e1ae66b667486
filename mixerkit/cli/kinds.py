"""Where the commands that list and explain look kinds up."""

from collections.abc import Iterator, Sequence
from typing import Any

from mixerkit.datasets import DATASETS
from mixerkit.errors import PluginError, Problem, RecipeError, did_you_mean
from mixerkit.features import FEATURES
from mixerkit.model import HEADS
from mixerkit.operators import OPERATORS, TRANSFORMS
from mixerkit.recipe import folders_by_hand, what_to_add
from mixerkit.registry import Registry, Scope, installed, load_plugin, plugin_files, provided_kinds, provider
from mixerkit.training import AVERAGES, LOSSES, METRICS, OPTIMIZERS, SCHEDULES


def registries() -> dict[str, Registry[Any]]:
    """All registries by the word that lists them."""
    return {
        "operators": OPERATORS,
        "transforms": TRANSFORMS,
        "datasets": DATASETS,
        "features": FEATURES,
        "heads": HEADS,
        "optimizers": OPTIMIZERS,
        "schedules": SCHEDULES,
        "losses": LOSSES,
        "averages": AVERAGES,
        "metrics": METRICS,
    }


def scope_of(names: Sequence[str]) -> Scope:
    """The named plugins, loaded. Raises PluginError."""
    return Scope(tuple(load_plugin(name, folders_by_hand()) for name in names))


def no_such_kind(kind: str, known: Sequence[str]) -> RecipeError:
    """The error for a kind that is none of those ``known``: which plugin would provide it, or what it was meant to be."""
    path = provider(kind, folders_by_hand())
    if path is not None:
        return RecipeError(Problem(kind, "No kind of that name is known here.", hint=what_to_add(path)))
    return RecipeError(Problem(kind, "There is no kind of that name.", did_you_mean(kind, known)))


def found_plugins(load: bool) -> Iterator[tuple[str, ...]]:
    """A row per plugin found here: name, source, what it brings.

    With ``load`` each is imported: name, source, version, how that went, and what it brings or why it does not.
    """
    files = [
        (path.stem, str(path), "-", str(path), provided_kinds(path))
        for folder in folders_by_hand()
        for path in plugin_files(folder)
    ]
    packages = [(entry.name, *_package(entry), entry.name, list[str]()) for entry in installed()]
    for name, source, version, reference, kinds in [*files, *packages]:
        if not load:
            yield name, f"{source} {version}".removesuffix(" -"), ", ".join(kinds) or "see: mixerkit plugins"
            continue
        try:
            plugin = load_plugin(reference, folders_by_hand())
            yield name, source, version, "ok", ", ".join(kind for _, kind in plugin.kinds)
        except PluginError as error:
            yield name, source, version, "BROKEN", error.problems[0].got


def _package(entry: Any) -> tuple[str, str]:
    """(source, version) of an installed plugin."""
    return (entry.dist.name, entry.dist.version) if entry.dist else (str(entry.value), "-")
