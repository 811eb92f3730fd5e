"""What the fitting half of the measured cases says of each workload: the numbers of kind backtest in the specs.

Each fit is a log-normal or logit-normal in the shape that `sampling.transform` draws. Families are pulled towards
all systems, chips towards their family, as if the larger group had added `PULL` systems; intervals are predictive:
the mean's own doubt and few degrees of freedom widen them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median

from capacity.questions.rates import claimed_rate, declared_rate, limit_watts, middle, scale_class
from capacity.records.case import Case
from capacity.records.chip import Chip
from capacity.records.workload import Workloads

PULL = 3.0
LOW_HUMP = 0.9
OWN = 5
_Z95 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Fit:
    """One fitted number: an interval or a value, perhaps a chance, and how many systems it rests on."""

    n: int
    low: float | None = None
    high: float | None = None
    value: float | None = None
    chance: float | None = None


Fits = dict[str, dict[str, Fit]]


def fit(cases: Iterable[Case], chips: Mapping[str, Chip], known: Workloads) -> Fits:
    """Every fitted parameter by its key (`default`, a family, chip or class) from the untrimmed fitting half.

    Uses of `known` only families, engines, bounds, and what other sources give (host share, power limits).
    """
    used = [c for c in cases if c.half == "fit" and not c.trimmed and c.chip in chips]
    hpl = [c for c in used if c.workload == "hpl" and c.chips and known.family(c.chip)]
    boost, drop = _clock([c for c in hpl if c.metric == "peak_flops"], chips, known)
    found = {"hpl.boost_clock": boost, "hpl.clock_drop": drop}
    reached = [c for c in hpl if c.metric == "achieved_flops"]
    found["hpl.fraction"] = _spread(
        "hpl.fraction", known, [(_keys(c, known), c.value / _rate(c, chips, known)) for c in reached]
    )
    found |= _power([c for c in hpl if c.metric == "power"], chips, known)
    trained = [c for c in used if (c.workload, c.metric, c.basis) == ("training", "achieved_fraction", "bf16")]
    found["training.mfu"] = _utilisation(trained, known)
    claimed = [(c, claimed_rate(chips[c.chip], c.basis, c.sparse)) for c in used if c.workload == "claim" and c.chips]
    ratios = [(("", ""), c.value / (c.chips or 1) / middle(rate)) for c, rate in claimed if rate]
    found["claim.ratio"] = _spread("claim.ratio", known, ratios)
    return found


def _keys(case: Case, known: Workloads) -> tuple[str, str]:
    return known.family(case.chip) or "", case.chip


def _rate(case: Case, chips: Mapping[str, Chip], known: Workloads) -> float:
    """Sheet rate of all the chips of an HPL case, FLOP/s."""
    rate = declared_rate(chips[case.chip], known)
    assert rate is not None
    assert case.chips is not None
    return case.chips * middle(rate)


def _clock(cases: Sequence[Case], chips: Mapping[str, Chip], known: Workloads) -> tuple[dict[str, Fit], dict[str, Fit]]:
    """Two humps: declared near the sheet's boost clock, or more than a tenth below it."""
    host = known.parameters["hpl.host_share"].at()
    assert host is not None
    ratios = [(_keys(c, known)[0], c.value / _rate(c, chips, known) / (1 + middle(host))) for c in cases]
    high = [math.log(r) for _, r in ratios if r >= LOW_HUMP]
    low = [r for _, r in ratios if r < LOW_HUMP]
    centre = math.exp(fmean(high))
    boost = {"default": _interval(len(high), fmean(high), _variance(high), len(high), math.exp)}
    ahead, back = _scale(0.0, 1.0)
    drops = [ahead(1 - r / centre) for r in low]
    overall = len(low) / len(ratios)
    shape = _interval(len(drops), fmean(drops), _variance(drops), len(drops), back)
    drop = {"default": Fit(len(ratios), shape.low, shape.high, None, overall)}
    for family in sorted({f for f, _ in ratios}):
        mine = [r < LOW_HUMP for f, r in ratios if f == family]
        chance = (sum(mine) + PULL * overall) / (len(mine) + PULL)
        drop[family] = Fit(len(mine), shape.low, shape.high, None, chance)
    return boost, drop


def _power(cases: Sequence[Case], chips: Mapping[str, Chip], known: Workloads) -> Fits:
    """Watts beside each chip as the median system of a family has them, and the scatter of meters around that."""
    rows = [(_keys(c, known), c.value / (c.chips or 1), limit_watts(chips[c.chip], known)) for c in cases]
    tops = [(keys, each, middle(limit)) for keys, each, limit in rows if limit is not None]
    every = median(each - limit for _, each, limit in tops)
    beside = {"default": Fit(len(tops), value=every)}
    for family in sorted({keys[0] for keys, _, _ in tops}):
        mine = [each - limit for keys, each, limit in tops if keys[0] == family]
        pulled = (len(mine) * median(mine) + PULL * every) / (len(mine) + PULL)
        beside[family] = Fit(len(mine), value=max(pulled, 10.0))
    levels = [(keys, each / (limit + float(beside[keys[0]].value or 0))) for keys, each, limit in tops]
    return {"hpl.beside_w": beside, "hpl.level": _spread("hpl.level", known, levels)}


def _utilisation(cases: Sequence[Case], known: Workloads) -> dict[str, Fit]:
    """Training utilisation: the fitted runs and the published interval, each with the weight of its runs.

    The variance is that of both together, the distance of their means included; a class of run of which fewer than
    `OWN` were fitted keeps the default.
    """
    published, runs = (known.parameters[f"training.published_{p}"].at() for p in ("mfu", "runs"))
    assert published is not None
    assert published.low is not None
    assert published.high is not None
    assert runs is not None
    ahead, back = _scale(0.0, known.parameters["training.mfu"].ceiling)
    low, high, weight = ahead(published.low), ahead(published.high), middle(runs)
    prior, spread = (low + high) / 2, ((high - low) / (2 * _Z95)) ** 2
    values = [(scale_class(c, known), ahead(c.value)) for c in cases]
    n, mean = len(values), fmean(x for _, x in values)
    every = n + weight
    centre = (n * mean + weight * prior) / every
    inside = ((n - 1) * _variance([x for _, x in values]) + (weight - 1) * spread) / (every - 2)
    total = inside + n * weight / every**2 * (mean - prior) ** 2
    found = {"default": _interval(n, centre, total, every, back)}
    for name in sorted({c for c, _ in values if c}):
        mine = [x for c, x in values if c == name]
        if len(mine) >= OWN:
            at, wide = _pulled(mine, centre, total)
            found[name] = _interval(len(mine), at, wide, len(mine) + PULL, back)
    return found


def _spread(
    name: str, known: Workloads, rows: Sequence[tuple[tuple[str, str], float]], *, chips_too: bool = True
) -> dict[str, Fit]:
    """Intervals of a ratio for a new family, for each family, and for each of several measured chips of one."""
    bounds = known.parameters[name]
    ahead, back = _scale(bounds.floor or 0.0, bounds.ceiling)
    all_ = [(family, chip, ahead(value)) for (family, chip), value in rows]
    centre = fmean(x for *_, x in all_)
    total = _variance([x for *_, x in all_])
    found = {"default": _interval(len(all_), centre, total, len(all_), back)}
    groups = {f: [x for g, _, x in all_ if g == f] for f in sorted({f for f, *_ in all_ if f})}
    within = _within(groups.values())
    for family, mine in groups.items():
        at, spread = _pulled(mine, centre, within)
        found[family] = _interval(len(mine), at, spread, len(mine) + PULL, back)
        names = sorted({c for f, c, _ in all_ if f == family})
        if not chips_too or len(names) < 2:
            continue
        inner = {c: [x for f, d, x in all_ if (f, d) == (family, c)] for c in names}
        alike = _within(inner.values())
        for chip, own in inner.items():
            if len(own) >= 3:
                where, wide = _pulled(own, at, alike)
                found[chip] = _interval(len(own), where, wide, len(own) + PULL, back)
    return found


def _pulled(values: Sequence[float], centre: float, variance: float) -> tuple[float, float]:
    """Mean and variance of a group, pulled towards those of the larger group."""
    n = len(values)
    mean = (sum(values) + PULL * centre) / (n + PULL)
    own = sum((x - fmean(values)) ** 2 for x in values)
    return mean, (own + PULL * variance) / (n - 1 + PULL)


def _variance(values: Sequence[float]) -> float:
    mean = fmean(values)
    return sum((x - mean) ** 2 for x in values) / (len(values) - 1)


def _within(groups: Iterable[Sequence[float]]) -> float:
    """Variance around each group's own mean, pooled over groups."""
    lists = list(groups)
    squares = sum((x - fmean(g)) ** 2 for g in lists for x in g)
    return squares / max(1, sum(len(g) for g in lists) - len(lists))


def _interval(n: int, mean: float, variance: float, weight: float, back: Callable[[float], float]) -> Fit:
    """Predictive 5 % and 95 % points: Student's t by its expansion in 1/degrees (Abramowitz & Stegun 26.7.5)."""
    free = max(2.0, weight - 1)
    t = _Z95 + (_Z95**3 + _Z95) / (4 * free) + (5 * _Z95**5 + 16 * _Z95**3 + 3 * _Z95) / (96 * free**2)
    half = t * math.sqrt(variance * (1 + 1 / weight))
    return Fit(n, back(mean - half), back(mean + half))


def _scale(floor: float, ceiling: float | None) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """The scale on which the ratio is drawn from a normal, and the way back."""
    if ceiling is None:
        return (lambda x: math.log(x - floor)), (lambda t: floor + math.exp(t))
    top = ceiling
    return (
        lambda x: math.log((x - floor) / (top - x)),
        lambda t: floor + (top - floor) / (1 + math.exp(-t)),
    )
