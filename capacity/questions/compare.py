"""Two scenarios in the same worlds: which inputs differ, which results moved, and what each difference did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, ClassVar

import numpy as np

from capacity._version import __version__
from capacity.document.answer import Answer
from capacity.document.blocks import Block, Column, Document, Interval, Row, Table, Text, items, left
from capacity.document.citations import quantity_dict
from capacity.document.words import input_text, interval_text, label, scale_of, share_text, whole_parts
from capacity.model.dates import as_date
from capacity.model.estimate import Estimate, estimate
from capacity.model.page import STAGED, STEPS, Step
from capacity.model.sampling import DRAWS
from capacity.model.summary import describe
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.resolve import Input, Scenario
from capacity.units import shared

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


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Answer):
    """Two scenarios, what differs between them, and what came of it; with `at`, of what is in service then."""

    before: Scenario
    after: Scenario
    draws: int
    seed: int
    inputs: tuple[Difference, ...]
    changes: tuple[Change, ...]
    missing: tuple[str, ...]
    at: date | None = None
    name: ClassVar[str] = "changes"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.compare/1`."""
        sides = [
            {"id": s.id, "name": s.file.name, "as_of": s.file.as_of.isoformat(), "sha256": s.sha256}
            for s in (self.before, self.after)
        ]
        at = {"at": self.at.isoformat()} if self.at else {}
        return {"schema": "capacity.compare/1", "version": __version__, "scenarios": sides, "draws": self.draws,
                "seed": self.seed, **at}  # fmt: skip

    def body(self) -> dict[str, Any]:
        """The inputs that differ, the results that moved with the parts of each change, what only one has."""
        changes = [
            {**_points(c), "parts": [{"part": part, "median_moved": moved} for part, moved in c.parts]}
            for c in self.changes
        ]
        return {"inputs": [_sides(d) for d in self.inputs], "changes": changes, "only_in_one": list(self.missing)}

    def records(self) -> list[dict[str, Any]]:
        """A row per result and part of its change, in SI; one without a part where nothing moved it."""
        return [
            {**_points(c), "part": part, "median_moved": moved}
            for c in self.changes
            for part, moved in c.parts or [(None, None)]
        ]

    def document(self) -> Document:
        """Which scenarios, the results in both, why they moved, the inputs that differ."""
        when = f"\nIn service on {self.at}." if self.at else ""
        blocks: list[Block] = [Text(f"A: {_named(self.before)}\nB: {_named(self.after)}{when}")]
        if self.changes:
            why = (
                f"{_label(c.address)}: {because(c)}; higher in {share_text(c.rises)} of worlds" for c in self.changes
            )
            blocks += [_results(self.changes),
                       items(list(why), "Why (parts of the change of the median, in % of A; they add up)")]  # fmt: skip
        if self.missing:
            blocks.append(Text(f"Only one of the two has: {', '.join(self.missing)}"))
        differing = [f"{place}: {before} → {after}" for place, before, after in _listed(self.inputs)]
        blocks.append(items(differing or ["none"], "Inputs that differ"))
        return Document((*blocks, Text(self._cited())))

    def sentence(self) -> str:
        """What moved from the one to the other, and why."""
        moved = []
        for change in self.changes:
            before, after = _cells(change)
            ends = f"from {interval_text(before, False)} to {interval_text(after)}"
            moved.append(f"{_label(change.address)} {ends}, {because(change)}")
        sides = [f"{s.id} (as of {s.file.as_of}, sha256 {s.sha256[:12]})" for s in (self.before, self.after)]
        when = f", in service on {self.at}" if self.at else ""
        told = f"medians with 90 % intervals{when}: {'; '.join(moved)}" if moved else "no result is in both"
        return f"From {sides[0]} to {sides[1]}, {told} ({self._cited()})."

    def _cited(self) -> str:
        return f"capacity {__version__}, {self.draws:,} common worlds, seed {self.seed}"


def compare(
    scenario: Asked,
    other: Asked,
    show: str | Sequence[str] = HEADLINE,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    at: date | str | None = None,
    specs: Library = None,
) -> Comparison:
    """Two scenarios in common worlds, with the difference of each median split by its causes.

    Inputs are replaced one by one in the order of the page, and once more in reverse, and the two steps of
    each are averaged: so the parts add up without a rest (the mean of two of the orders that a Shapley value
    averages over). Lots, owners, sites and dates change together, as one part; what is assumed of an owner whom
    only one scenario has comes with that owner.

    Parameters: `scenario` and `other`, each an id, a path, a mapping or a `Scenario`; `show` the results wanted, by
    address; `at` a date: then of what is in service on it, not of all that is stated. Numbers are in SI.
    Raises `InputError` where a scenario is wrong or a result unknown.

    >>> import capacity
    >>> scenario = capacity.load_scenario()
    >>> cooler = scenario.having({"assumptions.pue_peak": "1.1..1.2"})
    >>> answer = compare(scenario, cooler, "power.facility.nameplate", draws=100)
    >>> [(row["part"], row["median_moved"] < 0) for row in answer.records()]
    [('assumptions.pue_peak', True)]
    """
    before, after = (scenario_of(one, specs) for one in (scenario, other))
    day = None if at is None else as_date(at)
    first, last = (estimate(one, draws, seed, show=show, at=day or ()) for one in (before, after))
    ours, theirs = ({item.place: item for item in answer.plan.inputs()} for answer in (first, last))
    differing = tuple(d for d in _paired(ours, theirs) if _numbers(d.before) != _numbers(d.after))
    both, missing = _in_both(first, last, day)
    parts = _parts(before, after, differing, both, draws, seed, day)
    changes = tuple(_change(address, first, last, parts[address], day) for address in both)
    return Comparison(before, after, draws, seed, differing, changes, missing, day)


# --- how it is told --------------------------------------------------------------------------


def _points(change: Change) -> dict[str, Any]:
    """A result in both scenarios as JSON has it, without the parts of its change."""
    points = ("p5", "p50", "p95")
    whole = asdict(change)
    sides = {key: dict(zip(points, whole[key], strict=True)) for key in ("before", "after", "difference")}
    return {"quantity": change.address, "unit": _step(change.address).unit, **sides, "rises": change.rises}


def _sides(difference: Difference) -> dict[str, Any]:
    """An input that differs as JSON has it."""
    sides = {"before": difference.before, "after": difference.after}
    told = {
        side: {**quantity_dict(item.quantity), "unit": item.unit, "set_by": item.set_by} if item else None
        for side, item in sides.items()
    }
    return {"place": difference.place, **told}


def _named(scenario: Scenario) -> str:
    return f"{scenario.file.name} ({scenario.id}, as of {scenario.file.as_of}, sha256 {scenario.sha256[:12]})"


def _step(address: str) -> Step:
    return STAGED.get(address) or STEPS[address]


def _label(address: str) -> str:
    step = _step(address)
    return label(step.quantity, step.basis)


def _cells(change: Change) -> tuple[Interval, Interval]:
    """Both medians with their intervals, in one unit."""
    unit = _step(change.address).unit
    size = shared((change.before[1], change.after[1]), unit)
    before, after = (
        Interval(low, middle, high, scale_of(low, middle, high, 0.0, unit, size))
        for low, middle, high in (change.before, change.after)
    )
    return before, after


def _results(changes: Sequence[Change]) -> Table:
    """A row per result: both medians with their intervals."""
    rows: tuple[Row, ...] = tuple((_label(change.address), *_cells(change)) for change in changes)
    return Table((left("result", least=14), Column("A", None), Column("B", None)), rows)


def change_text(part: float, whole: float, decimals: int = 0) -> str:
    """A change as a share of what it started from, with its sign.

    >>> change_text(9, 100), change_text(-0.004, 1, 1), change_text(1, 0), change_text(0, 0)
    ('+9%', '-0.4%', 'from nought', '+0%')
    """
    if whole == 0 and part:
        return "from nought"
    text = share_text(part / whole if whole else 0.0, decimals=decimals)
    return text if text.startswith("-") else f"+{text}"


def because(change: Change) -> str:
    """The change of a median and its parts, which add up as printed: `median +12%: +9% order size, +3% B200 spec`."""
    start, total = change.before[1], change.after[1] - change.before[1]
    if not change.parts:
        return "median unchanged"
    if start == 0:
        return f"median {change_text(total, start)}: {', '.join(_short(name) for name, _ in change.parts)}"
    decimals = 0 if round(abs(total / start), 3) >= 0.1 else 1
    shares = whole_parts([moved / start for _, moved in change.parts], decimals)
    parts = [
        f"{change_text(share, 1.0, decimals)} {_short(name)}"
        for (name, _), share in zip(change.parts, shares, strict=True)
    ]
    return f"median {change_text(total, start, decimals)}: {', '.join(parts)}"


def _short(part: str) -> str:
    return part.removeprefix("assumptions.")


def _listed(inputs: Sequence[Difference]) -> list[tuple[str, str, str]]:
    """The inputs that differ, one row for owners of whom the same is stated; an arrival is a lot's matter."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for d in inputs:
        base, at, owner = d.place.partition("@")
        if not (at and (d.before is None or d.after is None)):
            rows.setdefault((base, input_text(d.before), input_text(d.after)), []).extend([owner] * bool(at))
    return [(f"{base} ({', '.join(who)})" if who else base, a, b) for (base, a, b), who in rows.items()]


# --- what moved what -------------------------------------------------------------------------


def _paired(ours: Mapping[str, Input], theirs: Mapping[str, Input]) -> list[Difference]:
    """Each input of either scenario beside its like in the other: of the same place, else alone in its role."""
    every = [Difference(place, item, theirs.get(place)) for place, item in ours.items()]
    every += [Difference(place, None, item) for place, item in theirs.items() if place not in ours]
    lone: dict[str, list[Difference]] = {}
    for d in every:
        item = d.before or d.after
        if item and not (d.before and d.after):
            lone.setdefault(_role(item), []).append(d)
    pairs: dict[str, Difference | None] = {}
    for role, (one, *rest) in lone.items():
        if len(rest) == 1 and one.before and rest[0].after and one.before.unit == rest[0].after.unit:
            pairs[one.place] = Difference(role, one.before, rest[0].after)
            pairs[rest[0].place] = None
    return [d for d in (pairs.get(d.place, d) for d in every) if d]


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


def _in_both(first: Estimate, last: Estimate, at: date | None) -> tuple[list[str], tuple[str, ...]]:
    """The results that both scenarios have, and those that only one has."""
    have = [
        {step.address for step, group in answer.results(answer.view(at=at)) if group.kind == "total"}
        for answer in (first, last)
    ]
    return [a for a in first.asked if a in have[0] & have[1]], tuple(a for a in first.asked if a in have[0] ^ have[1])


def _part(place: str) -> str:
    """The part that a place belongs to: one for all owners, one for the split of a lot."""
    base = place.partition("@")[0]
    head, shares, _ = base.partition(".shares.")
    return f"{head}.shares" if shares else base


def _parts(
    before: Scenario, after: Scenario, differing: Iterable[Difference], addresses: Sequence[str], draws: int, seed: int,
    at: date | None,
) -> dict[str, list[tuple[str, float]]]:  # fmt: skip
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
            answer = estimate(mixed, draws, seed, by=(), show=addresses, at=at or ())
            known[key] = {a: float(np.median(answer.draws(a, at=at))) for a in addresses}
        return known[key]

    moved: dict[str, dict[str, float]] = {a: dict.fromkeys(names, 0.0) for a in addresses}
    for order in (names, names[::-1]):
        for index, name in enumerate(order):
            here, there = medians(order[:index]), medians(order[: index + 1])
            for address in addresses:
                moved[address][name] += (there[address] - here[address]) / 2
    return {a: [(n, x) for n, x in rows.items() if x != 0.0] for a, rows in moved.items()}


def _change(
    address: str, first: Estimate, last: Estimate, parts: Sequence[tuple[str, float]], at: date | None
) -> Change:
    a, b = first.draws(address, at=at), last.draws(address, at=at)
    before, after, between = (describe(values)[1:4] for values in (a, b, b - a))
    largest_first = sorted(parts, key=lambda part: -abs(part[1]))
    return Change(address, before, after, between, float((b > a).mean()), tuple(largest_first))
