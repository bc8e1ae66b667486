"""Computed random numbers: those of splitmix64, and as uniform and unrelated as they should be."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.features import Purpose, below, bits, uniform

INT64 = st.integers(-(2**63), 2**63 - 1)


def splitmix64(key, place):
    """Python's whole numbers have no last bit: the algorithm as published."""
    z = (key + (place + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


@given(key=INT64, place=st.integers(0, 2**40))
def test_they_are_those_of_splitmix64(key, place):
    expected = splitmix64(key, place)
    for one in (place, torch.tensor(place)):
        assert bits(torch.tensor(key), one).item() % 2**64 == expected
    assert uniform(torch.tensor(key), place).item() == (expected >> 40) / 2**24
    assert below(torch.tensor(key), place, 1000).item() == (expected >> 1) % 1000


def test_purposes_are_all_different():
    assert len(set(Purpose)) == len(Purpose.__members__)
    numbers = bits(torch.tensor(7), torch.tensor(list(Purpose)))
    assert len(numbers.unique()) == len(Purpose)


FIELDS = {
    "places of one clip": lambda n: uniform(torch.tensor(123), torch.arange(n)),
    "clips that are neighbours": lambda n: uniform(bits(torch.tensor(123), torch.arange(n)), Purpose.GAIN),
    "clips whose keys are neighbours": lambda n: uniform(torch.arange(n), 0),
}


@pytest.mark.parametrize("field", FIELDS)
def test_they_are_uniform(field):
    """Chi squared over 256 cells (255 degrees of freedom, so 22.6 wide), mean and variance: each within four deviations."""
    n = 200_000
    numbers = FIELDS[field](n).double()
    assert 0.0 <= numbers.min() < 1e-3
    assert 1.0 - 1e-3 < numbers.max() < 1.0
    cells = torch.bincount((numbers * 256).long(), minlength=256)
    chi_squared = ((cells - n / 256) ** 2 / (n / 256)).sum().item()
    assert abs(chi_squared - 255) < 4 * 22.6
    assert abs(numbers.mean().item() - 0.5) < 4 * (1 / 12 / n) ** 0.5
    assert abs(numbers.var().item() - 1 / 12) < 4 * (1 / 180 / n) ** 0.5


@pytest.mark.parametrize("lag", [1, 2, 7, 128, 512])
@pytest.mark.parametrize("field", FIELDS)
def test_numbers_beside_one_another_have_nothing_in_common(field, lag):
    n = 100_000
    numbers = FIELDS[field](n + lag).double()
    assert abs(torch.corrcoef(torch.stack([numbers[:n], numbers[lag:]]))[0, 1].item()) < 4 / n**0.5


def test_clips_and_purposes_have_nothing_in_common():
    keys, n = bits(torch.tensor(9), torch.arange(8)), 50_000
    rows = uniform(torch.stack([bits(keys, Purpose.WAVE_NOISE), bits(keys, Purpose.NOISE)])[..., None], torch.arange(n))
    between = torch.corrcoef(rows.flatten(0, 1).double()) - torch.eye(16)
    assert between.abs().max() < 5 / n**0.5
