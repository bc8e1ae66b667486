"""One update of the weights from one batch: in as many parts as the recipe says, on however many devices."""

from dataclasses import dataclass
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from mixerkit.runner.device import reduced
from mixerkit.training import Objective, RunnerSpec


@dataclass(frozen=True)
class Update:
    """Gradients of a batch, then the optimizer's step; ``model`` and ``optimizer`` as Fabric has set them up."""

    fabric: Fabric
    model: Any
    optimizer: Any
    objective: Objective
    spec: RunnerSpec

    def gradients(self, spectrogram: Tensor, frames: Tensor, targets: Tensor, everywhere: int) -> tuple[float, float]:
        """(loss, norm of the gradient) of this rank's clips; the loss is a mean over the clips of all ranks.

        Clips are computed in ``micro_batches`` parts, whose gradients add up: spectrograms of all are in memory, activations
        for one part. Processes exchange gradients once, in the last part.

        Args:
            spectrogram, frames, targets: ``[B, C, M, S]``, ``[B]`` and ``[B]`` or ``[B, K]``, at least one clip.
            everywhere: clips on all ranks.
        """
        # gradients are averaged over ranks: this scale makes that the mean over clips, also where ranks hold unequal numbers
        scale = self.fabric.world_size / everywhere
        count = min(self.spec.micro_batches, len(targets))
        parts = zip(*(torch.tensor_split(whole, count) for whole in (spectrogram, frames, targets)), strict=True)
        losses = []
        for number, (some, valid, wanted) in enumerate(parts, start=1):
            with self.fabric.no_backward_sync(self.model, enabled=number < count):
                loss = self.objective.loss(self.model(some, valid).float(), wanted) * scale
                self.fabric.backward(loss)
            losses.append(loss.detach())
        value = torch.stack(losses).sum()
        both = torch.stack([value, self._gradient_norm().to(value.dtype)])
        loss_here, norm = reduced(self.fabric, both, "mean")
        return loss_here, norm

    def apply(self) -> None:
        """Move the weights along the gradients, and forget these."""
        self.optimizer.step()
        self.optimizer.zero_grad()

    def _gradient_norm(self) -> Tensor:
        """The norm of all gradients, which are clipped to the recipe's length on the way.

        Under float16 the loss is scaled, overflow is expected now and then, and the scaler leaves such a step out: 0 is returned.
        """
        norm: Tensor | None = None
        is_scaled = self.fabric.strategy.precision.precision == "16-mixed"
        if self.spec.clip_grad is not None:
            norm = self.fabric.clip_gradients(self.model, self.optimizer, max_norm=self.spec.clip_grad, error_if_nonfinite=False)
        elif not is_scaled:
            norm = nn.utils.get_total_norm([p.grad for p in self.model.parameters() if p.grad is not None])
        return torch.zeros((), device=self.fabric.device) if is_scaled or norm is None else norm
