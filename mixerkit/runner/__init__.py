"""The training loop: one for every recipe, on CPU, one GPU or many; it returns the run directory it leaves behind."""

from mixerkit.runner.device import hint_here, memory_errors, start_fabric
from mixerkit.runner.evaluate import evaluate_split
from mixerkit.runner.seeding import key
from mixerkit.runner.signals import StopSignals
from mixerkit.runner.train import resume, train

__all__ = ["StopSignals", "evaluate_split", "hint_here", "key", "memory_errors", "resume", "start_fabric", "train"]
