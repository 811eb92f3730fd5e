"""The scores: what two independent packages give for the same forecasts."""

import numpy as np
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from capacity.equations import scoring

NUMBER = st.floats(-50, 50)
DRAWN = st.lists(NUMBER, min_size=2, max_size=40)


@given(low=NUMBER, width=st.floats(0, 20), observed=NUMBER, alpha=st.floats(0.01, 0.99))
@settings(max_examples=50)
def test_interval_score_is_that_of_scoringrules(low: float, width: float, observed: float, alpha: float) -> None:
    """Width and penalties come out as in the package for any interval."""
    ours = scoring.interval_score(np.array([low]), np.array([low + width]), np.array([observed]), alpha)
    theirs = scoringrules.interval_score(observed, low, low + width, alpha)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@given(draws=DRAWN, observed=NUMBER)
@settings(max_examples=50)
def test_crps_is_that_of_scoringrules(draws: list[float], observed: float) -> None:
    """The score of a sample is the package's energy form."""
    ours = scoring.crps(np.sort(np.array(draws)), np.array([observed]))
    theirs = scoringrules.crps_ensemble(observed, np.array(draws), estimator="nrg")
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-8)


@given(median=NUMBER, halves=st.lists(st.floats(0.1, 20), min_size=3, max_size=3), observed=NUMBER)
@settings(max_examples=50)
def test_weighted_interval_score_is_that_of_scoringrules(median: float, halves: list[float], observed: float) -> None:
    """The intervals' part is the package's; the median adds half its error over K + 1/2 (Bracher et al., equation 1).

    The package is asked for the intervals alone: its release 0.10 adds half the median itself, not half its error.
    """
    alphas = np.array([0.5, 0.2, 0.1])
    wide = np.cumsum(halves)
    seen = np.array([observed])
    low, high = (median - wide)[:, None], (median + wide)[:, None]
    ours = scoring.weighted_interval_score(
        np.array([median]), scoring.interval_score(low, high, seen, alphas[:, None]), alphas, seen
    )
    theirs = scoringrules.weighted_interval_score(seen, np.array([median]), low.T, high.T, alphas, w_median=0.0)
    theirs = theirs + abs(observed - median) / 2 / 3.5
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("trials", [1, 2, 17, 36, 89, 500])
@pytest.mark.parametrize("chance", [0.5, 0.8, 0.9])
def test_binomial_band_is_the_exact_quantile(trials: int, chance: float) -> None:
    """The band's ends are the 2.5 % and 97.5 % quantiles of the binomial distribution."""
    ends = stats.binom.ppf([0.025, 0.975], trials, chance) / trials
    assert scoring.binomial_band(trials, chance, 0.95) == pytest.approx(tuple(ends))
