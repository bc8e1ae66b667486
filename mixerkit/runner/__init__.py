"""One training loop for every recipe, on CPU, one GPU or many; and the runs it leaves behind."""

from mixerkit.assembly.inspect import DataReport, check_data, measure_data, prepare_data
from mixerkit.inference.influence import draw
from mixerkit.report.compare import Comparison, compare
from mixerkit.runner.run import Prediction, Run
from mixerkit.runner.train import resume, train

__all__ = [
    "Comparison",
    "DataReport",
    "Prediction",
    "Run",
    "check_data",
    "compare",
    "draw",
    "measure_data",
    "prepare_data",
    "resume",
    "train",
]
