"""Scores of a probabilistic forecast against what was then measured."""

from __future__ import annotations

import math

import numpy as np

from capacity.equations.compute import Array


def interval_score(low: Array, high: Array, observed: Array, alpha: Array | float) -> Array:
    """Score of a central interval: its width, plus a penalty where the observation lies outside [unit of observed].

    `(high - low) + 2/alpha * (low - observed)+ + 2/alpha * (observed - high)+`; smaller is better.

    Arguments:
        low: the `alpha/2` point of the forecast [unit of observed], shape (cases,) or (levels, cases)
        high: the `1 - alpha/2` point of the forecast [unit of observed], of the same shape
        observed: what was measured [unit of observed], shape (cases,)
        alpha: share of worlds outside the interval, 0.1 for 90 % [1], one or shape (levels, 1)

    Valid for any forecast with these two points; proper, so an honest interval scores best on average.
    Source: Gneiting & Raftery (2007), J. Am. Stat. Assoc. 102:359, equation 43, doi:10.1198/016214506000001437

    >>> interval_score(np.array([1.0]), np.array([2.0]), np.array([2.5]), 0.1).round(6).tolist()
    [11.0]
    """
    below, above = np.maximum(low - observed, 0), np.maximum(observed - high, 0)
    return np.asarray((high - low) + 2 / alpha * (below + above))


def weighted_interval_score(median: Array, scores: Array, alphas: Array, observed: Array) -> Array:
    """Weighted mean of the interval scores of several levels and the error of the median [unit of observed].

    `(|observed - median| / 2 + sum_k alpha_k / 2 * score_k) / (K + 1/2)`; smaller is better.

    Arguments:
        median: the 50 % point of the forecast [unit of observed], shape (cases,)
        scores: interval score at each level [unit of observed], shape (levels, cases)
        alphas: share of worlds outside each interval [1], shape (levels,)
        observed: what was measured [unit of observed], shape (cases,)

    Valid for any set of central intervals; tends to the CRPS as levels are added.
    Source: Bracher et al. (2021), PLOS Comput. Biol. 17:e1008618, equation 1, doi:10.1371/journal.pcbi.1008618

    >>> one = np.array([[1.0]])
    >>> weighted_interval_score(np.array([1.5]), one, np.array([0.1]), np.array([1.5])).round(6).tolist()
    [0.033333]
    """
    weighted = np.einsum("k,kc->c", alphas / 2, scores)
    return np.asarray((np.abs(observed - median) / 2 + weighted) / (alphas.size + 0.5))


def crps(draws: Array, observed: Array) -> Array:
    """Continuous ranked probability score of a sample [unit of observed].

    `E|X - y| - E|X - X'| / 2` over the draws, X and X' independent; smaller is better.

    Arguments:
        draws: the forecast's draws in ascending order [unit of observed], shape (draws,)
        observed: what was measured [unit of observed], shape (cases,)

    Valid for any sample; the mean over pairs counts each draw against itself, so it is biased by 1/draws.
    Source: Gneiting & Raftery (2007), J. Am. Stat. Assoc. 102:359, equation 21, doi:10.1198/016214506000001437

    >>> crps(np.array([0.0, 1.0]), np.array([0.0, 3.0])).tolist()
    [0.25, 2.25]
    """
    size = draws.size
    rank = np.arange(size)
    spread = float(((2 * rank + 1 - size) * draws).sum()) / size**2
    return np.asarray(np.abs(draws[None, :] - observed[:, None]).mean(axis=1) - spread)


def binomial_band(trials: int, chance: float, level: float) -> tuple[float, float]:
    """Where the share of hits lies in a central part of all cases if the chance of a hit is right [1].

    The smallest counts at which the binomial distribution reaches `(1 - level) / 2` and `(1 + level) / 2`,
    over the trials: exact, no normal approximation.

    Arguments:
        trials: number of cases [1], 1 or more
        chance: stated chance that a case lies inside, above 0 and below 1 [1]
        level: part of all outcomes that the band holds at least, 0.95 say [1]

    Valid for independent cases; rows that share one mistake scatter more than this.
    Source: Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, 3rd edition, section 3.1,
    doi:10.1002/0471715816

    >>> binomial_band(20, 0.9, 0.95)
    (0.75, 1.0)
    """
    sums = np.cumsum([_binomial(trials, k, chance) for k in range(trials + 1)])
    low, high = (int(np.searchsorted(sums, (1 - side * level) / 2)) for side in (1, -1))
    return low / trials, min(high, trials) / trials


def _binomial(trials: int, hits: int, chance: float) -> float:
    """Probability of so many hits [1].

    `exp(ln C(trials, hits) + hits ln chance + (trials - hits) ln(1 - chance))`.

    Arguments:
        trials: number of cases [1]
        hits: number inside [1]
        chance: chance of each [1]

    Valid for 0 < chance < 1.
    Source: Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, 3rd edition, equation 3.1,
    doi:10.1002/0471715816

    >>> round(_binomial(2, 1, 0.5), 12)
    0.5
    """
    ways = math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)
    return math.exp(ways + hits * math.log(chance) + (trials - hits) * math.log1p(-chance))
