"""What lies in a run's folder: schemas, manifest, lock, checkpoints, environment; opened without training code."""

from mixerkit.rundir.checkpoint import (
    BEST,
    LAST,
    load_state,
    load_weights,
    refuse_foreign,
    refuse_mismatch,
    save_state,
    save_weights,
)
from mixerkit.rundir.create import created, refuse_taken
from mixerkit.rundir.environment import environment
from mixerkit.rundir.folder import RunDir, typical_speed, write_json
from mixerkit.rundir.lock import locked_for_all
from mixerkit.rundir.manifest import check_all
from mixerkit.rundir.schemas import read_json

__all__ = [
    "BEST",
    "LAST",
    "RunDir",
    "check_all",
    "created",
    "environment",
    "load_state",
    "load_weights",
    "locked_for_all",
    "read_json",
    "refuse_foreign",
    "refuse_mismatch",
    "refuse_taken",
    "save_state",
    "save_weights",
    "typical_speed",
    "write_json",
]
