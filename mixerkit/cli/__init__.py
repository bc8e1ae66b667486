"""The command line: each command is a few lines over one public function."""

from mixerkit.cli.app import main

__all__ = ["main"]
