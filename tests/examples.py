"""Every example of every kind, the shipped plugins' too: what is held to the contract, and to second writings."""

from mixerkit.operators import example_specs
from mixerkit.registry import Scope, load_file, plugin_files
from tests.conftest import REPOSITORY

SCOPE = Scope(tuple(load_file(path) for path in plugin_files(REPOSITORY / "plugins")))
EXAMPLES = example_specs(SCOPE)
"""(title, spec)."""
