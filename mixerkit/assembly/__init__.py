"""Recipe -> shapes, model, front end; and the table that describes them."""

from mixerkit.assembly.build import build_block, build_front_end, build_model, build_operator, list_operators, read_operator
from mixerkit.assembly.describe import DEFAULT_CLASSES, Description, StageRow, describe

__all__ = [
    "DEFAULT_CLASSES",
    "Description",
    "StageRow",
    "build_block",
    "build_front_end",
    "build_model",
    "build_operator",
    "describe",
    "list_operators",
    "read_operator",
]
