"""Figures over the trials of a row: mean, spreads, best fold, pooled; and two rows in pairs.

A value is known by (seed, fold). Where there are folds, the spread over folds is that of the folds' means over seeds, and the
spread over seeds is that of the seeds' means over folds: they say different things, and one is not the other's error bar.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

import numpy as np
from numpy.typing import NDArray

Key = tuple[int, int | str | None]
"""(seed, fold); fold is None where there are none."""

Values = Mapping[Key, float]


@dataclass(frozen=True)
class MetricSummary:
    """One figure of a row.

    Attributes:
        mean: over all trials.
        over_seeds, over_folds: standard deviations (n - 1); None with fewer than two.
        best: the best fold's mean over seeds; None without folds.
    """

    mean: float
    over_seeds: float | None = None
    over_folds: float | None = None
    best: float | None = None

    @property
    def std(self) -> float | None:
        """Over folds where there are folds, else over seeds."""
        return self.over_seeds if self.best is None else self.over_folds


@dataclass(frozen=True)
class Paired:
    """A row against the reference, trial by trial with the same seed and fold.

    Attributes:
        pairs: how many.
        mean: of the differences, this row less the reference.
        p: of the two-sided sign-flip test: how often flipping the signs of the differences gives a mean as far from 0. Exact up
            to 16 pairs, from 65,536 random flips beyond. It cannot be below 2 / 2^pairs, 0.25 for three seeds. Folds share
            training clips, so with folds it is smaller than it should be.
    """

    pairs: int
    mean: float
    p: float | None


def metric(values: Values) -> MetricSummary | None:
    """The figure of a row; None if no trial has it."""
    if not values:
        return None
    seeds, folds = _means(values, 0), _means(values, 1)
    has_folds = None not in folds
    return MetricSummary(
        mean=mean(values.values()),
        over_seeds=_std(seeds),
        over_folds=_std(folds) if has_folds else None,
        best=max(folds.values()) if has_folds else None,
    )


def pooled(accuracy: Values, clips: Values) -> float | None:
    """Hits over clips of all folds together: large folds count more than in the mean. None if clips are not known."""
    known = [key for key in accuracy if key in clips]
    total = sum(clips[key] for key in known)
    return sum(accuracy[key] * clips[key] for key in known) / total if total else None


def standard_error(accuracy: float, clips: float) -> float:
    """The standard error that testing on so few clips alone brings: sqrt(p (1 - p) / n), for independent clips."""
    return sqrt(max(0.0, accuracy * (1.0 - accuracy)) / clips)


def paired(row: Values, reference: Values) -> Paired | None:
    """``row`` against ``reference``; None if they share no trial."""
    from scipy.stats import permutation_test  # here: what draws no table need not wait for it

    keys = [key for key in row if key in reference]
    if not keys:
        return None
    differences = np.array([row[key] - reference[key] for key in keys])
    if len(keys) < 2:
        return Paired(len(keys), float(differences.mean()), None)
    tested = permutation_test((differences,), _mean_of_flipped, permutation_type="samples", n_resamples=2**16, rng=0)
    return Paired(len(keys), float(differences.mean()), float(tested.pvalue))


def _mean_of_flipped(differences: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Means along ``axis``; equal ones, summed in another order, would differ in their last bits and not count as equal."""
    return np.asarray(np.round(differences.mean(axis=axis), 12))


def _means(values: Values, part: int) -> dict[int | str | None, float]:
    """The mean of all values that share a seed (part 0) or a fold (part 1)."""
    groups: dict[int | str | None, list[float]] = {}
    for key, value in values.items():
        groups.setdefault(key[part], []).append(value)
    return {name: mean(group) for name, group in groups.items()}


def _std(means: Mapping[int | str | None, float]) -> float | None:
    return stdev(means.values()) if len(means) > 1 else None
