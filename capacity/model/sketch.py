"""Percentiles of more worlds than fit in memory: counts in bins that are the first bits of a number."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from capacity.equations.compute import Array

BITS = 11  # of the fraction that tell bins apart: 2,048 in each doubling
WIDTH = 2.0**-BITS  # of a bin over its lower end, at most: no percentile is off by more than 0.05 %
USUAL = 90_000  # bins that a sketch may have: 43 doublings between its least and its largest value
_LATER = 52 - BITS  # bits of a float's fraction, 52 in all, that do not count

Counts = npt.NDArray[np.int64]


class Counted(NamedTuple):
    """Some values, counted: how many, how many of them are nought, their sum, the first bin and the bins from it on."""

    size: int
    noughts: int
    total: float
    first: int
    bins: Counts


def counted(values: Array) -> Counted:
    """Values of 0 or more, shape (n,), in bins: a value is in the bin of the exponent and first bits of its float.

    Floats above 0 are in the order of their bits, so that bins are too (IEEE 754).

    >>> counted(np.array([0.0, 1.0, 1.0, 1.001])).bins.tolist()
    [2, 0, 1]
    """
    index = values.view(np.int64) >> _LATER
    first = int(index.min())
    noughts = 0
    if first <= 0:
        index = index[values > 0]
        noughts = values.size - index.size
        if not index.size:
            return Counted(values.size, noughts, 0.0, 0, np.zeros(0, np.int64))
        first = int(index.min())
    index -= first
    return Counted(values.size, noughts, float(values.sum()), first, np.bincount(index))


def _end(of: int) -> float:
    """The lower end of a bin."""
    return float(np.int64(of << _LATER).view(np.float64))


@dataclass(slots=True)
class Sketch:
    """Counts of values in bins of like ratio; noughts apart; the sum exact but for rounding.

    Memory is that of the bins between the least and the largest value, however many values there are.
    A percentile lies within 0.05 % of the exact one.

    >>> sketch = Sketch()
    >>> sketch.add(counted(np.arange(1.0, 1001.0)))
    >>> round(sketch.percentile(0.5)), sketch.mean
    (500, 500.5)
    """

    count: int = 0
    noughts: int = 0
    total: float = 0.0
    first: int = 0
    bins: Counts = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, more: Counted) -> None:
        """Add values that were counted."""
        self.count += more.size
        self.noughts += more.noughts
        self.total += more.total
        if not more.bins.size:
            return
        if not self.bins.size:
            self.first = more.first
        below = max(0, self.first - more.first)
        above = max(0, more.first + more.bins.size - self.first - self.bins.size)
        if below or above:
            self.bins = np.pad(self.bins, (below, above))
            self.first -= below
        start = more.first - self.first
        self.bins[start : start + more.bins.size] += more.bins

    @property
    def mean(self) -> float:
        """The mean of all values."""
        return self.total / self.count

    def described(self) -> tuple[float, float, float, float, float]:
        """Mean, 5 %, 50 %, 95 % point and standard error of the 50 % point."""
        half = 0.5 / math.sqrt(self.count)
        error = (self.percentile(0.5 + half) - self.percentile(0.5 - half)) / 2
        return self.mean, self.percentile(0.05), self.percentile(0.5), self.percentile(0.95), error

    def percentile(self, share: float) -> float:
        """The value below which this share of all values lies."""
        wanted = share * (self.count - 1) + 0.5
        if wanted <= self.noughts:
            return 0.0
        below = np.cumsum(self.bins)
        at = int(np.searchsorted(below, wanted - self.noughts))
        before = below[at - 1] if at else 0
        inside = (wanted - self.noughts - before) / self.bins[at]
        low, high = _end(self.first + at), _end(self.first + at + 1)
        return low + float(inside) * (high - low)
