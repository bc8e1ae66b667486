"""Recipe -> shapes, model, front end; and the table that describes them."""

from mixerkit.assembly.build import build_block, build_front_end, build_model, build_operator, list_operators, read_operator
from mixerkit.assembly.data import Data, load_data, measure_statistics
from mixerkit.assembly.data_report import DataReport
from mixerkit.assembly.describe import DEFAULT_CLASSES, Description, StageRow, describe
from mixerkit.assembly.inspect import check_data, measure_data, prepare_data

__all__ = [
    "DEFAULT_CLASSES",
    "Data",
    "DataReport",
    "Description",
    "StageRow",
    "build_block",
    "build_front_end",
    "build_model",
    "build_operator",
    "check_data",
    "describe",
    "list_operators",
    "load_data",
    "measure_data",
    "measure_statistics",
    "prepare_data",
    "read_operator",
]
