"""From a quantity at one stage to chips delivered, installed and in service at a date."""

from __future__ import annotations

import numpy as np

from capacity.equations.compute import Array

DAYS_PER_YEAR = 365.25


def arrived(age: Array, window: Array) -> Array:
    """Share of the chips that has come, when they come evenly over a window [1].

    `min(max(age, 0) / window, 1)`; without a window all come at age 0.

    Arguments:
        age: time since the first could come; negative before [d], shape (draws,) or ()
        window: time over which they come [d], shape (draws,) or ()

    Valid for any age; an even flow is an assumption, real ones start late and come in batches.
    Source: judgement of the authors.

    >>> arrived(np.array([-5.0, 90.0, 400.0]), np.array(360.0)).tolist()
    [0.0, 0.25, 1.0]
    >>> arrived(np.array([-1.0, 0.0]), np.array(0.0)).tolist()
    [0.0, 1.0]
    """
    open_ = np.asarray(window) > 0
    if open_.all():
        return np.clip(age / window, 0.0, 1.0)
    at_once = (np.asarray(age) >= 0).astype(float)
    if not open_.any():
        return at_once
    return np.where(open_, np.clip(age / np.where(open_, window, 1.0), 0.0, 1.0), at_once)


def mean_age(age: Array, window: Array) -> Array:
    """Mean age of the chips that have come evenly over a window so far [d].

    `age - min(age, window) / 2`, and 0 before the first.

    Arguments:
        age: time since the first came; negative before [d], shape (draws,) or ()
        window: time over which they come [d], shape (draws,) or ()

    Valid with `arrived`.
    Source: mean of a uniform distribution.

    >>> mean_age(np.array([100.0, 500.0, -3.0]), np.array(200.0)).tolist()
    [50.0, 400.0, 0.0]
    """
    since = np.maximum(age, 0.0)
    return since - np.minimum(since, window) / 2 if np.any(window) else since


def survival(age: Array, net_attrition: Array, life: Array) -> Array:
    """Share of installed chips that still runs at an age [1].

    `exp(-net_attrition * a) * exp(-(a / life)**4)` with a in years: a steady loss that nobody replaces,
    and retirement (Weibull, shape 4).

    Arguments:
        age: mean time since installation [d], shape (draws,) or ()
        net_attrition: failed and not replaced, each year [1/a], shape (draws,) or ()
        life: scale of the age at retirement [a], shape (draws,) or ()

    Valid for fleets of some age; for chips under three years old retirement takes a few percent.
    Source: parameters of assumptions.yaml; the form is judgement.

    >>> survival(np.array(0.0), np.array(0.02), np.array(5.5)).tolist()
    1.0
    >>> round(float(survival(np.array(365.25), np.array(0.02), np.array(5.5))), 4)
    0.9791
    """
    return np.exp(age * (-net_attrition / DAYS_PER_YEAR) - np.square(np.square(age / (life * DAYS_PER_YEAR))))


def promised(day: float, begin: float, end: float) -> float:
    """Share of a promise that a source says is there by a day [1].

    Nothing before `begin`, all from `end` on, evenly between; without a span all is there at its end.

    Arguments:
        day: days since the statement [d]
        begin: the day from which it comes [d]
        end: the last day on which all is to be there [d]

    Valid for a rate, and for what came over a period; a plain due date has begin = end.
    Source: definition.

    >>> promised(90, 0, 360), promised(90, 100, 100), promised(100, 100, 100)
    (0.25, 0.0, 1.0)
    """
    return 1.0 if day >= end else max(day - begin, 0.0) / (end - begin) if end > begin else 0.0


def delivered(count: Array, conversion: Array, share_arrived: Array) -> Array:
    """Chips delivered by a date, no more than were stated [1].

    `count * min(conversion * share_arrived, 1)`.

    Arguments:
        count: chips at the stage that a source reports [1], shape (draws,)
        conversion: what ever comes over what was stated; 0 where all is stopped, above 1 where more comes [1]
        share_arrived: share of what comes that has come by the date [1], shape (draws,)

    Valid for stages before delivery; from `shipped` on the conversion is 1.
    Source: definition.

    >>> float(delivered(np.array(400_000.0), np.array(0.05), np.array(1.0)))
    20000.0
    >>> float(delivered(np.array(10_000.0), np.array(1.73), np.array(1.0)))  # 17,300 came of 10,000
    10000.0
    """
    if np.max(conversion) <= 1:  # then nothing is cut, and what is alike on all days is worked out once
        return (count * conversion) * share_arrived
    return count * np.minimum(conversion * share_arrived, 1.0)


def in_service(count: Array, conversion: Array, share_installed: Array, spare_share: Array, surviving: Array) -> Array:
    """Chips in service, no more than were stated [1].

    `count * min(conversion * share_installed * (1 - spare_share) * surviving, 1)`: what comes beyond the stated
    stands in for spares and failures.

    Arguments:
        count: chips at the stage that a source reports [1], shape (draws,)
        conversion: what ever comes over what was stated [1], shape (draws,)
        share_installed: share of what comes that is installed by the date [1], shape (draws,)
        spare_share: share kept as spares, in repair or in test [1], shape (draws,)
        surviving: share not yet failed for good or retired [1], shape (draws,)

    Valid for whole fleets.
    Source: definition.

    >>> round(float(in_service(np.array(1000.0), np.array(1.0), np.array(1.0), np.array(0.03), np.array(0.98))), 6)
    950.6
    """
    if np.max(conversion) <= 1:
        return (count * conversion * (1 - spare_share)) * share_installed * surviving
    return count * np.minimum(conversion * share_installed * (1 - spare_share) * surviving, 1.0)


def share_that_fits(need: Array, room: Array) -> Array:
    """Share of what is there to be installed that a site's power lets run [1].

    `min(max(room, 0) / need, 1)`; of nothing all fits.

    Arguments:
        need: power of the chips that are there, on the basis of the limit [W], shape (draws,)
        room: the limit less what stands before them [W], shape (draws,)

    Valid where the limit and the watts are of one basis.
    Source: definition.

    >>> share_that_fits(np.array([1e5, 1e5, 0.0]), np.array([5e4, -1.0, 5e4])).tolist()
    [0.5, 0.0, 1.0]
    """
    left = np.maximum(room, 0.0)
    return np.where(left >= need, 1.0, left / np.where(left >= need, 1.0, need))
