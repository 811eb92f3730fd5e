"""How a result moves when one source is left out.

A number that cites the source among others stays. One that rests on it alone gives way to what stands behind it:
a figure by another source that disputes it, else the default that a scenario or profile replaced; where nothing
does, its interval is doubled about its middle (twice as far in the normal). An exact number with nothing behind
it stays, and is named: the result cannot do without that source.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from capacity.model.estimate import GROUPS, estimate
from capacity.model.sampling import DRAWS, transform
from capacity.model.summary import describe
from capacity.quantity import Quantity
from capacity.resolve import Input, Scenario
from capacity.source import Source

_TWICE = 2 * NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Without:
    """The result without one source: 5, 50, 95 % points in SI, and what became of the places that rest on it alone."""

    source: Source
    points: tuple[float, float, float]
    replaced: tuple[str, ...]
    widened: tuple[str, ...]
    kept: tuple[str, ...]


def without_each(scenario: Scenario, address: str, draws: int = DRAWS, seed: int = 0) -> tuple[Without, ...]:
    """The result as it is (titled "all sources"), then without each source that some number rests on alone."""
    kinds = GROUPS if "@" in address else ()
    name = address.partition("@")[0]
    answer = estimate(scenario, draws, seed, by=kinds, show=[name])
    first = describe(answer.draws(address))[1:4]
    whole = Without(Source(title="all sources", kind="derived"), first, (), (), ())
    alone: dict[str, list[Input]] = {}
    known: dict[str, Source] = {}
    for item in answer.plan.inputs():
        titles = {source.title for source in item.sources}
        if len(titles) == 1:
            only = item.sources[0]
            alone.setdefault(only.title, []).append(item)
            known.setdefault(only.title, only)
    rows = []
    for title, items in alone.items():
        fates = {item.place: _fate(scenario, item) for item in items}
        swapped = {place: other for place, (_, other) in fates.items() if other}
        mixed = scenario.having(swapped)
        values = estimate(mixed, draws, seed, by=kinds, show=[name]).draws(address) if swapped else None
        points = describe(values)[1:4] if values is not None else first
        named = {kind: tuple(p for p, (k, _) in fates.items() if k == kind) for kind in ("replaced", "widened", "kept")}
        rows.append(Without(known[title], points, named["replaced"], named["widened"], named["kept"]))
    return (whole, *sorted(rows, key=lambda row: -_moved(row.points, first)))


def _moved(points: tuple[float, float, float], first: tuple[float, float, float]) -> float:
    return max(abs(a - b) for a, b in zip(points, first, strict=True))


def _fate(scenario: Scenario, item: Input) -> tuple[str, Input | None]:
    """What becomes of an input that rests on one source alone, once that is gone."""
    quantity = item.quantity
    others = [d for d in quantity.disputed if not set(d.source) & set(quantity.source)]
    for other in others:
        if other.value is not None or (other.low is not None and other.high is not None):
            ends = {"value": other.value, "low": other.low, "high": other.high}
            told = {**ends, "median": None, "anchor": None, "says": None}
            return "replaced", replace(item, quantity=quantity.model_copy(update=told))
    name = item.place.partition("@")[0].rpartition(".")[2]
    default = scenario.defaults.assumptions.get(name)
    behind = (item.set_by != "default" or item.profile) and default is not None and item.unit != "split"
    if behind and default is not None:
        sources = tuple(scenario.defaults.sources[key] for key in default.default.source)
        if {s.title for s in sources} != {s.title for s in item.sources}:
            own = default.default.within(default.floor, default.ceiling)
            return "replaced", replace(item, quantity=own, sources=sources)
    if quantity.value is not None:
        return "kept", None
    return "widened", replace(item, quantity=_doubled(quantity))


def _doubled(quantity: Quantity) -> Quantity:
    """The same quantity with its 90 % interval twice as far from its middle, in the normal; bounds hold.

    >>> wide = _doubled(Quantity(low=2, high=8, source="x", grade="C"))
    >>> round(wide.low, 6), round(wide.high, 6)
    (1.0, 16.0)
    """
    plain = quantity.model_copy(update={"says": None, "anchor": None})
    low, high = (float(transform(plain, np.array(z))) for z in (-_TWICE, _TWICE))
    return plain.model_copy(update={"low": low, "high": high})
