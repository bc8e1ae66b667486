"""One cycle is torch's, but needs no memory."""

import warnings

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from mixerkit.training import OneCycleSpec
from mixerkit.training.optim import build_schedule
from tests.runner.test_parts import rates


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
    pct_start=st.floats(0.01, 0.99),
    start=st.floats(0.001, 1.0),
    final=st.floats(1e-6, 1.0),
)
def test_the_rates_are_those_of_torchs_one_cycle(epochs, steps, pct_start, start, final):
    assume(pct_start * epochs * steps != 1)  # torch divides by zero there
    spec = OneCycleSpec(pct_start=pct_start, start_ratio=start, final_ratio=final)
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
    schedule, expected = build_schedule(optimizer, OneCycleSpec(), 1.0, 3, 7), rates(OneCycleSpec(), 3, 7)
    for update in (20, 3, 3, 0, 11):
        schedule.step_update(update)
        assert optimizer.param_groups[0]["lr"] == expected[update]
