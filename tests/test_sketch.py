"""Percentiles from counts in bins: how near they are to the exact ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.model.sampling import normals
from capacity.model.sketch import WIDTH, Sketch, counted


@settings(max_examples=30)
@given(sigma=st.floats(0.001, 2), scale=st.floats(1e-3, 1e21), share=st.sampled_from([0.05, 0.5, 0.95]))
def test_percentiles_are_within_the_stated_error(sigma: float, scale: float, share: float) -> None:
    """Whatever the spread and size, a percentile is within a bin of the exact one."""
    values = scale * np.exp(sigma * np.concatenate([normals(0, "values", block) for block in range(4)]))
    sketch = Sketch()
    for part in np.split(values, 8):
        sketch.add(counted(part))
    assert sketch.percentile(share) == pytest.approx(np.quantile(values, share), rel=2 * WIDTH)
    assert sketch.mean == pytest.approx(values.mean(), rel=1e-12)


def test_noughts_are_counted_apart() -> None:
    """Where six worlds of ten are nought, so is the median; the 95 % point is not."""
    sketch = Sketch()
    sketch.add(counted(np.repeat([0.0, 8.0], [600, 400])))
    assert sketch.percentile(0.5) == 0
    assert sketch.percentile(0.95) == pytest.approx(8, rel=2 * WIDTH)


def test_order_of_adding_changes_nothing() -> None:
    """Blocks may come in any order, and lie as far apart as they like."""
    values = np.exp(normals(1, "values", 0))
    one, two = Sketch(), Sketch()
    one.add(counted(values))
    for part in np.split(values, 4)[::-1]:
        two.add(counted(part))
    assert one.percentile(0.5) == two.percentile(0.5)
    assert one.bins.tolist() == two.bins.tolist()


@pytest.mark.parametrize("values", [[1e-3, 5.0, 1e21], [1e21, 1e-3], [0.0, 0.0, 3.0], [0.0]])
def test_values_far_apart_keep_their_places(values: list[float]) -> None:
    """The bins reach as far as the values do, either way, added one by one."""
    sketch = Sketch()
    for value in values:
        sketch.add(counted(np.array([value])))
    for rank, value in enumerate(sorted(values)):
        share = rank / (len(values) - 1) if rank else 0.0
        assert sketch.percentile(share) == pytest.approx(value, rel=WIDTH)
