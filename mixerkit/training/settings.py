"""What a recipe may say about training. The runner reads these settings; they stand here because a recipe holds them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt, SerializeAsAny

from mixerkit.registry import Registry
from mixerkit.spec import Issue, KindSpec, Spec, under
from mixerkit.training.averages import Average

LossName = Literal["cross-entropy", "bce"]
OptimizerName = Literal["adamw", "adam", "sgd", "momentum", "rmsprop", "nadamw", "radam", "lamb", "lion", "adan"]

BETAS = {"adamw": 2, "adam": 2, "nadamw": 2, "radam": 2, "lamb": 2, "lion": 2, "adan": 3}
"""How many betas an optimizer takes; the others have none."""


class OptimizerSpec(Spec):
    """One of timm's optimizers. Biases, norms and other vectors are left out of weight decay."""

    shorthand = "kind"

    kind: OptimizerName = Field("adamw", description="timm's name; sgd has Nesterov momentum, momentum has not")
    lr: PositiveFloat = Field(1e-3, description="learning rate at its highest")
    weight_decay: float = Field(0.05, ge=0.0, description="decay of matrices; decoupled in adamw, nadamw, lion, lamb, adan")
    betas: tuple[float, ...] | None = Field(None, description="of the Adam family: two, of adan three; null: the optimizer's own")

    def check(self) -> list[Issue]:
        """Betas that this optimizer does not take."""
        takes = BETAS.get(self.kind, 0)
        if self.betas is None:
            return []
        if len(self.betas) != takes:
            return [
                Issue(
                    "betas", f"{list(self.betas)}", f"{takes} numbers for {self.kind}" if takes else f"null: {self.kind} has none"
                )
            ]
        if not all(0.0 <= beta < 1.0 for beta in self.betas):
            return [Issue("betas", f"{list(self.betas)}", "each from 0 to below 1")]
        return []


class ScheduleSpec(KindSpec):
    """How the learning rate moves: timm's schedules, and one cycle."""

    warmup_epochs: float = Field(0.0, ge=0.0, description="epochs of linear rise to lr, may be a fraction")

    def check(self, epochs: int) -> list[Issue]:
        """What does not fit a run of so many epochs."""
        long = self.warmup_epochs >= epochs
        return [Issue("warmup_epochs", f"{self.warmup_epochs:g}", f"less than runner.epochs, {epochs}")] if long else []


SCHEDULES: Registry[ScheduleSpec] = Registry("schedule", ScheduleSpec)
Schedule = Annotated[SerializeAsAny[ScheduleSpec], BeforeValidator(SCHEDULES.read)]


@SCHEDULES.add
class CosineSpec(ScheduleSpec):
    """Down to ``final_ratio`` of lr along a half cosine, from the end of the warm-up to the last step."""

    kind: Literal["cosine"] = "cosine"
    final_ratio: float = Field(0.0, ge=0.0, le=1.0, description="last learning rate, as a share of lr")


@SCHEDULES.add
class StepSpec(ScheduleSpec):
    """Times ``decay_rate`` in every epoch after ``decay_after``: AST's."""

    kind: Literal["step"] = "step"
    decay_after: PositiveInt = Field(5, description="the epoch (from 1) after which each next one has a lower rate")
    decay_rate: PositiveFloat = Field(0.85, le=1.0, description="factor per epoch")


@SCHEDULES.add
class ConstantSpec(ScheduleSpec):
    """lr, after the warm-up."""

    kind: Literal["constant"] = "constant"


@SCHEDULES.add
class OneCycleSpec(ScheduleSpec):
    """Smith's 1cycle: up to lr along a half cosine, and down along another; the defaults are those of torch's OneCycleLR.

    The rate alone: momentum and betas stay as they are.
    """

    kind: Literal["one-cycle"] = "one-cycle"
    pct_start: float = Field(0.3, gt=0.0, lt=1.0, description="share of all updates in which the rate rises")
    start_ratio: float = Field(0.04, ge=0.0, le=1.0, description="first learning rate, as a share of lr")
    final_ratio: float = Field(4e-6, ge=0.0, le=1.0, description="last learning rate, as a share of lr")

    def check(self, epochs: int) -> list[Issue]:
        """A warm-up besides the rise that it has."""
        got = f"{self.warmup_epochs:g} with schedule one-cycle"
        return [Issue("warmup_epochs", got, "0: rise and start_ratio say how it begins")] if self.warmup_epochs else []


class LossSpec(Spec):
    """What is minimised."""

    shorthand = "kind"

    kind: LossName = Field("cross-entropy", description="softmax cross-entropy, or sigmoid per class")
    label_smoothing: float = Field(0.0, ge=0.0, lt=1.0, description="share of the target spread over all classes")


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
    optimizer: OptimizerSpec = Field(OptimizerSpec(), description="what takes the steps")
    schedule: Schedule = Field(CosineSpec(), description="how the rate moves")
    loss: LossSpec = Field(LossSpec(), description="what is minimised")
    average: Average = Field(None, description="mean of weights that is validated and kept; null: the weights themselves")
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
        return found + under("optimizer", self.optimizer.check())
