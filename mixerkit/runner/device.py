"""Where a run computes and in which numbers: Fabric, set up from the recipe."""

from typing import Literal

import torch
from lightning_fabric import Fabric
from torch import Tensor

from mixerkit.errors import Problem, RecipeError
from mixerkit.recipe import RunnerSpec

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
FABRIC_PRECISION: dict[str, Precision] = {"float32": "32-true", "bfloat16": "bf16-mixed", "float16": "16-mixed"}


def start_fabric(spec: RunnerSpec) -> Fabric:
    """Fabric on the recipe's devices, its processes launched.

    Raises:
        RecipeError: the recipe asks for GPUs that are not there.
    """
    device = "cuda" if spec.device == "cuda" or (spec.device == "auto" and torch.cuda.is_available()) else "cpu"
    found = torch.cuda.device_count()
    if device == "cuda" and found < spec.devices:
        came = f"{spec.devices} GPUs are asked for; torch sees {found}."
        raise RecipeError(
            Problem("runner.device, runner.devices", came, advice="Set runner.device=cpu, or fewer runner.devices.")
        )
    strategy = "ddp" if spec.devices > 1 else "auto"
    fabric = Fabric(accelerator=device, devices=spec.devices, strategy=strategy, precision=precision(spec, device))
    fabric.launch()
    return fabric


def precision(spec: RunnerSpec, device: str) -> Precision:
    """Fabric's name of the precision. Weights and optimizer state are float32 in all; "mixed" computes in half."""
    if spec.precision != "auto":
        return FABRIC_PRECISION[spec.precision]
    return "bf16-mixed" if device == "cuda" and torch.cuda.is_bf16_supported() else "32-true"


def reduced(fabric: Fabric, value: Tensor | float, how: Literal["mean", "sum", "max"]) -> float:
    """A number over all ranks; all ranks must ask together."""
    if fabric.world_size == 1:
        return float(value)
    found = fabric.all_reduce(torch.as_tensor(value, device=fabric.device), reduce_op=how)
    assert isinstance(found, Tensor), "a tensor reduces to a tensor"
    return float(found)


def describe_device(fabric: Fabric) -> str:
    """The device in words, with the number of processes and the precision."""
    name = (
        torch.cuda.get_device_name(fabric.device) if fabric.device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    )
    times = f"{fabric.world_size} x " if fabric.world_size > 1 else ""
    return f"{times}{name}, {fabric.strategy.precision.precision}"
