"""What half precision costs every operator, and whether torch.compile takes it whole: its first example, on the CPU."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from mixerkit import BlockIndex, Grid, OperatorSpec
from tests.references import gap

GRID, INDEX = Grid(6, 8, 48), BlockIndex(1, 4)
REAL_TRANSFORMS = (torch.fft.rfft, torch.fft.irfft, torch.fft.hfft, torch.fft.rfft2)


@dataclass(frozen=True)
class InUse:
    """One operator in use, against itself in float32.

    Attributes:
        bfloat16: relative error of a module in bfloat16.
        autocast: relative error of a module in float32 under bfloat16 autocast.
        compiled: how far the compiled module is from the one that is not; None where torch.compile cannot take it whole.
        transforms: the precisions that its Fourier transforms run in, in bfloat16 and under autocast; none if it has none.
    """

    bfloat16: float
    autocast: float
    compiled: float | None
    transforms: frozenset[str]


class Transforms(TorchDispatchMode):
    """While this is open, the precision of what goes into a Fourier transform is noted."""

    def __init__(self) -> None:
        super().__init__()
        self.types: set[torch.dtype] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if "_fft_" in func.name():
            self.types.add(args[0].dtype.to_real())
        return func(*args, **(kwargs or {}))


def in_use(spec: OperatorSpec) -> InUse:
    """Weights as they start and an input of N(0, 1), both of numbers that bfloat16 has: only the arithmetic differs."""
    torch.manual_seed(0)
    module = spec.build(GRID, INDEX).bfloat16().float().eval()
    x = torch.randn(2, GRID.freq, GRID.time, GRID.dim).bfloat16()
    with torch.no_grad():
        exact = module(x.float())
        compiled = _compiled(module, x.float(), exact)
        with Transforms() as seen, torch.autocast("cpu", dtype=torch.bfloat16):
            under_autocast = module(x.float())
        with seen:
            half = module.bfloat16()(x)
    return InUse(error(half, exact), error(under_autocast, exact), compiled, frozenset(map(_short, seen.types)))


def error(found: Tensor, expected: Tensor) -> float:
    """The length of what differs, in lengths of what is expected."""
    return float((found.double() - expected.double()).norm() / expected.double().norm())


def _compiled(module: nn.Module, x: Tensor, exact: Tensor) -> float | None:
    torch._dynamo.reset()
    try:
        return gap(torch.compile(module, backend="aot_eager", fullgraph=True)(x), exact)
    except Exception:  # the compiler refuses with many types
        return None


def refused_by_fft() -> list[str]:
    """The half precisions that every real transform of torch.fft refuses on the CPU: why operators transform in float32."""
    return [_short(dtype) for dtype in (torch.bfloat16, torch.float16) if all(_refuses(f, dtype) for f in REAL_TRANSFORMS)]


def _refuses(transform: Callable[[Tensor], Tensor], dtype: torch.dtype) -> bool:
    try:
        transform(torch.ones(4, 12, dtype=dtype))
    except RuntimeError:
        return True
    return False


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
