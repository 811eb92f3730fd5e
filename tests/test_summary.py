"""Percentiles and their error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from capacity.model.sampling import normals
from capacity.model.summary import describe, in_order


@given(hnp.arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6)))
def test_points_are_numpys_quantiles(values: np.ndarray) -> None:
    """The 5, 50 and 95 % points are those of `numpy.quantile`, whatever the array."""
    _, p5, p50, p95, _ = describe(values)
    expected = np.quantile(values, [0.05, 0.5, 0.95])
    np.testing.assert_allclose([p5, p50, p95], expected, rtol=1e-12, atol=1e-9)


def test_the_array_is_left_as_it_was() -> None:
    """Summarizing sorts nothing in place."""
    values = np.array([3.0, 1.0, 2.0])
    describe(values)
    assert values.tolist() == [3.0, 1.0, 2.0]


def test_error_of_the_median_matches_theory() -> None:
    """For standard normals the error of the median is about sqrt(pi / 2 / n)."""
    n = 16_384
    errors = [describe(normals(0, f"stream {i}", 0))[4] for i in range(30)]
    assert np.mean(errors) == pytest.approx(np.sqrt(np.pi / 2 / n), rel=0.15)


@given(hnp.arrays(np.float64, st.integers(1, 300), elements=st.sampled_from([0.0, 1.0, 2.5, -3.0, 7.0])), st.data())
def test_values_in_order_are_those_of_a_sort(values: np.ndarray, data: st.DataObject) -> None:
    """Whichever places are asked for, ties or not, what stands there is what a full sort puts there."""
    places = sorted(data.draw(st.sets(st.integers(0, values.size - 1), min_size=1)))
    found = in_order(values.copy(), places)
    assert found == {place: np.sort(values)[place] for place in places}
