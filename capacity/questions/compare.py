"""Two scenarios in the same worlds: which inputs differ, which results moved, and what each difference did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.model.estimate import Estimate, estimate
from capacity.model.page import SHOWN
from capacity.model.sampling import DRAWS
from capacity.model.summary import describe
from capacity.resolve import Input, Scenario

STRUCTURE = "lots and owners"
HEADLINE = ("chips", "peak_flops.bf16.dense", "power.facility.nameplate", "energy.facility")


@dataclass(frozen=True, slots=True)
class Difference:
    """One input that differs, before and after; None where a scenario has no such input.

    `place` is that of both, or what the input is to the page where another record states it in each: see `_role`.
    """

    place: str
    before: Input | None
    after: Input | None


@dataclass(frozen=True, slots=True)
class Change:
    """One result in both scenarios (5, 50, 95 %), and how far each part moved its median, in SI units.

    The parts come to `after[1] - before[1]`. `rises` is the share of worlds in which the result is higher.
    """

    address: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    difference: tuple[float, float, float]
    rises: float
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two scenarios, what differs between them, and what came of it."""

    before: Scenario
    after: Scenario
    draws: int
    seed: int
    inputs: tuple[Difference, ...]
    changes: tuple[Change, ...]
    missing: tuple[str, ...]


def compare(
    before: Scenario, after: Scenario, show: Sequence[str] = HEADLINE, draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """Both scenarios in common worlds, with the difference of each median split by its causes.

    Inputs are replaced one by one in the order of the page, and once more in reverse, and the two steps of
    each are averaged: so the parts add up without a rest (the mean of two of the orders that a Shapley value
    averages over). Lots, owners, sites and dates change together, as one part; what is assumed of an owner whom
    only one scenario has comes with that owner.

    >>> import capacity
    >>> scenario = capacity.load_scenario()
    >>> compare(scenario, scenario, draws=100).inputs
    ()
    """
    first, last = (estimate(s, draws, seed, show=show) for s in (before, after))
    ours, theirs = ({item.place: item for item in answer.plan.inputs()} for answer in (first, last))
    differing = tuple(d for d in _paired(ours, theirs) if _numbers(d.before) != _numbers(d.after))
    both, missing = _in_both(first, last)
    parts = _parts(before, after, differing, both, draws, seed)
    changes = tuple(_change(address, first, last, parts[address]) for address in both)
    return Comparison(before, after, draws, seed, differing, changes, missing)


def _paired(ours: Mapping[str, Input], theirs: Mapping[str, Input]) -> list[Difference]:
    """Each input of either scenario beside its like in the other: of the same place, else alone in its role."""
    found = [Difference(place, item, theirs.get(place)) for place, item in ours.items()]
    found += [Difference(place, None, item) for place, item in theirs.items() if place not in ours]
    lone: dict[str, list[Difference]] = {}
    for d in found:
        item = d.before or d.after
        if item and not (d.before and d.after):
            lone.setdefault(_role(item), []).append(d)
    pairs: dict[str, Difference | None] = {}
    for role, (one, *rest) in lone.items():
        if len(rest) == 1 and one.before and rest[0].after and one.before.unit == rest[0].after.unit:
            pairs[one.place] = Difference(role, one.before, rest[0].after)
            pairs[rest[0].place] = None
    return [d for d in (pairs.get(d.place, d) for d in found) if d]


def _role(item: Input) -> str:
    """What an input is to the page, whichever record states it.

    So that a price in another market, or a tariff of another grid, is a change of the price and not of the lots.

    >>> _role(Input("grids.cn.assumptions.mfu@x", None, "share", "assumptions.mfu", "default", (), owner="x"))
    'assumptions.mfu@x'
    >>> _role(Input("prices.h20.china", None, "USD", "prices.h20.china", "default", ()))
    'prices.h20'
    """
    if item.stream.startswith("assumptions."):
        return f"{item.stream}@{item.owner}" if item.owner else item.stream
    kind, _, name = item.place.partition(".")
    return {"prices": item.place.rpartition(".")[0], "grids": f"grids.{name.partition('.')[2]}"}.get(kind, item.place)


def _numbers(item: Input | None) -> object:
    """All of an input that changes its draws."""
    if item is None:
        return None
    q = item.quantity
    numbers = (q.value, q.low, q.median, q.high, q.floor, q.ceiling, q.anchor, q.chance)
    return numbers, item.unit, item.stream, item.owner, item.rho


def _in_both(first: Estimate, last: Estimate) -> tuple[list[str], tuple[str, ...]]:
    """The results that both scenarios have, and those that only one has."""
    have = [{step.address for step, group in a.results() if group.kind == "total"} for a in (first, last)]
    return (
        [a for a in SHOWN if a in have[0] & have[1]],
        tuple(a for a in SHOWN if a in have[0] ^ have[1]),
    )


def _part(place: str) -> str:
    """The part that a place belongs to: one for all owners, one for the split of a lot."""
    base = place.partition("@")[0]
    head, shares, _ = base.partition(".shares.")
    return f"{head}.shares" if shares else base


def _parts(
    before: Scenario, after: Scenario, differing: Iterable[Difference], addresses: Sequence[str], draws: int, seed: int
) -> dict[str, list[tuple[str, float]]]:
    """For each result what each part does to its median, the mean of both orders."""
    common = [d for d in differing if d.before and d.after]
    names = list(dict.fromkeys([STRUCTURE, *(_part(d.place) for d in common)]))
    known: dict[frozenset[str], dict[str, float]] = {}

    def medians(done: Iterable[str]) -> dict[str, float]:
        key = frozenset(done)
        if key not in known:
            base, other = (after, before) if STRUCTURE in key else (before, after)
            swapped = [d for d in common if (_part(d.place) in key) != (STRUCTURE in key)]
            sides = [(d.before, d.after) if other is after else (d.after, d.before) for d in swapped]
            mixed = base.having({own.place: item for own, item in sides if own and item})
            answer = estimate(mixed, draws, seed, by=(), show=addresses)
            known[key] = {a: float(np.median(answer.draws(a))) for a in addresses}
        return known[key]

    moved: dict[str, dict[str, float]] = {a: dict.fromkeys(names, 0.0) for a in addresses}
    for order in (names, names[::-1]):
        for index, name in enumerate(order):
            here, there = medians(order[:index]), medians(order[: index + 1])
            for address in addresses:
                moved[address][name] += (there[address] - here[address]) / 2
    return {a: [(n, x) for n, x in rows.items() if x != 0.0] for a, rows in moved.items()}


def _change(address: str, first: Estimate, last: Estimate, parts: Sequence[tuple[str, float]]) -> Change:
    a, b = first.draws(address), last.draws(address)
    before, after, between = (describe(values)[1:4] for values in (a, b, b - a))
    largest_first = sorted(parts, key=lambda part: -abs(part[1]))
    return Change(address, before, after, between, float((b > a).mean()), tuple(largest_first))
