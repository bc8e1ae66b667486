"""Which weights of a training are validated and kept: the last ones, or a mean over the way there.

Papers: Polyak and Juditsky 1992 (averages over the steps of a descent); PSLA, arXiv 2102.01243, and AST, arXiv 2104.01778
(the mean over the weights of epochs).
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveInt, SerializeAsAny, ValidationInfo

from mixerkit.registry import Registry
from mixerkit.spec import Issue, KindSpec


class AverageSpec(KindSpec):
    """A mean of the weights, which is validated and kept; training itself goes on with its own. Buffers are copied.

    So a batch norm keeps the statistics of the weights that were trained last, which are not those of their mean.
    """

    def check(self, epochs: int) -> list[Issue]:
        """What does not fit a run of so many epochs."""
        return []


AVERAGES: Registry[AverageSpec] = Registry("average", AverageSpec)


def _read(value: Any, info: ValidationInfo) -> AverageSpec | None:
    return None if value is None else AVERAGES.read(value, info)


Average = Annotated[SerializeAsAny[AverageSpec] | None, BeforeValidator(_read)]


@AVERAGES.add
class EmaSpec(AverageSpec):
    """Exponential moving average: after every update, mean <- decay x mean + (1 - decay) x weights, from the first update's."""

    kind: Literal["ema"] = "ema"
    decay: float = Field(0.999, gt=0.0, lt=1.0, description="share of the mean that each update leaves")


@AVERAGES.add
class EpochMeanSpec(AverageSpec):
    """Arithmetic mean of the weights at the ends of epochs ``first``, first + 1, ... : AST's and PSLA's.

    Epochs before the first are validated, and may be chosen, with their own weights.
    """

    kind: Literal["epochs"] = "epochs"
    start_epoch: PositiveInt = Field(6, description="the epoch (from 1) from whose end on weights are averaged")

    def check(self, epochs: int) -> list[Issue]:
        """A first epoch that never comes."""
        return [Issue("first", f"{self.start_epoch}", f"at most runner.epochs, {epochs}")] if self.start_epoch > epochs else []
