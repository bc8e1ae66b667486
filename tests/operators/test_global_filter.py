"""Global filter: a circular convolution as large as the grid."""

import pytest
import torch

from mixerkit import Grid, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.global_filter import GlobalFilter
from tests.operators.agree import built, close


@pytest.mark.parametrize(("f", "t", "blind"), [(4, 6, 4), (3, 6, 2), (4, 5, 2), (3, 5, 1)])
def test_imaginary_parts_without_effect_are_those_of_frequencies_that_mirror_themselves(f, t, blind):
    module, x = built("global-filter", Grid(f, t, 3))
    module(x).pow(2).sum().backward()
    still = module.complex_weight.grad.abs() < 1e-12
    assert not still[..., 0].any()
    assert still[..., 1].sum(dim=(0, 1)).tolist() == [blind] * 3


def test_a_filter_of_ones_changes_nothing():
    module, x = built("global-filter", Grid(3, 4, 5))
    with torch.no_grad():
        module.complex_weight.copy_(torch.tensor([1.0, 0.0]))
    close(module(x), x)


def test_its_weight_is_real_and_starts_small():
    weight = GlobalFilter(Grid(12, 50, 96)).complex_weight
    assert weight.dtype == torch.float32
    assert weight.shape == (12, 26, 96, 2)
    assert weight.std().item() == pytest.approx(0.02, rel=0.01)


def test_another_grid_is_refused_even_where_the_spectra_have_one_shape():
    module, _ = built("global-filter", Grid(3, 4, 2))
    with pytest.raises(RuntimeError, match="grid of 3 x 4"):
        module(torch.randn(1, 3, 5, 2))


def test_it_needs_rows_and_columns():
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator("global-filter", Grid(1, 602, 96, extra=2))
