"""Averages: which weights of a training are validated and kept, the last ones or a mean over the way there.

The means are torch's. Papers: Polyak and Juditsky 1992 (averages over the steps of a descent); PSLA, arXiv 2102.01243, and AST,
arXiv 2104.01778 (the mean over the weights of epochs). A plugin can bring another one.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveInt, SerializeAsAny
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mixerkit.registry import ISSUES, Interface, Registry, instance_of
from mixerkit.spec import Issue, KindSpec


class WeightAverage:
    """The weights of ``model`` that are validated and kept: without a mean, its own.

    Several processes hold the same weights, so each keeps the same mean.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    def after_update(self, epoch: int, ends_epoch: bool) -> None:
        """Take in the weights that an update of ``epoch``, counted from 1, has left; ``ends_epoch``: it was the last one."""

    def mean(self) -> dict[str, Tensor] | None:
        """The mean as a state of the model, buffers included; None: nothing is averaged yet."""
        return None

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint holds of it."""
        return {}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from a :meth:`state`."""

    def weights(self) -> dict[str, Tensor]:
        """What is validated and kept."""
        mean = self.mean()
        return self.model.state_dict() if mean is None else mean

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside, the model holds :meth:`weights`; afterwards its own again, to the bit."""
        mean = self.mean()
        if mean is None:
            yield
            return
        own = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.model.load_state_dict(mean)
        try:
            yield
        finally:
            self.model.load_state_dict(own)


class RunningAverage(WeightAverage):
    """A mean that begins as a copy of the first weights it takes and then moves, in float32 as the weights are.

    Args:
        takes: asked with (epoch, whether it ends) after each update, whether the weights are taken.
        move: how the mean moves, as torch's ``multi_avg_fn``; None: as an arithmetic mean.
    """

    def __init__(self, model: nn.Module, takes: Callable[[int, bool], bool], move: Callable[..., None] | None = None) -> None:
        super().__init__(model)
        self.takes, self.averaged = takes, AveragedModel(model, multi_avg_fn=move)

    def after_update(self, epoch: int, ends_epoch: bool) -> None:
        if self.takes(epoch, ends_epoch):
            self.averaged.update_parameters(self.model)

    def mean(self) -> dict[str, Tensor] | None:
        return None if self.averaged.n_averaged == 0 else self.averaged.module.state_dict()

    def state(self) -> dict[str, Tensor]:
        return self.averaged.state_dict()

    def load_state(self, state: dict[str, Tensor]) -> None:
        self.averaged.load_state_dict(state)


class AverageSpec(KindSpec):
    """Settings of one mean of the weights. Subclass it, give it a ``kind``, decorate it with ``@average``.

    It is validated and kept; training itself goes on with its own weights. Buffers are copied, so a batch norm keeps the
    statistics of the weights that were trained last, which are not those of their mean.
    """

    noun = "average"

    @abstractmethod
    def build(self, model: nn.Module) -> WeightAverage:
        """The mean of this model's weights, before the first update."""

    def check(self, epochs: int) -> list[Issue]:
        """What does not fit a run of so many epochs."""
        return []


INTERFACE: Interface = {
    "build": instance_of(WeightAverage, "A mixerkit.WeightAverage."),
    "check": ISSUES,
}

AVERAGES: Registry[AverageSpec] = Registry(AverageSpec, INTERFACE)
average = AVERAGES.add

Average = Annotated[SerializeAsAny[AverageSpec] | None, BeforeValidator(AVERAGES.read_or_none)]


@average
class EmaSpec(AverageSpec):
    """Exponential moving average: after every update, mean <- decay x mean + (1 - decay) x weights, from the first update's."""

    kind: Literal["ema"] = "ema"
    decay: float = Field(0.999, gt=0.0, lt=1.0, description="fraction of the mean that each update leaves")

    def build(self, model: nn.Module) -> WeightAverage:
        move = get_ema_multi_avg_fn(self.decay)  # type: ignore[no-untyped-call]  # torch has not typed it
        return RunningAverage(model, lambda epoch, ends_epoch: True, move)


@average
class EpochMeanSpec(AverageSpec):
    """Arithmetic mean of the weights at the ends of epochs ``start_epoch``, start_epoch + 1, ... : AST's and PSLA's.

    Epochs before the first are validated, and may be chosen, with their own weights.
    """

    kind: Literal["epochs"] = "epochs"
    start_epoch: PositiveInt = Field(6, description="the epoch (from 1) from whose end on weights are averaged")

    def build(self, model: nn.Module) -> WeightAverage:
        return RunningAverage(model, lambda epoch, ends_epoch: ends_epoch and epoch >= self.start_epoch)

    def check(self, epochs: int) -> list[Issue]:
        """A start that never comes."""
        return (
            [Issue("start_epoch", f"{self.start_epoch}", f"at most runner.epochs, {epochs}")] if self.start_epoch > epochs else []
        )
