"""Balanced sampling: rare labels come as often as common ones, and a clip that comes twice has other numbers each time."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixerkit.runner import seeding
from tests.runner.test_loader import ALL, feed_of


@given(order=st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_times_before_is_counting(order):
    assert seeding.times_before(torch.tensor(order)).tolist() == [order[:i].count(clip) for i, clip in enumerate(order)]


def test_balanced_sampling_evens_out_the_labels():
    labels = [(0,)] * 2700 + [(1,)] * 250 + [(2,)] * 50
    loader = feed_of(labels, sampling="balanced")
    order = loader.start_epoch(0)
    assert len(order) == len(loader) == 3000
    drawn = torch.bincount(loader.targets[order], minlength=3)
    assert ((drawn - 1000).abs() < 5 * 26).all()
    assert len(order[loader.targets[order] == 2].unique()) == 50
    assert not torch.equal(order, loader.start_epoch(1))
    assert torch.equal(order, feed_of(labels, sampling="balanced").start_epoch(0))
    assert not torch.equal(order, feed_of(labels, sampling="balanced", seed=1).start_epoch(0))


def test_a_clip_of_several_labels_is_drawn_by_the_sum_of_their_weights():
    labels = [(0,)] * 2000 + [(1,)] * 900 + [(0, 1)] * 100
    loader = feed_of(labels, sampling="balanced")
    order = torch.cat([loader.start_epoch(epoch) for epoch in range(10)])
    common, rare = 1 / 2100.01, 1 / 1000.01
    total = 2000 * common + 900 * rare + 100 * (common + rare)
    for part, weight in (((0, 2000), 2000 * common), ((2000, 2900), 900 * rare), ((2900, 3000), 100 * (common + rare))):
        expected = len(order) * weight / total
        assert ((order >= part[0]) & (order < part[1])).sum().item() == pytest.approx(expected, abs=5 * expected**0.5)


def test_a_clip_that_comes_twice_has_other_numbers_each_time():
    labels = [(0,)] * 300 + [(1,)] * 3
    often, once = feed_of(labels, ALL, "balanced"), feed_of(labels, ALL)
    order = often.start_epoch(5)
    assert seeding.times_before(order).max() > 20
    assert len(often.random.keys.unique()) == 303
    back = once.start_epoch(5).argsort()
    first = seeding.times_before(order) == 0  # as if it came but once: nobody else matters
    assert torch.equal(often.random.keys[first], once.random.keys[back][order[first]])
