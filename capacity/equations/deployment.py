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
    ramp = np.clip(age / np.where(open_, window, 1.0), 0.0, 1.0)
    return np.where(open_, ramp, np.where(np.asarray(age) >= 0, 1.0, 0.0))


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
    return since - np.minimum(since, window) / 2


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
    years = age / DAYS_PER_YEAR
    return np.exp(-net_attrition * years - (years / life) ** 4)


def delivered(count: Array, conversion: Array, share_arrived: Array) -> Array:
    """Chips delivered by a date [1].

    `count * conversion * share_arrived`.

    Arguments:
        count: chips at the stage that a source reports [1], shape (cells, draws)
        conversion: share of them that is ever delivered; 0 where policy stops all [1], shape (draws,)
        share_arrived: share of these that has come by the date [1], shape (draws,)

    Valid for stages before delivery; from `shipped` on the conversion is 1.
    Source: definition.

    >>> float(delivered(np.array(400_000.0), np.array(0.05), np.array(1.0)))
    20000.0
    """
    return count * conversion * share_arrived


def in_service(installed: Array, spare_share: Array, surviving: Array) -> Array:
    """Chips in service [1].

    `installed * (1 - spare_share) * surviving`.

    Arguments:
        installed: chips installed by the date [1], shape (cells, draws)
        spare_share: share kept as spares, in repair or in test [1], shape (draws,)
        surviving: share not yet failed for good or retired [1], shape (draws,)

    Valid for whole fleets.
    Source: definition.

    >>> round(float(in_service(np.array(1000.0), np.array(0.03), np.array(0.98))), 6)
    950.6
    """
    return installed * (1 - spare_share) * surviving
