"""Watts against a site's megawatts, in both directions."""

from __future__ import annotations

import numpy as np

from capacity.equations.compute import Array


def chips_that_fit(chips: Array, need: Array, limit: Array) -> Array:
    """How many of the chips a site's power can feed [1].

    `chips * min(1, limit / need)`.

    Arguments:
        chips: number of chips meant for the site [1], shape (cells, draws) or (draws,)
        need: rated power that they need at the boundary of the site's figure [W]
        limit: the site's figure at that boundary [W]

    Valid where the chips at hand are alike in watts; what does not fit stays at its earlier stage.
    Source: definition of a capacity limit.

    >>> import numpy as np
    >>> chips_that_fit(np.array(1000.0), np.array(2e6), np.array(1.5e6))
    np.float64(750.0)
    """
    share = np.divide(limit, need, out=np.ones(np.broadcast(limit, need).shape), where=np.asarray(need) > 0)
    return chips * np.minimum(1.0, share)


def sites_needed(need: Array, size: Array) -> Array:
    """How many whole sites of a size such power needs [1].

    `ceil(need / size)`.

    Arguments:
        need: rated power [W], shape (draws,)
        size: power of one site at the same boundary [W]

    Valid for sites of one size; a part of a site counts as one.
    Source: definition.

    >>> import numpy as np
    >>> sites_needed(np.array([740e6, 800e6]), np.array(100e6))
    array([8., 8.])
    """
    return np.ceil(need / size)


def chips_for(target: Array, rest: Array, per_chip: Array) -> Array:
    """How many chips bring a result to its target beside what is there already [1].

    `(target - rest) / per_chip`, nan where that is not above nought.

    Arguments:
        target: the result to be reached [any SI unit], shape (draws,)
        rest: what the other lots give of it [same unit]
        per_chip: what one more chip gives of it [same unit]

    Valid for results proportional to the number of chips.
    Source: the page of the model solved for the count, exactly and world by world.

    >>> import numpy as np
    >>> chips_for(np.array([500e6, 1e6, 500e6]), np.array([100e6, 100e6, 100e6]), np.array([2000.0, 2000.0, 0.0]))
    array([200000.,     nan,     nan])
    """
    missing = np.asarray(target - rest, dtype=float)
    gives = np.broadcast_to(per_chip, missing.shape)
    found: Array = np.full(missing.shape, np.nan)
    np.divide(missing, gives, out=found, where=(missing > 0) & (gives > 0))
    return found


def pue_needed(facility_power: Array, it_power: Array) -> Array:
    """The PUE at which IT power would draw the facility power [1].

    `facility_power / it_power`.

    Arguments:
        facility_power: power of the facility [W], shape (draws,)
        it_power: rated power of the IT [W]

    Valid as a check of two figures against each other; below 1 they cannot both be right.
    Source: ISO/IEC 30134-2:2016, Power usage effectiveness.

    >>> import numpy as np
    >>> pue_needed(np.array(181e6), np.array(140e6)).round(2)
    np.float64(1.29)
    """
    return facility_power / it_power
