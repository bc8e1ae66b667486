"""Weights and training state on disk: written whole, checked when read, never able to run code.

best.safetensors   weights of the best epoch, with a digest of every tensor's bytes in its header
last.pt            all that is needed to go on: weights, optimizer, counters. A torch zip of plain types, whose checksums are
                   tested before it is read, with weights_only always on
"""

import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mixerkit.errors import DataError, Problem

BEST = "best.safetensors"
LAST = "last.pt"


def save_weights(path: Path, weights: dict[str, Tensor], about: dict[str, str]) -> None:
    """Write weights; ``about`` goes into the header."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    _write(path, lambda draft: save_file(tensors, draft, {**about, "sha256": digest(tensors)}))


def load_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """(weights, header).

    Raises:
        DataError: the file is missing, cut or changed.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
            about = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise DataError(Problem(str(path), f"These weights cannot be read: {error}.", advice="Train again.")) from error
    if about.get("sha256") != digest(tensors):
        raise DataError(
            Problem(str(path), "These weights are not as they were written: a byte has changed.", advice="Train again.")
        )
    return tensors, about


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write the training state."""
    _write(path, lambda draft: torch.save(state, draft))


def load_state(path: Path) -> dict[str, Any]:
    """The training state, on the CPU.

    Raises:
        DataError: the file is cut or changed, or holds something other than plain types.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
        if broken is not None:
            raise zipfile.BadZipFile(f"checksum of {broken}")
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, zipfile.BadZipFile, ValueError, EOFError) as error:
        came = f"This training state is damaged: {str(error).splitlines()[0]}."
        advice = f"The best weights so far are in {path.with_name(BEST)}; train again to go on."
        raise DataError(Problem(str(path), came, advice=advice)) from error
    except Exception as error:  # torch's unpickler refuses with types of its own
        came = f"This training state is not one of ours: {str(error).splitlines()[0]}"
        raise DataError(Problem(str(path), came, "Plain tensors and numbers only.")) from error
    return state


def digest(tensors: dict[str, Tensor]) -> str:
    """A hash over names, types, shapes and bytes."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        found.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def _write(path: Path, write: Any) -> None:
    """Write to a draft, bring it to the disk, then put it in place: a kill leaves the old file or the new one."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
