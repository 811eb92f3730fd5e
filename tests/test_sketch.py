"""Percentiles from counts in bins: how near they are to the exact ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.sampling import normals
from capacity.sketch import WIDTH, Sketch


@settings(max_examples=30)
@given(sigma=st.floats(0.001, 2), scale=st.floats(1e-3, 1e21), share=st.sampled_from([0.05, 0.5, 0.95]))
def test_percentiles_are_within_the_stated_error(sigma: float, scale: float, share: float) -> None:
    """Whatever the spread and size, a percentile is within a bin of the exact one."""
    values = scale * np.exp(sigma * np.concatenate([normals(0, "values", block) for block in range(4)]))
    sketch = Sketch()
    for part in np.split(values, 8):
        sketch.add(part)
    assert sketch.percentile(share) == pytest.approx(np.quantile(values, share), rel=2 * WIDTH)
    assert sketch.mean == pytest.approx(values.mean(), rel=1e-12)


def test_noughts_are_counted_apart() -> None:
    """Where six worlds of ten are nought, so is the median; the 95 % point is not."""
    sketch = Sketch()
    sketch.add(np.repeat([0.0, 8.0], [600, 400]))
    assert sketch.percentile(0.5) == 0
    assert sketch.percentile(0.95) == pytest.approx(8, rel=2 * WIDTH)


def test_order_of_adding_changes_nothing() -> None:
    """Blocks may come in any order; only the first value's bin edges shift, by less than a bin."""
    values = np.exp(normals(1, "values", 0))
    one, two = Sketch(), Sketch()
    one.add(values)
    for part in np.split(values, 4)[::-1]:
        two.add(part)
    assert one.percentile(0.5) == pytest.approx(two.percentile(0.5), rel=2 * WIDTH)
