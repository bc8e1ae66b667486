"""Optimizers: what takes the steps. The kit's are timm's and torch's, by timm's names; a plugin can bring one."""

from abc import abstractmethod
from typing import Annotated, Any, Literal

import torch
from pydantic import BeforeValidator, Field, PositiveFloat, SerializeAsAny
from torch import nn

from mixerkit.registry import ISSUES, Interface, Registry, instance_of
from mixerkit.spec import Issue, KindSpec

Beta = Annotated[float, Field(ge=0.0, lt=1.0)]
"""The decay of a running mean over steps."""
TwoBetas = Annotated[tuple[Beta, ...], Field(min_length=2, max_length=2)]
ThreeBetas = Annotated[tuple[Beta, ...], Field(min_length=3, max_length=3)]


class OptimizerSpec(KindSpec):
    """Settings of one optimizer. Subclass it, give it a ``kind``, decorate it with ``@optimizer``."""

    noun = "optimizer"

    lr: PositiveFloat = Field(1e-3, description="learning rate at its highest")
    weight_decay: float = Field(0.05, ge=0.0, description="decay of matrices; biases, norms and other vectors are left out")

    @abstractmethod
    def build(self, model: nn.Module) -> torch.optim.Optimizer:
        """The optimizer of a model's parameters, each group at ``lr``."""

    def parameter_groups(self, model: nn.Module) -> list[dict[str, Any]]:
        """Parameters as torch's optimizers take them: matrices with weight decay, vectors and what the model names without.

        Vectors and scalars are biases, norms, scales, Acon-C's; a model names others in ``no_weight_decay()``, as timm's do.
        """
        from timm.optim import param_groups_weight_decay  # here: only training needs timm

        named: set[str] = getattr(model, "no_weight_decay", set)()
        groups: list[dict[str, Any]] = param_groups_weight_decay(model, self.weight_decay, no_weight_decay_list=named)
        return groups

    def check(self) -> list[Issue]:
        """Settings that contradict each other."""
        return []


INTERFACE: Interface = {
    "build": instance_of(torch.optim.Optimizer, "A torch.optim.Optimizer."),
    "check": ISSUES,
}

OPTIMIZERS: Registry[OptimizerSpec] = Registry(OptimizerSpec, INTERFACE)
optimizer = OPTIMIZERS.add

Optimizer = Annotated[SerializeAsAny[OptimizerSpec], BeforeValidator(OPTIMIZERS.read)]


class TimmSpec(OptimizerSpec):
    """One of timm's optimizers, by its name there; a setting of its own that is not null is timm's argument of that name."""

    def build(self, model: nn.Module) -> torch.optim.Optimizer:
        from timm.optim import create_optimizer_v2

        own = {name: value for name, value in self if name not in OptimizerSpec.model_fields and value is not None}
        groups = self.parameter_groups(model)
        built: torch.optim.Optimizer = create_optimizer_v2(groups, opt=self.kind, lr=self.lr, weight_decay=0.0, **own)
        return built


class AdamFamilySpec(TimmSpec):
    """An optimizer with two running means."""

    betas: TwoBetas | None = Field(None, description="decay of its two running means; null: the optimizer's own")


@optimizer
class AdamWSpec(AdamFamilySpec):
    """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101)."""

    kind: Literal["adamw"] = "adamw"


@optimizer
class AdamSpec(AdamFamilySpec):
    """Adam (arXiv 1412.6980); its weight decay is added to the gradient."""

    kind: Literal["adam"] = "adam"


@optimizer
class NAdamWSpec(AdamFamilySpec):
    """Adam with Nesterov momentum and decoupled weight decay."""

    kind: Literal["nadamw"] = "nadamw"


@optimizer
class RAdamSpec(AdamFamilySpec):
    """Rectified Adam (arXiv 1908.03265); its weight decay is added to the gradient."""

    kind: Literal["radam"] = "radam"


@optimizer
class LambSpec(AdamFamilySpec):
    """LAMB: Adam's step, scaled layer by layer for large batches (arXiv 1904.00962); decoupled weight decay."""

    kind: Literal["lamb"] = "lamb"


@optimizer
class LionSpec(AdamFamilySpec):
    """Lion: the sign of a momentum (arXiv 2302.06675); decoupled weight decay."""

    kind: Literal["lion"] = "lion"


@optimizer
class AdanSpec(TimmSpec):
    """Adan: adaptive Nesterov momentum (arXiv 2208.06677); decoupled weight decay."""

    kind: Literal["adan"] = "adan"
    betas: ThreeBetas | None = Field(None, description="decay of its three running means; null: the optimizer's own")


@optimizer
class SgdSpec(TimmSpec):
    """Stochastic gradient descent with Nesterov momentum 0.9."""

    kind: Literal["sgd"] = "sgd"


@optimizer
class MomentumSpec(TimmSpec):
    """Stochastic gradient descent with momentum 0.9."""

    kind: Literal["momentum"] = "momentum"


@optimizer
class RmsPropSpec(TimmSpec):
    """RMSprop with momentum 0.9."""

    kind: Literal["rmsprop"] = "rmsprop"
