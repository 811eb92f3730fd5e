"""Where a result's spread comes from: Shapley effects, swings, rank correlation, and what knowing would narrow.

A driver is a group of normals that belong to one place of the files (what all owners share and what is each
one's own together), so drivers are independent of each other however correlated the inputs are. They are
found by watching which streams the model asks for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np

from capacity.equations.compute import Array
from capacity.errors import did_you_mean, fail
from capacity.model.estimate import GROUPS, Estimate, estimate
from capacity.model.page import SHOWN, asked_results
from capacity.model.sampling import BLOCK, Draws, normals
from capacity.model.summary import describe
from capacity.resolve import Input, Scenario

WORLDS = 8192
MOST = 40  # drivers that are told apart; the rest, least correlated with the results, are one
OTHERS = "all other inputs"
LARGEST = 2_000_000  # cells × worlds that are held at once
SURE = 0.03  # the largest standard error of a share that is printed
MOST_WALKS = 16  # times the draws that are walked through to come to that
ROUNDING = 1e-12  # of a result: what an exact one moves by when its parts are added up
WEIGHT = {"A": 0.0, "B": 1.0, "C": 2.0, "D": 3.0}
SWITCH = ".occurs"  # ends the name of the normal that says whether a quantity with a chance is there at all
_Z95 = NormalDist().inv_cdf(0.95)
Normals = Callable[[int, str, int, int], Array]
At = date | str | None  # a day: what is in service then, else all as stated


@dataclass(frozen=True, slots=True)
class Driver:
    """The normals of one place (or of places that move together), and the inputs that they move."""

    name: str
    streams: tuple[str, ...]
    inputs: tuple[Input, ...]

    @property
    def grade(self) -> str | None:
        """The lowest grade among its inputs."""
        return max((item.quantity.grade for item in self.inputs), default=None)


@dataclass(frozen=True, slots=True)
class Influence:
    """What one driver does to one result, in SI units.

    `share` is its Shapley effect: its part of the variance, `error` the standard error of that; `rank` the
    rank correlation; `low`, `middle`, `high` the result with this driver at its 5, 50 and 95 % points and all
    else at the median; `narrows` the part of the 90 % interval that would go if it were known to be its median.
    """

    driver: Driver
    share: float
    error: float
    rank: float
    low: float
    middle: float
    high: float
    narrows: float

    @property
    def urgency(self) -> float:
        """Low grade times influence: what to look up next."""
        return max(self.share, 0.0) * WEIGHT.get(self.driver.grade or "D", 3.0)


def resolve(quantity: str) -> str:
    """The full address of a quantity as typed; the beginning of just one address will do.

    >>> resolve("power.facility.nameplate@tencent"), resolve("servers")
    ('power.facility.nameplate@tencent', 'servers')
    """
    name, at, group = quantity.partition("@")
    if name in SHOWN:
        return quantity
    if not any(address.startswith(name + ".") for address in SHOWN):
        raise fail("QUANTITY", f"unknown quantity {name!r}", did_you_mean(name, SHOWN))
    found = asked_results(name)
    if len(found) > 1:
        raise fail("QUANTITY", f"{name} is not one result", ", ".join(found))
    return found[0] + at + group


HEADLINE = ("chips", "peak_flops.bf16.dense", "power.facility.nameplate", "energy.facility")


def headline(scenario: Scenario, at: date | None = None) -> list[str]:
    """The results that one asks about first, as far as the scenario's chips give them."""
    answer = estimate(scenario, 2, 0, by=(), show=HEADLINE, at=at or ())
    return [step.address for step, _ in answer.results() if step.address in HEADLINE]


def run(
    scenario: Scenario, addresses: Sequence[str], draws: int, seed: int, source: Normals = normals, at: At = None
) -> Estimate:
    """The estimate of these addresses with all groups, on worlds whose normals `source` gives; with a date, at it."""
    kinds = GROUPS if any("@" in address for address in addresses) else ()
    dates = () if at is None else at
    return estimate(
        scenario, by=kinds, show=addresses, at=dates, worlds=Draws(scenario, draws, seed, source)
    ).seen_at(at)  # fmt: skip


def _values(answer: Estimate, addresses: Sequence[str]) -> dict[str, Array]:
    """The results asked about, in the view that the estimate is seen in."""
    return {address: answer.draws(address) for address in addresses}


def drivers(scenario: Scenario, addresses: Sequence[str], at: At = None) -> list[Driver]:
    """What moves these results, in the order in which the model asks for it."""
    asked: dict[str, None] = {}

    def watch(seed: int, stream: str, block: int, size: int) -> Array:
        asked.setdefault(stream)
        return normals(seed, stream, block, size)

    answer = run(scenario, addresses, 2, 0, watch, at)
    for address in addresses:
        answer.draws(address)  # refuses a result that cannot be given
    merged = {place: common for place, (common, _) in answer.worlds.groups.items()}
    streams: dict[str, list[str]] = {}
    for stream in asked:
        base = stream.partition("@")[0]
        streams.setdefault(merged.get(base, base), []).append(stream)
    return [_driver(name, found, answer.plan.inputs()) for name, found in streams.items()]


def _driver(name: str, streams: Sequence[str], inputs: Iterable[Input]) -> Driver:
    bases = {stream.partition("@")[0] for stream in streams}
    moved = tuple(i for i in inputs if i.stream in bases or f"{i.place}{SWITCH}" in bases)
    label = name.removeprefix("together:").replace("+", " + ")
    return Driver(label, tuple(streams), moved)


def leading(scenario: Scenario, addresses: Sequence[str], seed: int = 0, at: At = None) -> list[Driver]:
    """The drivers of these results; of more than forty the weightiest by rank correlation, and the rest as one."""
    found = drivers(scenario, addresses, at)
    if len(found) <= MOST:
        return found
    answer = run(scenario, addresses, 1024, seed, at=at)
    values = _values(answer, addresses)
    weights = []
    for driver in found:
        block = answer.worlds.blocks()[0]
        ranks = [_spearman(_latent(driver, block.z, block.normal, a), values[a]) for a in addresses]
        weights.append(max(abs(rank) for rank in ranks))
    order = sorted(range(len(found)), key=lambda i: -weights[i])
    kept = sorted(order[: MOST - 1])
    rest = [found[i] for i in sorted(order[MOST - 1 :])]
    streams = tuple(stream for driver in rest for stream in driver.streams)
    inputs = tuple(item for driver in rest for item in driver.inputs)
    return [*(found[i] for i in kept), Driver(OTHERS, streams, inputs)]


def worlds(scenario: Scenario, draws: int) -> int:
    """How many worlds the drivers are worked out in: at most one block, and fewer where there are many cells."""
    return min(draws, BLOCK, max(512, LARGEST // len(scenario.cells)))


def influences(
    scenario: Scenario, addresses: Sequence[str], draws: int = WORLDS, seed: int = 0, at: At = None
) -> dict[str, list[Influence]]:
    """For each result its drivers, the largest share first, all results at once; see `worlds` for how many worlds.

    With a date `at`: of what is in service then.
    """
    draws = worlds(scenario, draws)
    found = leading(scenario, addresses, seed, at)
    base = run(scenario, addresses, draws, seed, at=at)
    middle = _values(base, addresses)
    shares = shapley(scenario, addresses, found, draws, seed, at)
    swings = _swings(scenario, addresses, found, at)
    known = _remembered()
    narrowed = [_held(scenario, addresses, driver, draws, seed, known, at) for driver in found]
    block = base.worlds.blocks()[0]
    result: dict[str, list[Influence]] = {}
    for address in addresses:
        values = middle[address]
        width = _width(values)
        rows = []
        for number, driver in enumerate(found):
            share, error = shares[address][number]
            swing = swings[address]
            rank = _spearman(_latent(driver, block.z, block.normal, address), values)
            narrows = 1 - narrowed[number][address] / width if width else 0.0
            ends = (float(swing[2 * number + 1]), float(swing[0]), float(swing[2 * number + 2]))
            rows.append(Influence(driver, share, error, rank, *ends, narrows))
        result[address] = sorted(rows, key=lambda row: -row.share)
    return result


def shapley(
    scenario: Scenario,
    addresses: Sequence[str],
    found: Sequence[Driver],
    draws: int = WORLDS,
    seed: int = 0,
    at: At = None,
) -> dict[str, list[tuple[float, float]]]:
    """Each driver's part of the variance of each result and its standard error; the parts come to 1.

    `E[(f0 - (f_before + f_after) / 2) * (f_before - f_after)] / variance`, where a world walks to another
    world by replacing its drivers one by one in an order drawn for that world.
    Normals: Goda 2021, A simple algorithm for global sensitivity analysis with Shapley effects, Reliability
    Engineering & System Safety 213, https://doi.org/10.1016/j.ress.2021.107702
    """
    if not found:
        return {address: [] for address in addresses}
    terms = {address: np.zeros((len(found), 0)) for address in addresses}
    for part in range(MOST_WALKS):
        more = _walked(scenario, addresses, found, draws, seed, part, at)
        terms = {address: np.concatenate([terms[address], more[address]], axis=1) for address in addresses}
        parts = {address: _parts(terms[address]) for address in addresses}
        if max(error for rows in parts.values() for _, error in rows) <= SURE:
            break
    return parts


def _walked(
    scenario: Scenario, addresses: Sequence[str], found: Sequence[Driver], draws: int, seed: int, part: int, at: At
) -> dict[str, Array]:
    """What each driver adds in each world's walk, for each result: shape (drivers, worlds); `part` picks the worlds."""
    keys = np.array([normals(seed, f"order of {driver.name}", part, draws) for driver in found])
    rank = keys.argsort(axis=0).argsort(axis=0)
    of = {stream: rank[i] for i, driver in enumerate(found) for stream in driver.streams}
    known: dict[str, Array] = {}
    first = before = _values(run(scenario, addresses, draws, seed, _walk(of, 0, known, part), at), addresses)
    terms = {address: np.zeros((len(found), draws)) for address in addresses}
    for step in range(1, len(found) + 1):
        after = _values(run(scenario, addresses, draws, seed, _walk(of, step, known, part), at), addresses)
        for address in addresses:
            moved = before[address] - after[address]
            moved[np.abs(moved) <= ROUNDING * np.abs(before[address])] = 0.0
            gain = (first[address] - (before[address] + after[address]) / 2) * moved
            terms[address] += np.where(rank == step - 1, gain, 0.0)
        before = after
    return terms


def _walk(rank: Mapping[str, Array], step: int, known: dict[str, Array], part: int) -> Normals:
    """Normals of one part's worlds whose first `step` drivers, in each world's own order, are another world's."""

    def source(seed: int, stream: str, block: int, size: int) -> Array:
        if stream not in known:
            known[stream] = normals(seed, stream, block + part, size)
            known[stream + " elsewhere"] = normals(seed, stream + " elsewhere", block + part, size)
        here, elsewhere = known[stream], known[stream + " elsewhere"]
        return np.where(rank[stream] < step, elsewhere, here) if stream in rank else here

    return source


def _parts(terms: Array) -> list[tuple[float, float]]:
    """Each row's part of the whole and the standard error of that ratio of means."""
    means = terms.mean(axis=1)
    whole = float(means.sum())
    if whole <= 0:
        return [(0.0, 0.0)] * len(means)
    shares = means / whole
    errors = (terms - shares[:, None] * terms.sum(axis=0)).std(axis=1) / math.sqrt(terms.shape[1]) / whole
    return [(float(s), float(e)) for s, e in zip(shares, errors, strict=True)]


def _remembered() -> Normals:
    """Normals that are made once and then kept."""
    known: dict[tuple[int, str, int, int], Array] = {}

    def source(seed: int, stream: str, block: int, size: int) -> Array:
        key = (seed, stream, block, size)
        if key not in known:
            known[key] = normals(*key)
        return known[key]

    return source


def _held(
    scenario: Scenario, addresses: Sequence[str], driver: Driver, draws: int, seed: int, other: Normals, at: At
) -> dict[str, float]:
    """The width of each result's 90 % interval with one driver at its median in all worlds."""
    held = frozenset(driver.streams)

    def source(seed: int, stream: str, block: int, size: int) -> Array:
        return np.zeros(size) if stream in held else other(seed, stream, block, size)

    return {a: _width(v) for a, v in _values(run(scenario, addresses, draws, seed, source, at), addresses).items()}


def _width(values: Array) -> float:
    _, low, _, high, _ = describe(values)
    return high - low


def _swings(scenario: Scenario, addresses: Sequence[str], found: Sequence[Driver], at: At) -> dict[str, Array]:
    """Results with all at the median (entry 0), then with driver k at its 5 % (1 + 2k) and 95 % point (2 + 2k)."""
    size = 1 + 2 * len(found)
    groups = Draws(scenario).groups
    given: dict[str, Array] = {}
    for number, driver in enumerate(found):
        way = -1 if driver.name.endswith(SWITCH) else 1  # a switch is on at the low end of its normal
        for stream in driver.streams:
            given[stream] = np.zeros(size)
            ends = np.array([-_Z95, _Z95]) * way
            given[stream][2 * number + 1 : 2 * number + 3] = ends * _step(driver, stream, groups)

    def source(seed: int, stream: str, block: int, count: int) -> Array:
        return given.get(stream, np.zeros(size))[block * BLOCK : block * BLOCK + count]

    return _values(run(scenario, addresses, size, 0, source, at), addresses)


def _step(driver: Driver, stream: str, groups: Mapping[str, tuple[str, float]]) -> float:
    """How far a stream goes so that the inputs it moves reach their own 5 % or 95 % point.

    With shared and own parts `sqrt(rho)` and `sqrt(1 - rho)` these weights squared come to 1.
    """
    base, _, owner = stream.partition("@")
    rho = next((i.rho for i in driver.inputs if i.stream == base and i.owner is not None), 1.0)
    if owner:
        return math.sqrt(1 - rho)
    target = math.sqrt(rho)
    if base not in groups:
        return math.sqrt(next(r for _, r in groups.values())) if base.startswith("together:") else target
    together = groups[base][1]
    return (target - together) / math.sqrt(1 - together) if together < 1 else target


def _latent(driver: Driver, z: Callable[[Input], Array], normal: Callable[[str], Array], address: str) -> Array:
    """One normal per world that stands for the driver: the mean of those of the inputs that concern the address."""
    owner = address.partition("@")[2].removeprefix("owner:")
    if driver.name.endswith(SWITCH):
        return -normal(driver.name)
    items = [i for i in driver.inputs if not i.quantity.value or i.unit == "split"]
    own = [i for i in items if i.owner == owner] or items
    rows = [normal(i.stream) if i.unit == "split" else z(i) for i in own] or [normal(driver.streams[0])]
    return np.asarray(np.mean(rows, axis=0))


def _spearman(a: Array, b: Array) -> float:
    """The rank correlation of two arrays; 0 where one does not vary."""
    if a.size < 2 or (a == a[0]).all() or (b == b[0]).all():
        return 0.0
    return float(np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1])
