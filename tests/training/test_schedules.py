"""Schedules: the rates they say, and one cycle against torch's own."""

import warnings
from itertools import pairwise

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from mixerkit.training import ConstantSpec, CosineSpec, OneCycleSpec, StepSpec


def rates(spec, epochs, steps, lr=1.0):
    """The rate of every update."""
    optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=lr)
    schedule, found = spec.build(optimizer, epochs, steps), []
    for update in range(epochs * steps):
        schedule.step_update(update)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def test_the_papers_schedule_first_falls_in_the_epoch_after_the_fifth():
    steps = 7
    found = rates(StepSpec(decay_after=5, decay_rate=0.85), epochs=30, steps=steps, lr=2.5e-4)
    by_epoch = [set(found[e * steps : (e + 1) * steps]) for e in range(30)]
    for epoch, values in enumerate(by_epoch, start=1):
        assert len(values) == 1
        assert values.pop() == pytest.approx(2.5e-4 * 0.85 ** max(0, epoch - 5))


def test_cosine_rises_and_falls():
    found = rates(CosineSpec(warmup_epochs=0.5, final_ratio=0.1), epochs=10, steps=10)
    assert found[0] == pytest.approx(1 / 5)
    assert max(found) == 1.0  # lr is reached, right behind the warm-up
    assert found.index(1.0) == 5
    assert found[-1] == pytest.approx(0.1, abs=0.01)
    assert all(a >= b for a, b in pairwise(found[5:]))


def test_constant_stays():
    assert set(rates(ConstantSpec(), epochs=3, steps=4)) == {1.0}
    warm = rates(ConstantSpec(warmup_epochs=1), epochs=3, steps=4)
    assert warm == pytest.approx([0.25, 0.4375, 0.625, 0.8125] + [1] * 8)


def torchs(spec, updates, lr):
    optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=lr,
        total_steps=updates,
        pct_start=spec.pct_start,
        div_factor=1 / spec.start_ratio,
        final_div_factor=spec.start_ratio / spec.final_ratio,
        cycle_momentum=False,
    )
    found = []
    for _ in range(updates):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the step behind the last
            schedule.step()
    return found


@given(
    epochs=st.integers(1, 6),
    steps=st.integers(1, 20),
    rise=st.floats(0.01, 0.99),
    start=st.floats(0.001, 1.0),
    final=st.floats(1e-6, 1.0),
)
def test_the_rates_are_those_of_torchs_one_cycle(epochs, steps, rise, start, final):
    assume(rise * epochs * steps != 1)  # torch divides by zero there
    spec = OneCycleSpec(pct_start=rise, start_ratio=start, final_ratio=final)
    assert rates(spec, epochs, steps, lr=0.3) == pytest.approx(torchs(spec, epochs * steps, 0.3), rel=1e-9)


def test_the_defaults_are_torchs():
    optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=2.0)
    torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2.0, total_steps=40, cycle_momentum=False)
    group, found = optimizer.param_groups[0], rates(OneCycleSpec(), epochs=4, steps=10, lr=2.0)
    assert (found[0], found[-1]) == pytest.approx((group["initial_lr"], group["min_lr"]))
    assert found.index(max(found)) == 11
    assert max(found) == 2.0


def test_where_the_peak_is_the_first_update_it_only_falls():
    found = rates(OneCycleSpec(pct_start=0.25), epochs=1, steps=4)
    assert found == pytest.approx([1.0, 0.75, 0.25, 0.0], abs=1e-5)


def test_the_rate_is_a_function_of_the_update_alone():
    optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=1.0)
    schedule, expected = OneCycleSpec().build(optimizer, 3, 7), rates(OneCycleSpec(), 3, 7)
    for update in (20, 3, 3, 0, 11):
        schedule.step_update(update)
        assert optimizer.param_groups[0]["lr"] == expected[update]
