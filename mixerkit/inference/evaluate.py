"""A trained run on one of its own splits."""

import torch

from mixerkit.assembly import load_data
from mixerkit.datasets import Split
from mixerkit.inference.load import device_here, load_front_end, load_model
from mixerkit.progress import Reporter
from mixerkit.rundir import RunDir
from mixerkit.runner import evaluate_split, hint_here, memory_errors, start_fabric
from mixerkit.training import Metrics


def evaluate(run: RunDir, split: Split = "test") -> Metrics:
    """Metrics of the best weights on a split of the run: clips as they were split then, the precision it was trained in.

    Raises:
        DataError: the data has moved, or a file of the run was changed.
        OutOfMemoryError: the device has too little memory.
    """
    spec = run.recipe.runner
    precision = "auto" if spec.precision == "float16" and not torch.cuda.is_available() else spec.precision
    here = {"devices": 1, "device": device_here(run), "precision": precision}
    fabric = start_fabric(spec.model_copy(update=here))
    with memory_errors(str(run.path), fabric.device, spec.batch_size, hint_here(fabric.device)):
        data = load_data(run.located_recipe(), Reporter(), run.clips(), [split])
        model, front_end = fabric.setup_module(load_model(run)), load_front_end(run).to(fabric.device)
        return evaluate_split(fabric, model, front_end, data, split, spec.loss.build(len(data.labels)), spec)
