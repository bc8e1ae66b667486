"""A model over a split: every clip once, on however many devices."""

from collections.abc import Callable

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from mixerkit.audio import Waves
from mixerkit.features import FrontEnd
from mixerkit.recipe import LossSpec
from mixerkit.runner.device import reduced
from mixerkit.runner.metrics import Metrics, compute
from mixerkit.runner.optimise import build_loss, scores


@torch.inference_mode()
def evaluate_split(
    fabric: Fabric,
    model: nn.Module,
    front_end: FrontEnd,
    waves: Waves,
    labels: Tensor,
    loss_spec: LossSpec,
    batch_size: int,
    on_batch: Callable[[], None] = lambda: None,
) -> Metrics:
    """Metrics of ``model`` on ``waves``, whose classes are ``labels`` ``[n]``.

    Args:
        batch_size: clips per device and step; it changes nothing in the result.
        on_batch: called before every batch; may raise to stop.
    """
    was_training = model.training
    model.eval()
    mine = torch.arange(len(waves.clips))[fabric.global_rank :: fabric.world_size]
    found = []
    for index in torch.split(mine, batch_size):
        on_batch()
        wave, lengths = (part.to(fabric.device) for part in waves.batch(index))
        found.append(model(*front_end(wave, lengths)).float().cpu())
    model.train(was_training)
    classes = found[0].shape[1] if found else 0
    logits = _gather(fabric, mine, torch.cat(found) if found else torch.zeros(0, classes), len(waves.clips))
    loss = build_loss(loss_spec, logits.shape[1])(logits, labels).item()
    return compute(scores(logits, loss_spec), labels, loss)


def _gather(fabric: Fabric, index: Tensor, logits: Tensor, total: int) -> Tensor:
    """Logits ``[n, K]`` of all ranks in the order of the clips; each clip from exactly one rank."""
    if fabric.world_size == 1:
        return logits
    longest = -(-total // fabric.world_size)
    width = int(reduced(fabric, logits.shape[1], "max"))
    padded = torch.full((longest, width + 1), -1.0)
    padded[: len(index), 0] = index.float()
    padded[: len(index), 1:] = logits
    gathered = fabric.all_gather(padded.to(fabric.device))
    assert isinstance(gathered, Tensor), "a tensor gathers to a tensor"
    everyone = gathered.cpu().reshape(-1, width + 1)
    real = everyone[everyone[:, 0] >= 0]
    place = real[:, 0].long()
    assert torch.equal(place.sort().values, torch.arange(total)), "every clip is evaluated exactly once"
    return real[place.argsort(), 1:]
