"""What a run ran on: versions, device, command, folder. Enough to say later why a number differs."""

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from mixerkit.recipe import Recipe

PACKAGES = (
    "mixerkit",
    "torch",
    "torchaudio",
    "timm",
    "einops",
    "lightning-fabric",
    "torchmetrics",
    "numpy",
    "scipy",
    "soundfile",
    "pydantic",
    "safetensors",
)


def environment(recipe: Recipe, device: str) -> dict[str, Any]:
    """Versions of Python and packages, machine, device, command and its folder, commit, plugins with their content's hash."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "cuda": torch.version.cuda,
        "device": device,
        "command": sys.argv,
        "directory": str(Path.cwd()),
        "commit": _commit(),
        "plugins": [
            {"name": plugin.name, "source": plugin.source, "version": plugin.version, "sha256": plugin.digest}
            for plugin in recipe.loaded_plugins
        ],
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The git commit of the working folder, marked if there are changes; None outside a repository."""
    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=40"]
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()
