"""Where a run computes and in which numbers: Fabric, set up from the recipe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor

from mixerkit.errors import OutOfMemoryError, Problem, RecipeError
from mixerkit.training import RunnerSpec

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
FABRIC_PRECISION: dict[str, Precision] = {"float32": "32-true", "bfloat16": "bf16-mixed", "float16": "16-mixed"}


def start_fabric(spec: RunnerSpec, has_unused: bool = False) -> Fabric:
    """Fabric on the recipe's devices, its processes launched.

    Args:
        has_unused: whether some parameters get no gradient by design, which DDP must know.

    Raises:
        RecipeError: the recipe asks for GPUs that are not there, or for a precision that the device has not.
    """
    device = "cuda" if spec.device == "cuda" or (spec.device == "auto" and torch.cuda.is_available()) else "cpu"
    if device == "cpu" and spec.precision == "float16":
        raise RecipeError(Problem("runner.precision", "float16, and torch sees no GPU.", "float32 or bfloat16 on the CPU."))
    found = torch.cuda.device_count()
    if device == "cuda" and found < spec.devices:
        got = f"{spec.devices} GPUs are asked for; torch sees {found}."
        raise RecipeError(Problem("runner.device, runner.devices", got, hint="Set runner.device=cpu, or fewer runner.devices."))
    if device == "cuda":  # the same numbers every time, and float32 that is float32
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.allow_tf32 = False
    strategy = DDPStrategy(find_unused_parameters=has_unused) if spec.devices > 1 else "auto"
    fabric = Fabric(accelerator=device, devices=spec.devices, strategy=strategy, precision=precision(spec, device))
    fabric.launch()
    return fabric


def precision(spec: RunnerSpec, device: str) -> Precision:
    """Fabric's name of the precision. Weights and optimizer state are float32 in all; "mixed" computes in half."""
    if spec.precision != "auto":
        return FABRIC_PRECISION[spec.precision]
    return "bf16-mixed" if device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False) else "32-true"


def reduced(fabric: Fabric, values: Tensor, how: Literal["mean", "sum", "max"]) -> list[float]:
    """Numbers ``[n]`` over all ranks; all ranks must ask together. One wait for the device."""
    if fabric.world_size > 1:
        found = fabric.all_reduce(values.to(fabric.device), reduce_op=how)
        assert isinstance(found, Tensor), "a tensor reduces to a tensor"
        values = found
    numbers: list[float] = values.tolist()
    return numbers


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: on a GPU torch has a type for it, its libraries and the CPU only words."""
    words = ("can't allocate memory", "CUFFT_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED")
    message = isinstance(error, RuntimeError) and any(word in str(error) for word in words)
    return message or isinstance(error, torch.OutOfMemoryError | MemoryError)


@contextmanager
def memory_errors(where: str, device: torch.device, batch: int, hint: str) -> Iterator[None]:
    """Turn a lack of memory inside into an error that names where, the device, the batch size and what to do.

    Raises:
        OutOfMemoryError: memory ran out.
    """
    try:
        yield
    except BaseException as error:
        if not is_out_of_memory(error):
            raise
        peak = f", {torch.cuda.max_memory_allocated(device) / 2**30:.1f} GiB in use at most" if device.type == "cuda" else ""
        got = f"{device} has too little memory for a batch of {batch} clips{peak}."
        raise OutOfMemoryError(Problem(where, got, hint=hint)) from error


def hint_here(device: torch.device) -> str:
    """What helps where nothing can be set: a run that is only looked at keeps its batch size."""
    if device.type == "cuda":
        return "Stop what else computes there, or compute on the CPU with the environment variable CUDA_VISIBLE_DEVICES= (empty)."
    return "Stop other programs that use much memory, give fewer or shorter recordings, or go to a larger machine."


def describe_device(fabric: Fabric) -> str:
    """The device in words, with the number of processes and the precision."""
    name = (
        torch.cuda.get_device_name(fabric.device) if fabric.device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    )
    times = f"{fabric.world_size} x " if fabric.world_size > 1 else ""
    return f"{times}{name}, {fabric.strategy.precision.precision}"
