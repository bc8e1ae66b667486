"""Computed random numbers: those of splitmix64, and as uniform and unrelated as they should be."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.features import ClipRandom, Purpose
from mixerkit.features.random import bits, uniform

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


@given(key=INT64, purpose=st.sampled_from(Purpose), limit=st.integers(1, 2**40))
def test_a_clips_numbers_are_those_of_its_key_and_the_purpose(key, purpose, limit):
    expected, random = splitmix64(key, purpose), ClipRandom(torch.tensor([key]))
    assert random.bits(purpose).item() % 2**64 == expected
    assert random.uniform(purpose).item() == (expected >> 40) / 2**24
    assert random.below(purpose, limit).item() == random.below(purpose, torch.tensor([limit])).item() == (expected >> 1) % limit
    field = [(splitmix64(expected, place) >> 40) / 2**24 for place in range(6)]
    assert random.uniform(purpose, 2, 3)[0].flatten().tolist() == random.uniform(purpose, 6)[0].tolist() == field


@given(keys=st.lists(INT64, min_size=2, max_size=5), purpose=st.sampled_from(Purpose))
def test_neighbours_change_nothing(keys, purpose):
    together = ClipRandom(torch.tensor(keys))
    for i in range(len(keys)):
        alone = together[torch.tensor([i])]
        limits = torch.arange(3, 3 + len(keys))
        assert torch.equal(alone.uniform(purpose, 5), together.uniform(purpose, 5)[i : i + 1])
        assert torch.equal(alone.below(purpose, limits[i : i + 1]), together.below(purpose, limits)[i : i + 1])


def test_a_clips_key_is_its_own_each_time_that_it_comes():
    random = ClipRandom.of(1, torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1]))
    assert len(torch.cat([random.keys, ClipRandom.of(2, torch.tensor([0, 1]), torch.tensor([0, 0])).keys]).unique()) == 6
    assert torch.equal(ClipRandom.of(1, torch.tensor([1]), torch.tensor([0])).keys, random.keys[2:3])


def test_every_purpose_is_uniform_and_has_nothing_in_common_with_another():
    """Over 50,000 clips: chi squared of 16 cells (15 degrees of freedom, so 5.5 wide), and all correlations in pairs."""
    n = 50_000
    random = ClipRandom.of(3, torch.arange(n), torch.zeros(n, dtype=torch.int64))
    numbers = torch.stack([random.uniform(purpose) for purpose in Purpose]).double()
    cells = torch.stack([torch.bincount(random.below(purpose, 16), minlength=16) for purpose in Purpose])
    cells = torch.cat([cells, torch.stack([torch.bincount((row * 16).long(), minlength=16) for row in numbers])])
    assert ((cells - n / 16) ** 2 / (n / 16)).sum(dim=1).max() < 15 + 5 * 5.5
    assert (numbers.mean(dim=1) - 0.5).abs().max() < 5 * (1 / 12 / n) ** 0.5
    assert (torch.corrcoef(numbers) - torch.eye(len(Purpose))).abs().max() < 5 / n**0.5


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


def test_noise_fields_have_nothing_in_common():
    random, n = ClipRandom(bits(torch.tensor(9), torch.arange(8))), 50_000
    rows = torch.cat([random.uniform(Purpose.WAVE_NOISE, n), random.uniform(Purpose.SPECTROGRAM_NOISE, n)])
    between = torch.corrcoef(rows.double()) - torch.eye(16)
    assert between.abs().max() < 5 / n**0.5
