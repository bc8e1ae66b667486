"""One training loop for every recipe, on CPU, one GPU or many; and the runs it leaves behind."""

from mixerkit.runner.metrics import Metrics
from mixerkit.runner.run import Prediction, Run
from mixerkit.runner.train import resume, train

__all__ = ["Metrics", "Prediction", "Run", "resume", "train"]
