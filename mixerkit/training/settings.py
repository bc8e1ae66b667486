"""What a recipe may say about training, under ``runner``."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from mixerkit.spec import Issue, Spec, under
from mixerkit.training.averages import Average
from mixerkit.training.losses import CrossEntropySpec, Loss
from mixerkit.training.metrics import REPORTED, AccuracySpec, MapSpec, Metric, MetricSpec, Select
from mixerkit.training.optimizers import AdamWSpec, Optimizer
from mixerkit.training.schedules import CosineSpec, Schedule

TAKEN = {"loss", "clips"}
"""What stands beside the metrics in a run's files under names of that form."""


class RunnerSpec(Spec):
    """How a model is trained: the same loop for every recipe, on CPU, one GPU or many."""

    epochs: PositiveInt = Field(30, description="passes over the training split")
    batch_size: PositiveInt = Field(64, description="clips per step, over all devices together")
    micro_batches: PositiveInt = Field(
        1, description="parts that a step's clips are computed in: less memory, the same update; a batch norm sees one part"
    )
    sampling: Literal["shuffle", "balanced"] = Field(
        "shuffle",
        description="shuffle: every clip once an epoch; balanced: as many, drawn anew so that rare labels come as often",
    )
    optimizer: Optimizer = Field(AdamWSpec(), description="what takes the steps")
    schedule: Schedule = Field(CosineSpec(), description="how the rate moves")
    loss: Loss = Field(CrossEntropySpec(), description="what is minimised")
    average: Average = Field(None, description="mean of weights that is validated and kept; null: the weights themselves")
    metrics: tuple[Metric, ...] = Field((), description="metrics beside those that every run has, such as top-k")
    select: Select = Field(
        None, description="metric that decides which epoch is best; null: accuracy, or map where clips have several labels"
    )
    patience: PositiveInt | None = Field(None, description="epochs without a better validation that end training; null: none do")
    clip_grad: PositiveFloat | None = Field(None, description="largest norm of the gradient; null: not clipped")
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto: bfloat16 where the GPU has it, else float32; weights stay float32 in all"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: a GPU if there is one")
    devices: PositiveInt = Field(1, description="how many of them; more than one trains with one process each")
    seed: int = Field(
        0, ge=0, description="decides everything random in training: weights, order, augmentation, stochastic depth"
    )

    @property
    def clips_at_once(self) -> int:
        """Clips whose activations are in memory together, over all devices."""
        return max(self.devices, self.batch_size // self.micro_batches)

    def selected_by(self, several: bool) -> MetricSpec:
        """The metric that decides which epoch is best; ``several``: whether clips have several labels."""
        return self.select or (MapSpec() if several else AccuracySpec())

    def asked_metrics(self) -> tuple[MetricSpec, ...]:
        """All metrics that the recipe names, once each."""
        asked = (*self.metrics, self.select) if self.select else self.metrics
        return tuple({one.name: one for one in asked}.values())

    def check(self) -> list[Issue]:
        """Settings that contradict each other."""
        found = under("schedule", self.schedule.check(self.epochs))
        if self.average is not None:
            found += under("average", self.average.check(self.epochs))
        if self.device == "cpu" and self.precision == "float16":
            found.append(Issue("precision", "float16 on the CPU", "float32 or bfloat16 on the CPU; float16 needs a GPU"))
        if self.devices > self.batch_size:
            found.append(Issue("devices", f"{self.devices}", f"at most runner.batch_size, {self.batch_size}: each needs a clip"))
        elif self.micro_batches > self.batch_size // self.devices:
            expected = f"at most {self.batch_size // self.devices}, runner.batch_size on one device: each part needs a clip"
            found.append(Issue("micro_batches", f"{self.micro_batches}", expected))
        return found + under("optimizer", self.optimizer.check()) + self._metric_misfits()

    def _metric_misfits(self) -> list[Issue]:
        """Two metrics of one name: a run's files could not tell them apart."""
        named, found = dict(REPORTED), []
        for field, one in (*((f"metrics.{i}", one) for i, one in enumerate(self.metrics)), ("select", self.select)):
            if one is not None and (one.name in TAKEN or named.setdefault(one.name, one) != one):
                found.append(Issue(field, f"{one.name}, which is taken", "a metric of another name"))
        return found
