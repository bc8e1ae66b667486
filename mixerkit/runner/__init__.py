"""One training loop for every recipe, on CPU, one GPU or many; and the runs it leaves behind."""

from mixerkit.assembly.inspect import check_data, measure_data, prepare_data
from mixerkit.inference.influence import draw
from mixerkit.report.compare import Comparison, compare
from mixerkit.runner.data_report import DataReport
from mixerkit.runner.run import Prediction, Run
from mixerkit.runner.train import resume, train
from mixerkit.training.metrics import Metrics

__all__ = [
    "Comparison",
    "DataReport",
    "Metrics",
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
