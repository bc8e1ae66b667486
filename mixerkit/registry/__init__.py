"""Kinds and the plugins that bring more of them. Knows no torch and no kind by name."""

from mixerkit.registry.kinds import Plugin, Registry, Scope, origin
from mixerkit.registry.plugins import installed, load_file, load_plugin, plugin_files, provided_kinds, provider

__all__ = [
    "Plugin",
    "Registry",
    "Scope",
    "installed",
    "load_file",
    "load_plugin",
    "origin",
    "plugin_files",
    "provided_kinds",
    "provider",
]
