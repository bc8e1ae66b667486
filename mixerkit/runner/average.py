"""The mean of a model's weights along training, and the model with that mean in place. The averages are torch's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mixerkit.rundir import refuse_mismatch
from mixerkit.training import AverageSpec, EmaSpec, EpochMeanSpec


class WeightAverage:
    """The averaged weights of ``model`` as ``spec`` says, in float32 as the weights are; without a spec, none.

    Both kinds start as a copy of the first weights that they take, and then move by
    mean <- mean + (weights - mean) x share, where share is 1 - decay (ema), or 1 / n for the n-th weights taken (epochs).
    Several processes hold the same weights, so each keeps the same mean.
    """

    def __init__(self, spec: AverageSpec | None, model: nn.Module) -> None:
        self.spec, self.model = spec, model
        moves = None  # torch's own: the arithmetic mean
        if isinstance(spec, EmaSpec):
            moves = get_ema_multi_avg_fn(spec.decay)  # type: ignore[no-untyped-call]  # torch has not typed it
        self.averaged = None if spec is None else AveragedModel(model, multi_avg_fn=moves)

    def after_update(self, epoch: int, ends_epoch: bool) -> None:
        """Take in the weights that an update of ``epoch``, counted from 1, has left; ``ends_epoch``: it was the last one."""
        if self.averaged is None:
            return
        if not isinstance(self.spec, EpochMeanSpec) or (ends_epoch and epoch >= self.spec.start_epoch):
            self.averaged.update_parameters(self.model)

    def weights(self) -> dict[str, Tensor]:
        """What is validated and kept: the mean, or the model's own weights where nothing is averaged yet."""
        averaged = self.averaged
        return self.model.state_dict() if averaged is None or averaged.n_averaged == 0 else averaged.module.state_dict()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside, the model holds :meth:`weights`; afterwards its own again, to the bit."""
        if self.averaged is None:
            yield
            return
        own = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.model.load_state_dict(self.weights())
        try:
            yield
        finally:
            self.model.load_state_dict(own)

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint holds of it: the mean, and of how many weights it is. Empty without a spec."""
        return {} if self.averaged is None else self.averaged.state_dict()

    def take_up(self, path: Path, state: Any) -> None:
        """Go on from the ``state`` that the checkpoint ``path`` holds. Raises DataError if it is not of this model."""
        if self.averaged is not None:
            refuse_mismatch(path, state, self.averaged.state_dict())
            self.averaged.load_state_dict(state)
