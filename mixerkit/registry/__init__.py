"""Kinds and the plugins that bring more of them. Knows no torch and no kind by name."""

from mixerkit.registry.error_source import attribute_errors
from mixerkit.registry.kinds import KEBAB, Plugin, Registry, Scope, is_kits, origin
from mixerkit.registry.paths import is_file
from mixerkit.registry.plugins import (
    installed,
    load_file,
    load_plugin,
    plugin_files,
    plugin_of,
    provided_kinds,
    provider,
    registers,
)

__all__ = [
    "KEBAB",
    "Plugin",
    "Registry",
    "Scope",
    "attribute_errors",
    "installed",
    "is_file",
    "is_kits",
    "load_file",
    "load_plugin",
    "origin",
    "plugin_files",
    "plugin_of",
    "provided_kinds",
    "provider",
    "registers",
]
