"""Percentiles of more worlds than fit in memory: counts in bins of equal ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from capacity.equations.compute import Array

WIDTH = 0.0005  # of a bin, in the logarithm: no percentile is off by more than 0.05 %
REACH = 15.0  # how far from the first value seen a bin can lie, in the logarithm: a factor of three million
BINS = 2 * int(REACH / WIDTH)


@dataclass(slots=True)
class Sketch:
    """Counts of positive values by the ratio to the first one seen; noughts apart; the sum exact.

    Memory is flat: 60,000 counts. A percentile lies within 0.05 % of the exact one.

    >>> sketch = Sketch()
    >>> sketch.add(np.arange(1.0, 1001.0))
    >>> round(sketch.percentile(0.5)), sketch.mean
    (500, 500.5)
    """

    count: int = 0
    noughts: int = 0
    total: float = 0.0
    centre: float = math.nan
    bins: Array = field(default_factory=lambda: np.zeros(BINS))

    def add(self, values: Array) -> None:
        """Count some values, 0 or more each; shape (n,)."""
        self.count += values.size
        self.total += float(values.sum())
        positive = values[values > 0]
        self.noughts += values.size - positive.size
        if not positive.size:
            return
        if math.isnan(self.centre):
            self.centre = math.log(float(positive[0]))
        index = ((np.log(positive) - (self.centre - REACH)) / WIDTH).astype(np.intp)
        np.clip(index, 0, BINS - 1, out=index)
        self.bins += np.bincount(index, minlength=BINS)

    @property
    def mean(self) -> float:
        """The mean of all values, exact but for rounding."""
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
        before = below[at - 1] if at else 0.0
        inside = (wanted - self.noughts - before) / self.bins[at]
        return math.exp(self.centre - REACH + (at + float(inside)) * WIDTH)
