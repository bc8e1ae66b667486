"""A model over a split: every clip once, on however many devices."""

from collections.abc import Callable

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from mixerkit.assembly import Data
from mixerkit.datasets import Split
from mixerkit.features import FrontEnd
from mixerkit.training import Metrics, Objective, RunnerSpec, compute_metrics


@torch.inference_mode()
def evaluate_split(
    fabric: Fabric,
    model: nn.Module,
    front_end: FrontEnd,
    data: Data,
    split: Split,
    objective: Objective,
    spec: RunnerSpec,
    on_batch: Callable[[], None] = lambda: None,
) -> Metrics:
    """Metrics of ``model`` on a split of ``data``: those that every run has, and those that ``spec`` asks for.

    Args:
        on_batch: called before every batch; may raise to stop.
    """
    waves, targets = data.waves[split], data.targets(split)
    was_training, total = model.training, len(waves.clips)
    model.eval()
    mine = torch.arange(total)[fabric.global_rank :: fabric.world_size]
    logits = torch.zeros(total, objective.classes, device=fabric.device)
    for index in torch.split(mine, max(1, spec.clips_at_once // fabric.world_size)) if len(mine) else ():
        on_batch()
        logits[index] = model(*front_end(*waves.batch(index, fabric.device))).float()
    model.train(was_training)
    everyone = _from_all_ranks(fabric, logits, mine).cpu()
    scores, loss = objective.scores(everyone), objective.loss(everyone, targets).item()
    return compute_metrics(scores, targets, loss, objective.activation, data.labels, spec.asked_metrics())


def _from_all_ranks(fabric: Fabric, logits: Tensor, mine: Tensor) -> Tensor:
    """Logits ``[n, K]`` of all clips: every rank has filled in its own rows, and every row is one rank's."""
    if fabric.world_size == 1:
        return logits
    seen = torch.zeros(len(logits), 1, device=logits.device)
    seen[mine] = 1.0
    everyone = fabric.all_reduce(torch.cat([logits, seen], dim=1), reduce_op="sum")
    assert isinstance(everyone, Tensor), "a tensor reduces to a tensor"
    assert bool((everyone[:, -1] == 1.0).all()), "every clip is evaluated exactly once"
    return everyone[:, :-1]
