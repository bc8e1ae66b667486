"""Transforms: each against a library's own, and back after there is the identity where it says so."""

from itertools import product

import numpy as np
import pytest
import scipy.fft
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit import Grid
from mixerkit.operators import TRANSFORMS
from mixerkit.operators.hermit_frequency import lengths
from mixerkit.operators.transforms.dct import DctSpec
from mixerkit.operators.transforms.flip import FlipSpec
from mixerkit.operators.transforms.hermit import HermitSpec
from mixerkit.operators.transforms.rfft import RfftSpec
from mixerkit.operators.transforms.transpose import TransposeSpec
from tests.operators.agree import close

POSITION = {"freq": 1, "time": 2, "dim": 3}
AXES, SPECTRA, NORMS = list(POSITION), ("full", "truncated", "mixed"), ("ortho", "backward")
HERMITS = [HermitSpec(axis=axis, spectrum=s, fft_norm=n) for axis, s, n in product(AXES, SPECTRA, NORMS)]
EVERY = [TransposeSpec(), *HERMITS, *(cls(axis=axis) for cls, axis in product((DctSpec, RfftSpec, FlipSpec), AXES))]
SIZES = {"f": st.integers(3, 6), "t": st.integers(3, 6), "d": st.integers(3, 6)}


def test_every_kind_is_tried():
    assert {spec.kind for spec in EVERY} == set(TRANSFORMS.kinds()) == {"hermit", "dct", "rfft", "transpose", "flip"}


@pytest.mark.parametrize("spec", EVERY, ids=repr)
def test_there_and_back(spec):
    @given(**SIZES)
    def every_size(f, t, d):
        x = torch.randn(2, f, t, d, dtype=torch.float64)
        pair, inner = spec.build(), spec.grid(Grid(f, t, d))
        there = pair(x)
        assert there.shape == (2, inner.freq, inner.time, inner.dim)
        back = pair.inverse(there, x.shape)
        assert back.shape == x.shape
        if spec.exact:
            close(back, x)
        else:
            assert (back - x).abs().max() > 1e-6

    every_size()


@pytest.mark.parametrize("spec", EVERY, ids=repr)
def test_half_precision_comes_back_as_it_went(spec):
    x = torch.randn(1, 4, 5, 6).bfloat16()
    there = spec.build()(x)
    assert there.dtype == torch.bfloat16
    assert spec.build().inverse(there, x.shape).dtype == torch.bfloat16


@pytest.mark.parametrize("axis", AXES)
@given(**SIZES)
def test_dct_is_scipys(axis, f, t, d):
    x = torch.randn(2, f, t, d, dtype=torch.float64)
    pair = DctSpec(axis=axis).build()
    close(pair(x), torch.from_numpy(scipy.fft.dct(x.numpy(), type=2, norm="ortho", axis=POSITION[axis])))
    close(pair.inverse(x, x.shape), torch.from_numpy(scipy.fft.idct(x.numpy(), type=2, norm="ortho", axis=POSITION[axis])))


@pytest.mark.parametrize("axis", AXES)
@given(**SIZES)
def test_rfft_is_numpys_with_both_parts_as_channels(axis, f, t, d):
    x = torch.randn(2, f, t, d, dtype=torch.float64)
    spectrum = np.fft.rfft(x.numpy(), axis=POSITION[axis], norm="ortho")
    found = RfftSpec(axis=axis).build()(x)
    close(found, torch.from_numpy(np.concatenate([spectrum.real, spectrum.imag], axis=-1)))


@pytest.mark.parametrize("spec", HERMITS, ids=repr)
@given(**SIZES)
def test_hermit_is_numpys_without_its_mirror_image(spec, f, t, d):
    x = torch.randn(2, f, t, d, dtype=torch.float64)
    position = POSITION[spec.axis]
    there, back = lengths(x.shape[position], spec.spectrum)
    whole = np.fft.hfft(x.numpy(), there, position, norm=spec.fft_norm)
    y = spec.build()(x)
    close(y, torch.from_numpy(whole.take(range(back // 2 + 1), position)))
    returned = np.fft.irfft(y.numpy(), back, position, norm=spec.fft_norm)
    close(spec.build().inverse(y, x.shape), torch.from_numpy(returned.take(range(x.shape[position]), position)))


@pytest.mark.parametrize("axis", AXES)
def test_flip_by_index(axis):
    x = torch.randn(2, 3, 4, 5)
    backwards = [slice(None)] * 4
    backwards[POSITION[axis]] = slice(None, None, -1)
    assert np.array_equal(FlipSpec(axis=axis).build()(x).numpy(), x.numpy()[tuple(backwards)])


def test_transpose_by_index():
    x = torch.randn(2, 3, 4, 5)
    y = TransposeSpec().build()(x)
    assert all(torch.equal(y[:, t, f], x[:, f, t]) for f in range(3) for t in range(4))


@pytest.mark.parametrize(
    ("spec", "grid", "message"),
    [
        (HermitSpec(), Grid(4, 4, 1), "dim has 1 entry"),
        (DctSpec(), Grid(1, 4, 4), "freq has 1 entry"),
        (RfftSpec(), Grid(4, 2, 4), "time has 2 entries"),
        (FlipSpec(), Grid(4, 1, 4), "time has 1 entry"),
        (FlipSpec(), Grid(1, 6, 4, extra=2), "extra tokens"),
        (TransposeSpec(), Grid(1, 6, 4, extra=2), "extra tokens"),
    ],
    ids=repr,
)
def test_what_cannot_be_transformed(spec, grid, message):
    (issue,) = spec.check(grid)
    assert message in issue[1]


@pytest.mark.parametrize(
    "spec", [HermitSpec(), HermitSpec(spectrum="mixed"), DctSpec(axis="dim"), RfftSpec(axis="dim")], ids=repr
)
def test_extra_tokens_stay_extra_tokens_where_the_embedding_is_transformed(spec):
    flat = Grid(1, 6, 8, extra=2)
    assert not spec.check(flat)
    inner = spec.grid(flat)
    assert (inner.time, inner.extra) == (6, 2)
