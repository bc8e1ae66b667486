"""Figures over trials, against numpy and against counting by hand."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixerkit.study.statistics import MetricSummary, metric, paired, pooled, standard_error

FRACTIONS = st.builds(Fraction, st.integers(0, 7), st.just(7)) | st.builds(Fraction, st.integers(0, 30), st.just(30))


@st.composite
def grids(draw):
    """Values ``[seeds, folds]`` with NaN where a trial is not finished; and whether there are folds."""
    has_folds = draw(st.booleans())
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 4)) if has_folds else 1
    trials = st.floats(0, 1) | st.just(np.nan)
    grid = np.array([[draw(trials) for _ in range(shape[1])] for _ in range(shape[0])])
    return grid, has_folds


def as_values(grid, has_folds):
    return {
        (seed, fold + 1 if has_folds else None): float(grid[seed, fold])
        for seed, fold in np.ndindex(*grid.shape)
        if not np.isnan(grid[seed, fold])
    }


def without_empty(grid, axis):
    """Means along ``axis`` of what is there, of those that have any."""
    return np.array([row[~np.isnan(row)].mean() for row in (grid if axis == 1 else grid.T) if not np.isnan(row).all()])


@settings(max_examples=200)
@given(grids())
def test_mean_spreads_and_best_fold_are_those_of_numpy(drawn):
    grid, has_folds = drawn
    found = metric(as_values(grid, has_folds))
    if np.isnan(grid).all():
        assert found is None
        return
    seeds, folds = without_empty(grid, 1), without_empty(grid, 0)
    assert found.mean == pytest.approx(np.nanmean(grid))
    assert found.over_seeds == (pytest.approx(seeds.std(ddof=1)) if len(seeds) > 1 else None)
    assert found.over_folds == (pytest.approx(folds.std(ddof=1)) if has_folds and len(folds) > 1 else None)
    assert found.best == (pytest.approx(folds.max()) if has_folds else None)


@given(grids())
def test_the_order_of_trials_does_not_count(drawn):
    values = as_values(*drawn)
    assert metric(values) == metric(dict(reversed(values.items())))


def test_the_spread_that_is_shown_is_over_folds_wherever_there_are_folds():
    assert MetricSummary(0.5, over_seeds=0.1).std == 0.1
    assert MetricSummary(0.5, over_seeds=0.1, over_folds=0.2, best=0.6).std == 0.2
    one_fold = metric({(0, 1): 0.4, (1, 1): 0.6})  # the table says "over folds" below: the other one must not stand there
    assert one_fold.over_seeds is not None
    assert one_fold.std is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=6))
def test_pooled_accuracy_is_hits_over_clips(folds):
    folds = [(min(hits, clips), clips) for hits, clips in folds]
    accuracy = {(0, i): hits / clips for i, (hits, clips) in enumerate(folds)}
    clips = {(0, i): clips for i, (_, clips) in enumerate(folds)}
    assert pooled(accuracy, clips) == pytest.approx(sum(hits for hits, _ in folds) / sum(clips for _, clips in folds))


def test_pooled_counts_only_trials_whose_clips_are_known():
    assert pooled({(0, 1): 0.5, (0, 2): 1.0}, {(0, 1): 10}) == 0.5
    assert pooled({(0, 1): 0.5}, {}) is None
    assert pooled({}, {(0, 1): 10}) is None


@given(st.integers(1, 40), st.data())
def test_the_standard_error_is_the_spread_of_a_binomial_share(clips, data):
    fraction = data.draw(st.integers(0, clips)) / clips
    outcomes = np.arange(clips + 1)
    log_binomial = np.array([sum(np.log((clips - j) / (j + 1)) for j in range(k)) for k in outcomes])
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = (
            log_binomial
            + np.where(outcomes > 0, outcomes * np.log(fraction), 0)
            + np.where(outcomes < clips, (clips - outcomes) * np.log1p(-fraction), 0)
        )
    weights = np.exp(logs)
    std = np.sqrt(np.sum(weights * (outcomes / clips - fraction) ** 2))
    assert standard_error(fraction, clips) == pytest.approx(std, abs=1e-9)


def test_the_standard_error_of_rounding_beyond_one_is_none():
    assert standard_error(1.0 + 1e-15, 10) == 0.0


def by_hand(differences):
    """How often flipping signs gives a sum as far from 0: every flip, in fractions."""
    seen = abs(sum(differences))
    flips = list(product((1, -1), repeat=len(differences)))
    return Fraction(sum(abs(sum(s * d for s, d in zip(flip, differences, strict=True))) >= seen for flip in flips), len(flips))


@settings(max_examples=150)
@given(st.lists(st.tuples(FRACTIONS, FRACTIONS), min_size=2, max_size=9))
def test_p_is_that_of_every_flip_counted_by_hand(pairs):
    row = {(i, None): float(a) for i, (a, _) in enumerate(pairs)}
    reference = {(i, None): float(b) for i, (_, b) in enumerate(pairs)}
    found = paired(row, reference)
    exact = [a - b for a, b in pairs]
    assert found.pairs == len(pairs)
    assert found.mean == pytest.approx(float(sum(exact) / len(exact)), abs=1e-12)
    assert found.p == pytest.approx(float(by_hand(exact)), abs=1e-12)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8))
def test_p_is_never_below_what_so_few_pairs_can_say(pairs):
    row = {(i, None): a for i, (a, _) in enumerate(pairs)}
    found = paired(row, {(i, None): b for i, (_, b) in enumerate(pairs)})
    assert 2 / 2 ** len(pairs) <= found.p <= 1.0


def test_equal_sums_count_as_equal_whatever_their_last_bits():
    row = dict(enumerate([0.7, 0.6, 1.0, 0.7, 0.7]))
    reference = dict(enumerate([0.8, 0.5, 0.7, 0.8, 0.9]))  # the differences add up to nothing
    assert paired({(i, None): a for i, a in row.items()}, {(i, None): b for i, b in reference.items()}).p == 1.0


def test_three_pairs_never_say_less_than_a_quarter():
    same = paired({(s, None): 0.9 + s / 100 for s in range(3)}, {(s, None): 0.1 for s in range(3)})
    assert (same.pairs, same.p) == (3, 0.25)


@given(st.lists(st.tuples(FRACTIONS, FRACTIONS), min_size=2, max_size=8))
def test_the_other_way_round_only_the_sign_changes(pairs):
    row = {(i, None): float(a) for i, (a, _) in enumerate(pairs)}
    reference = {(i, None): float(b) for i, (_, b) in enumerate(pairs)}
    one, other = paired(row, reference), paired(reference, row)
    assert one.mean == pytest.approx(-other.mean)
    assert one.p == pytest.approx(other.p)


def test_only_trials_that_both_rows_have_are_paired():
    row = {(0, 1): 0.5, (0, 2): 0.7, (1, 1): 0.9}
    assert paired(row, {(0, 1): 0.4, (1, 1): 0.4, (1, 2): 0.0}).pairs == 2
    assert paired(row, {(0, 1): 0.4, (1, 1): 0.4, (1, 2): 0.0}).mean == pytest.approx(0.3)
    assert paired(row, {(5, 1): 0.1}) is None
    assert paired({}, row) is None
    alone = paired(row, {(0, 2): 0.5})
    assert (alone.pairs, alone.p) == (1, None)
    assert alone.mean == pytest.approx(0.2)


def test_up_to_sixteen_pairs_every_flip_is_counted_and_beyond_p_is_drawn_the_same_every_time():
    def better(pairs):
        return paired({(i, None): 0.5 + i / 100 for i in range(pairs)}, {(i, None): 0.2 for i in range(pairs)})

    assert better(16).p == 2 / 2**16
    many = better(30)
    assert many == better(30)
    assert 0 < many.p < 1e-3
    rng = np.random.default_rng(0)
    differences = rng.normal(0.02, 0.05, 24)
    drawn = paired({(i, None): d for i, d in enumerate(differences)}, {(i, None): 0.0 for i in range(24)}).p
    flips = rng.choice([-1.0, 1.0], (100_000, 24))
    counted = np.mean(np.abs(flips @ differences) >= abs(differences.sum()))
    assert counted > 0.01
    assert drawn == pytest.approx(counted, abs=0.01)


def test_rows_that_do_not_differ_say_nothing():
    same = {(i, None): i / 10 for i in range(5)}
    assert paired(same, dict(same)).p == 1.0
    assert paired(same, dict(same)).mean == 0.0
