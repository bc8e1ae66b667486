"""Kinds and the plugins that bring more of them. Knows no torch and no kind by name."""

from mixerkit.registry.error_source import attribute_errors
from mixerkit.registry.interface import COUNT, ISSUES, YES_OR_NO, Interface, Returns, instance_of, list_of, located
from mixerkit.registry.kinds import KEBAB, Plugin, Registry, Scope, is_kits, third_party
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
    "COUNT",
    "ISSUES",
    "KEBAB",
    "YES_OR_NO",
    "Interface",
    "Plugin",
    "Registry",
    "Returns",
    "Scope",
    "attribute_errors",
    "installed",
    "instance_of",
    "is_file",
    "is_kits",
    "list_of",
    "load_file",
    "load_plugin",
    "located",
    "plugin_files",
    "plugin_of",
    "provided_kinds",
    "provider",
    "registers",
    "third_party",
]
