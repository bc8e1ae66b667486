"""Weights and training state on disk: written atomically, checked when read, never able to run code.

best.safetensors   weights of the best epoch, with a digest of every tensor's bytes in its header
last.pt            all that is needed to go on: weights, optimizer, counters. A torch zip of plain types, whose checksums are
                   tested before it is read, with weights_only always on

Both carry the identity of the run that wrote them.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mixerkit.atomic import write_errors, write_file
from mixerkit.errors import DataError, Problem

BEST = "best.safetensors"
LAST = "last.pt"


def save_weights(path: Path, weights: dict[str, Tensor], about: dict[str, str]) -> None:
    """Write weights; ``about`` goes into the header. Raises DataError if the system refuses."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    _write(path, lambda draft: save_file(tensors, draft, {**about, "sha256": tensors_digest(tensors)}))


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
        raise DataError(Problem(str(path), f"These weights cannot be read: {error}.", hint="Train again.")) from error
    if about.get("sha256") != tensors_digest(tensors):
        raise DataError(
            Problem(str(path), "These weights are not as they were written: a byte has changed.", hint="Train again.")
        )
    return tensors, about


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write the training state. Raises DataError if the system refuses."""

    def write(draft: Path) -> None:
        with draft.open("wb") as file:  # torch, given a path, does not tell the system's reason
            torch.save(state, file)

    _write(path, write)


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
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, zipfile.BadZipFile, ValueError, EOFError) as error:
        got = f"This training state is damaged: {str(error).splitlines()[0]}."
        hint = f"The best weights so far are in {path.with_name(BEST)}; train again to go on."
        raise DataError(Problem(str(path), got, hint=hint)) from error
    except Exception as error:  # torch's unpickler refuses with types of its own
        got = f"This training state is not one of ours: {str(error).splitlines()[0]}"
        raise DataError(Problem(str(path), got, "Plain tensors and numbers only.")) from error
    if not isinstance(state, dict):
        raise DataError(Problem(str(path), f"This training state is not one of ours: a {type(state).__name__}."))
    return state


def refuse_mismatch(path: Path, found: Any, wanted: Mapping[str, Tensor]) -> None:
    """Raise DataError unless the weights ``found`` in a file have the names and shapes ``wanted``; the first issue is named."""
    mismatch = _mismatch(found, wanted)
    if mismatch:
        hint = "Put the run's own file back, or train again."
        raise DataError(Problem(str(path), f"These weights are not of this recipe: {mismatch}.", hint=hint))


def refuse_foreign(path: Path, writer: object, run: str) -> None:
    """Raise DataError unless a file carries the identity of this run: weights may fit and still be another's."""
    if writer != run:
        got = "It was written by another run: with another seed, other data or other settings."
        raise DataError(Problem(str(path), got, hint="Put the run's own file back, or train again."))


def tensors_digest(tensors: dict[str, Tensor]) -> str:
    """A hash over names, types, shapes and bytes."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        found.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def _mismatch(found: Any, wanted: Mapping[str, Tensor]) -> str:
    if not isinstance(found, Mapping) or not all(isinstance(tensor, Tensor) for tensor in found.values()):
        return "they are no named tensors"
    for name, tensor in wanted.items():
        if name not in found:
            return f"{name} is missing"
        if found[name].shape != tensor.shape:
            return f"{name} has the shape {list(found[name].shape)}, the model's has {list(tensor.shape)}"
    unknown = next((name for name in found if name not in wanted), None)
    return f"the model has no {unknown}" if unknown is not None else ""


def _write(path: Path, write: Any) -> None:
    with write_errors(path):
        path.parent.mkdir(exist_ok=True)
    write_file(path, write)
