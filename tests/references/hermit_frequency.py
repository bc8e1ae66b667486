"""Hermit-frequency: the paper's chain on the distinct columns by matrices, and on all columns with numpy's transforms."""

from torch import Tensor, nn

from mixerkit.testing import Case
from tests.references.base import Reference, tokens
from tests.references.mlps import over_tokens
from tests.references.norms import by_hand
from tests.references.transforms import POSITION, along, hermit_by_formula, hermit_by_numpy


def mixed(case: Case, module: nn.Module, y: Tensor) -> Tensor:
    """Norm and token MLP between the transforms."""
    normed = by_hand(case.spec.inner_norm.kind, module.inner_norm, y, case.spec.inner_norm.eps)
    return over_tokens(module.mlp, case.spec.activation, tokens(normed)).reshape(y.shape)


def by_waves(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    spec, axis = case.spec, POSITION[case.spec.axis]
    forward, inverse = hermit_by_formula(x.shape[axis], spec.spectrum, spec.fft_norm)
    return along(mixed(case, module, along(x, axis, forward)), axis, inverse)


def by_numpy(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    spec, axis = case.spec, POSITION[case.spec.axis]
    forward, inverse = hermit_by_numpy(x.shape[axis], spec.spectrum, spec.fft_norm)
    return along(mixed(case, module, along(x, axis, forward)), axis, inverse)


def on_all_columns(case: Case, module: nn.Module, x: Tensor) -> Tensor:
    """HFFT, transpose, token MLP on every column, those that are equal too, transpose, IRFFT."""
    forward, inverse = hermit_by_numpy(x.shape[-1], case.spec.spectrum, case.spec.fft_norm, every=True)
    return along(mixed(case, module, along(x, 3, forward)), 3, inverse)


def treats_columns_alike(spec) -> bool:
    """Along the grid the MLP mixes the distinct entries, and a norm is over them: there, all columns are another operator."""
    return spec.axis == "dim" and spec.inner_norm.kind == "none"


HERMIT_FREQUENCY = (
    Reference("numpy hfft and irfft, MLP on all columns", on_all_columns, treats_columns_alike),
    Reference("numpy hfft and irfft, distinct columns", by_numpy),
    Reference("matrices of cosines", by_waves),
)
