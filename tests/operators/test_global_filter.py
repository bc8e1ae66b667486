"""Global filter: a circular convolution as large as the grid."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid, Site, build_operator
from mixerkit.errors import RecipeError
from mixerkit.operators.global_filter import GlobalFilter, GlobalFilterSpec
from tests.operators.literal import agree, gradients_agree, irfft2, rfft2

SIZES = {"f": st.integers(1, 5), "t": st.integers(1, 7), "d": st.integers(1, 4)}


def built(f, t, d):
    module = build_operator("global-filter", Grid(f, t, d)).double()
    torch.nn.init.normal_(module.complex_weight)
    return module


def as_sums_of_waves(x, weight):
    """irfft2(K * rfft2(x)) in real arithmetic, without any FFT."""
    (a, b), (c, d) = rfft2(x), weight.unbind(-1)
    return irfft2(a * c - b * d, a * d + b * c, x.shape[2])


def as_convolution(x, kernel):
    """y[f, t] = sum over g, s of kernel[g, s] x[f - g, t - s], in a circle, by loops."""
    rows, columns = kernel.shape[:2]
    places = [(g, s) for g in range(rows) for s in range(columns)]
    return sum(kernel[g, s] * x.roll((g, s), (1, 2)) for g, s in places)


@given(**SIZES)
def test_is_numpys_and_a_circular_convolution(f, t, d):
    module, x = built(f, t, d), torch.randn(2, f, t, d, dtype=torch.float64)
    spectrum = torch.view_as_complex(module.complex_weight.detach()).numpy()
    product = spectrum * np.fft.rfft2(x.numpy(), axes=(1, 2), norm="ortho")
    assert agree(module(x), torch.from_numpy(np.fft.irfft2(product, s=(f, t), axes=(1, 2), norm="ortho")))
    kernel = torch.from_numpy(np.fft.irfft2(spectrum, s=(f, t), axes=(0, 1)))
    assert agree(module(x), as_convolution(x, kernel))


@given(**SIZES)
def test_outputs_and_gradients_are_those_of_sums_of_waves(f, t, d):
    module, x = built(f, t, d), torch.randn(2, f, t, d, dtype=torch.float64, requires_grad=True)
    found, expected = module(x), as_sums_of_waves(x, module.complex_weight)
    assert agree(found, expected)
    assert gradients_agree(found, expected, [x, module.complex_weight])


@pytest.mark.parametrize(("f", "t", "blind"), [(4, 6, 4), (3, 6, 2), (4, 5, 2), (3, 5, 1)])
def test_imaginary_parts_without_effect_are_those_of_frequencies_that_mirror_themselves(f, t, blind):
    module = built(f, t, 3)
    module(torch.randn(2, f, t, 3, dtype=torch.float64)).pow(2).sum().backward()
    still = module.complex_weight.grad.abs() < 1e-12
    assert not still[..., 0].any()
    assert still[..., 1].sum(dim=(0, 1)).tolist() == [blind] * 3


def test_a_filter_of_ones_changes_nothing():
    module, x = built(3, 4, 5), torch.randn(2, 3, 4, 5, dtype=torch.float64)
    with torch.no_grad():
        module.complex_weight.copy_(torch.tensor([1.0, 0.0]))
    assert agree(module(x), x)


def test_its_weight_is_real_and_starts_small():
    weight = GlobalFilter(Grid(12, 50, 96)).complex_weight
    assert weight.dtype == torch.float32
    assert weight.shape == (12, 26, 96, 2)
    assert weight.std().item() == pytest.approx(0.02, rel=0.01)


def test_flops_of_transforms_and_products():
    """4 x 8, D = 2: per channel and transform 4 real FFTs of 60 and 5 complex ones of 40; 20 products of 6."""
    assert GlobalFilterSpec().flops(Grid(4, 8, 2), Site(0, 1)) == 2 * (2 * (4 * 60 + 5 * 40) + 20 * 6)


def test_another_grid_is_refused_even_where_the_spectra_have_one_shape():
    with pytest.raises(RuntimeError, match="grid of 3 x 4"):
        built(3, 4, 2)(torch.randn(1, 3, 5, 2))


def test_it_needs_rows_and_columns():
    with pytest.raises(RecipeError, match="extra tokens"):
        build_operator("global-filter", Grid(1, 602, 96, extra=2))
