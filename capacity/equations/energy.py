"""Watts → energy of a year."""

from __future__ import annotations

from capacity.equations.compute import Array
from capacity.units import YEAR


def energy(average_power: Array) -> Array:
    """Energy of a year of 365.25 days [J].

    `average_power * 365.25 * 86400`.

    Arguments:
        average_power: mean power over the year, at any boundary [W], shape (cells, draws)

    Valid for a full year in service.
    Source: definition of the watt.

    >>> import numpy as np
    >>> (energy(np.array(1000.0)) / 3.6e6).round(6)
    np.float64(8766.0)
    """
    return average_power * YEAR
