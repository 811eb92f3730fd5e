"""Forecasts against what was then seen: coverage, misses on either side, errors, proper scores, by group of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from capacity.equations import scoring
from capacity.equations.compute import Array
from capacity.model.sampling import normals

LEVELS = (0.5, 0.8, 0.9)
BAND = 0.95
BINS = 10
VERDICT_FROM = 20  # events; of fewer a share inside says too little for a verdict
_POINTS = tuple(sorted({(1 + side * level) / 2 for level in LEVELS for side in (-1, 1)} | {0.5}))
_TOUCH = 1e-9
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of the forecasts of some cases, on natural logarithms of the figures, or `plain` on the shares.

    `bias`: mean of predicted median less figure; `median_error`: median of its absolute value; `below`, `above`: how
    many figures lie under and over the 90 % interval.
    """

    n: int
    coverage: tuple[float, ...]
    below: int
    above: int
    median_error: float
    bias: float
    crps: float
    wis: float
    interval_score_90: float
    pit: tuple[int, ...]
    plain: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The scores under the names of the interface."""
        covered = {f"coverage_{round(level * 100)}": c for level, c in zip(LEVELS, self.coverage, strict=True)}
        log = {"median_log_error": self.median_error, "bias_log": self.bias, "crps_log": self.crps, "wis_log": self.wis}
        own: dict[str, float | None] = {**log}
        if self.plain:
            own = {**dict.fromkeys(log), "median_error": self.median_error, "bias": self.bias, "crps": self.crps}
        return {
            "n": self.n, **covered, "below": self.below, "above": self.above, **own,
            "interval_score_90": self.interval_score_90, "pit": list(self.pit),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Marks:
    """What one forecast says at each case: quantiles, probability below, CRPS; arrays of (cases,)."""

    points: Array
    below: Array
    crps: Array


def marks(forecasts: Sequence[tuple[Array, float]], observed: Array, seed: int | None = None) -> Marks:
    """Quantiles, probability below and CRPS of forecasts given as (sorted draws, shift), one per case.

    Where a forecast has a point mass on what was seen the probability is the middle of its step, or with a `seed`
    anywhere on it.
    """
    points = np.empty((len(_POINTS), observed.size))
    below, scores = np.empty(observed.size), np.empty(observed.size)
    shapes = {id(shape): shape for shape, _ in forecasts}
    index = np.array([id(shape) for shape, _ in forecasts])
    shift = np.array([by for _, by in forecasts])
    part = np.full(observed.size, 0.5)
    if seed is not None:
        part = np.array([_NORMAL.cdf(z) for z in normals(seed, "backtest.pit", 0, observed.size)])
    for key, shape in shapes.items():
        here = index == key
        centred = observed[here] - shift[here]
        points[:, here] = np.quantile(shape, _POINTS)[:, None] + shift[here]
        under, upto = (np.searchsorted(shape, centred, side) for side in ("left", "right"))
        below[here] = (under + part[here] * (upto - under)) / shape.size
        scores[here] = scoring.crps(shape, centred)
    return Marks(points, below, scores)


def scores(of: Marks, observed: Array, kept: Array | None = None, *, plain: bool = False) -> Scores:
    """The scores of a forecast over the cases that are kept (all)."""
    here = np.ones(observed.size, dtype=bool) if kept is None else kept
    points, seen = of.points[:, here], observed[here]
    low, high = (points[[_POINTS.index((1 + side * level) / 2) for level in LEVELS]] for side in (-1, 1))
    median = points[_POINTS.index(0.5)]
    alphas = np.array([round(1 - level, 12) for level in LEVELS])
    intervals = scoring.interval_score(low, high, seen, alphas[:, None])
    pit = np.bincount(np.minimum((of.below[here] * BINS).astype(int), BINS - 1), minlength=BINS)
    under, over = seen < low - _TOUCH, seen > high + _TOUCH
    return Scores(
        int(seen.size), tuple((~under & ~over).mean(axis=1).tolist()), int(under[-1].sum()), int(over[-1].sum()),
        float(np.median(np.abs(median - seen))), float((median - seen).mean()),
        float(of.crps[here].mean()), float(scoring.weighted_interval_score(median, intervals, alphas, seen).mean()),
        float(intervals[-1].mean()), tuple(int(n) for n in pit), plain,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScoredGroup:
    """The scores of one (workload, metric, basis): ours, the rivals', and ours by family of chip or class of system.

    `months`: the horizon of announcements; None is the last observation of each event. `verdict`: what the band says
    of the 90 % interval; nothing where there are too few events.
    """

    workload: str
    metric: str
    basis: str
    trimmed: bool
    half: str
    ours: Scores
    bands: tuple[tuple[float, float], ...]
    baselines: tuple[tuple[str, Scores], ...]
    families: tuple[tuple[str, Scores], ...] = ()
    months: int | None = None
    verdict: str | None = None

    @property
    def address(self) -> dict[str, Any]:
        """What tells the group from the others."""
        horizon = {"months": self.months} if self.workload == "deployment" else {}
        return {
            "workload": self.workload, "metric": self.metric, "basis": self.basis, "trimmed": self.trimmed,
            "half": self.half, **horizon,
        }  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """The group under the names of the interface."""
        bands = {f"band_{round(100 * level)}": list(band) for level, band in zip(LEVELS, self.bands, strict=True)}
        return {
            **self.address, **self.ours.as_dict(), **bands, "verdict": self.verdict,
            "baselines": [{"name": name, **scores.as_dict()} for name, scores in self.baselines],
            "families": [{"family": name, **scores.as_dict()} for name, scores in self.families],
        }  # fmt: skip


def bands(n: int) -> tuple[tuple[float, float], ...]:
    """Where the share of figures inside each interval lies in most samples of this size if the interval is right."""
    return tuple(scoring.binomial_band(n, level, BAND) for level in LEVELS)


def verdict(ours: Scores, *, pooled: bool) -> str | None:
    """What the band says of the 90 % interval: inside, too narrow or too wide; None of few events that are no pool."""
    if ours.n < VERDICT_FROM and not pooled:
        return None
    low, high = bands(ours.n)[-1]
    return "too narrow" if ours.coverage[-1] < low else "too wide" if ours.coverage[-1] > high else "inside the band"


def beyond(values: Array, low: float, high: float) -> Array:
    """How far values lie outside what a source allows: below `low` negative, inside nought, above `high` positive.

    It never falls as the value rises, so the scores of what it makes of forecast and figure (nought) are proper.

    >>> beyond(np.array([1.0, 2.5, 5.0]), 2.0, np.inf).tolist()
    [-1.0, 0.0, 0.0]
    """
    return np.asarray(np.minimum(values - low, 0.0) + np.maximum(values - high, 0.0))
