"""How a result moves when one source is left out.

A number that cites the source among others stays. One that rests on it alone gives way to what stands behind it:
a figure by another source that disputes it, else the default that a scenario or profile replaced; where nothing
does, its interval is doubled about its middle (twice as far in the normal). An exact number with nothing behind
it stays, and is named: the result cannot do without that source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np

from capacity.document.answer import Answer
from capacity.document.blocks import Column, Document, Item, Items, Number, Row, Table, Text, left
from capacity.document.citations import cited, describe_source, head, source_dict
from capacity.document.words import label, scale_of
from capacity.model.estimate import GROUPS, estimate
from capacity.model.page import STEPS
from capacity.model.sampling import DRAWS, transform
from capacity.model.summary import describe
from capacity.quantity import Quantity
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.questions.compare import change_text
from capacity.questions.sensitivity import resolve
from capacity.resolve import Input, Scenario
from capacity.source import Source

READING = (
    "A number that rests on the source alone gives way to a figure by another source or to the default; where there "
    "is neither, its interval is doubled. Exact numbers with nothing behind them stay and are listed as such."
)
_TWICE = 2 * NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Without:
    """The result without one source: 5, 50, 95 % points in SI, and what became of the places that rest on it alone."""

    source: Source
    points: tuple[float, float, float]
    replaced: tuple[str, ...]
    widened: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def fates(self) -> str:
        """What became of its places, in words."""
        fates = {"gives way": self.replaced, "widened": self.widened, "nothing behind it": self.kept}
        return "; ".join(f"{fate}: {_some(places)}" for fate, places in fates.items() if places)


def _some(places: Sequence[str]) -> str:
    return ", ".join(places[:4]) + (f" and {len(places) - 4} more" if len(places) > 4 else "")


@dataclass(frozen=True, slots=True, repr=False)
class WithoutEach(Answer):
    """One result with all sources, and without each source that some number rests on alone, the weightiest first."""

    scenario: Scenario
    quantity: str
    draws: int
    seed: int
    points: tuple[float, float, float]
    rows: tuple[Without, ...]
    name: ClassVar[str] = "without"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.without/1`."""
        named = head("without", self.scenario, self.draws, self.seed)
        return {**named, "quantity": self.quantity, "unit": self._unit}

    @property
    def _unit(self) -> str:
        return STEPS[self.quantity.partition("@")[0]].unit

    def body(self) -> dict[str, Any]:
        """The result with all sources, and without each."""
        return {"all_sources": _points(self.points), "without": [_row(row) for row in self.rows]}

    def records(self) -> list[dict[str, Any]]:
        """A row for the result with all sources, which names none, and one for each source left out, in SI."""
        named = {"quantity": self.quantity, "unit": self._unit}
        return [{**named, **row} for row in (_points(self.points), *map(_row, self.rows))]

    def document(self) -> Document:
        """A row per source, and what became of the numbers that rest on it alone."""
        low, middle, high = self.points
        how = scale_of(low, middle, high, 0.0, self._unit)
        columns = (left("without", least=20), Column("median", how.unit), Column("5 %", how.unit),
                   Column("95 %", how.unit), Column("median moves", rank=1), Column("width moves", rank=1))  # fmt: skip
        rows: list[Row] = [("– (all sources)", *(Number(x, how) for x in (middle, low, high)), None, None)]
        for number, row in enumerate(self.rows, 1):
            cells = [Number(row.points[i], how) for i in (1, 0, 2)]
            wider = change_text((row.points[2] - row.points[0]) - (high - low), high - low)
            moves = change_text(row.points[1] - middle, middle)
            rows.append((f"{row.source.author or row.source.title} [{number}]", *cells, moves, wider))
        step = STEPS[self.quantity.partition("@")[0]]
        table = Table(columns, tuple(rows), f"{self.quantity}: {label(step.quantity, step.basis)}")
        sources = Items(tuple(Item((describe_source(row.source), row.fates)) for row in self.rows), "numbered")
        reading = (sources, Text(READING)) if self.rows else (Text("No number rests on one source alone."),)
        return Document((table, *reading, Text(cited(self.scenario, self.draws, self.seed))))


def _points(points: tuple[float, float, float]) -> dict[str, Any]:
    return dict(zip(("p5", "p50", "p95"), points, strict=True))


def _row(row: Without) -> dict[str, Any]:
    """The result without one source as JSON has it."""
    fates = {"replaced": list(row.replaced), "widened": list(row.widened), "kept": list(row.kept)}
    return {"source": source_dict(row.source), **_points(row.points), **fates}


def without_each(
    scenario: Asked,
    quantity: str = "power.facility.nameplate",
    draws: int = DRAWS,
    seed: int = 0,
    *,
    specs: Library = None,
) -> WithoutEach:
    """How one result moves when one source at a time is left out: what each source carries.

    Parameters: `scenario` an id, a path, a mapping or a `Scenario`; `quantity` the address of a result. Points are
    in SI. Raises `InputError` where the scenario is wrong or the result unknown.

    >>> answer = without_each("h200-china-2026-01", "power.it.nameplate", draws=200)
    >>> answer.rows[0].widened
    ('lots.approved.count',)
    """
    loaded, address = scenario_of(scenario, specs), resolve(quantity)
    kinds = GROUPS if "@" in address else ()
    name = address.partition("@")[0]
    answer = estimate(loaded, draws, seed, by=kinds, show=[name])
    first = describe(answer.draws(address))[1:4]
    alone: dict[str, list[Input]] = {}
    for item in answer.plan.inputs():
        if len({source.title for source in item.sources}) == 1:
            alone.setdefault(item.sources[0].title, []).append(item)
    rows = []
    for inputs in alone.values():
        fates = {item.place: _fate(loaded, item) for item in inputs}
        swapped = {place: other for place, (_, other) in fates.items() if other}
        values = (
            estimate(loaded.having(swapped), draws, seed, by=kinds, show=[name]).draws(address) if swapped else None
        )
        points = describe(values)[1:4] if values is not None else first
        named = [tuple(p for p, (k, _) in fates.items() if k == kind) for kind in ("replaced", "widened", "kept")]
        rows.append(Without(inputs[0].sources[0], points, *named))
    rows.sort(key=lambda row: -_moved(row.points, first))
    return WithoutEach(loaded, address, draws, seed, first, tuple(rows))


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
