"""A counter of FLOPs, with formulas for the operations that torch has none for, or one for real numbers only.

Counted are multiply-adds as 2: in matrices, convolutions, attention, recurrent layers and linear interpolation (two per value),
4 times as many where the numbers are complex; 6 for a product of two complex numbers; Fourier transforms as
:func:`~mixerkit.layers.real_fft_flops` says; and one per entry of a pooling window. All else that is done value by value (biases,
activations, norms, gates, sums) and all that only moves values (rolls, shifts, transposes) is not counted. What lies outside the
grid counts as if it were computed, and what a causal mask hides too.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mixerkit.layers.fourier import real_fft_flops

Formula = Callable[..., int]
"""FLOPs of one call of an operation, by its arguments, and by its result as ``out_val``."""


class FlopCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no types here
    """A context that adds up the FLOPs of what is computed in it, on any device, in ``flops``.

    torch.utils.flop_counter.FlopCounterMode does the same, but loads torch's compiler for it, a matter of a second.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:  # True would load the compiler
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        options = kwargs or {}
        formula = _formulas().get(func.overloadpacket)
        if formula is None:
            with self:
                result = func.decompose(*args, **options)
            if result is not NotImplemented:
                return result
        result = func(*args, **options)
        if formula is not None:
            self.flops += formula(*args, **options, out_val=result)
        return result


@cache
def _formulas() -> dict[Any, Formula]:
    """Formulas by operation: torch's own, and ours."""
    from torch.utils.flop_counter import flop_registry

    aten = torch.ops.aten
    return {
        **flop_registry,
        aten._scaled_dot_product_flash_attention_for_cpu: flop_registry[aten._scaled_dot_product_flash_attention],
        aten.mm: _matrices,
        aten.addmm: _matrices,
        aten.bmm: _matrices,
        aten.baddbmm: _matrices,
        aten.mv: _one_matrix,
        aten.dot: _one_matrix,
        aten.mkldnn_rnn_layer: _recurrent,
        aten._fft_r2c: _real_to_complex,
        aten._fft_c2r: _complex_to_real,
        aten._fft_c2c: _complex_to_complex,
        aten.mul: _product,
        aten.mul_: _product,
        aten.lerp: _interpolation,
        aten.avg_pool2d: _pooling,
        aten.avg_pool3d: _pooling,
        aten.max_pool2d_with_indices: _pooling,
        aten.max_pool3d_with_indices: _pooling,
    }


def _matrices(*operands: Any, out_val: Tensor, beta: float = 1, alpha: float = 1) -> int:
    """(a, b), or (sum, a, b)"""
    return 2 * out_val.numel() * operands[-1].shape[-2] * _times(out_val)


def _one_matrix(matrix: Tensor, vector: Tensor, *, out_val: Tensor) -> int:
    return 2 * matrix.numel() * _times(out_val)


def _times(value: Tensor) -> int:
    """Real multiply-adds in one of this type."""
    return 4 if value.is_complex() else 1


def _recurrent(x: Tensor, inward: Tensor, hidden: Tensor, *others: Any, out_val: Any) -> int:
    """One layer, one direction: x is [steps, B, channels]."""
    return 2 * (inward.numel() + hidden.numel()) * prod(x.shape[:2])


def _real_to_complex(x: Tensor, axes: Sequence[int], *others: Any, out_val: Tensor) -> int:
    """The last axis first, and the others on the half of the spectrum that the rest follows from."""
    *rest, last = axes
    size = x.shape[last]
    rows = x.numel() // size
    return rows * real_fft_flops(size) + _complex_rows(x, rest, rows * (size // 2 + 1))


def _complex_to_real(z: Tensor, axes: Sequence[int], *others: Any, out_val: Tensor) -> int:
    *rest, last = axes
    size = out_val.shape[last]
    return out_val.numel() // size * real_fft_flops(size) + _complex_rows(z, rest, z.numel())


def _complex_to_complex(z: Tensor, axes: Sequence[int], *others: Any, out_val: Tensor) -> int:
    return _complex_rows(z, axes, z.numel())


def _complex_rows(z: Tensor, axes: Sequence[int], values: int) -> int:
    """Complex transforms along each of ``axes`` of that many values: each twice a real one."""
    return sum(values // z.shape[axis] * 2 * real_fft_flops(z.shape[axis]) for axis in axes)


def _product(a: Tensor, b: Any, *, out_val: Tensor) -> int:
    both = a.is_complex() and isinstance(b, Tensor) and b.is_complex()
    return 6 * out_val.numel() if both else 0


def _interpolation(*arguments: Any, out_val: Tensor) -> int:
    return 4 * out_val.numel()


def _pooling(x: Tensor, window: Sequence[int], *others: Any, out_val: Tensor | tuple[Tensor, Tensor]) -> int:
    pooled = out_val if isinstance(out_val, Tensor) else out_val[0]
    axes = pooled.dim() - 2
    return pooled.numel() * prod(window if len(window) > 1 else [*window] * axes)
