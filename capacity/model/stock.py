"""Lots → counts: the one place where the cells of a scenario meet.

`stock` gives how many chips each cell has, in one view: as stated (every chip of a lot installed and running), as
promised for a date, or in service at it. In order: how many a source states (`stated`); what has come of that, is
installed and runs (`deployed`); what a site's power lets run of it (`limits`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from capacity.equations.compute import Array
from capacity.model.deployed import (
    CHIPS,
    DELIVERED,
    INSTALLED,
    WAITING,
    as_it_comes,
    deployed,
    deployment_inputs,
    promised,
)
from capacity.model.limits import Standing, hold_back, limit_inputs, limited_sites
from capacity.model.sampling import Block
from capacity.model.stated import PerChip, as_stated
from capacity.records.joined import Cell
from capacity.resolve import Input, Scenario

ViewName = Literal["as_stated", "promised", "in_service"]


@dataclass(frozen=True, slots=True)
class View:
    """What has to be true for a number to hold: all as stated, or as promised for a date, or in service `at` it."""

    name: ViewName = "as_stated"
    at: date | None = None

    @property
    def counts(self) -> tuple[str, ...]:
        """The counts that there are in this view."""
        return (CHIPS, DELIVERED, INSTALLED, WAITING) if self.name == "in_service" else (CHIPS,)


AS_STATED = View()
_Table = list[Array | None]


def stock(
    scenario: Scenario, block: Block, views: Sequence[View], row_of: Sequence[int], rows: int,
    watts: Mapping[str, Array] | None = None, per_chip: PerChip | None = None,
) -> dict[View, dict[str, Array]]:  # fmt: skip
    """How many chips each row of the page has, in each view; each table of shape (rows, worlds or 1).

    `row_of` says to which row a cell adds: its own, or one that it shares with cells that differ in their lot alone.
    `watts`: what a chip of each row takes by boundary, where a site's power limits what runs; `per_chip`: what one
    gives of the result that a lot is an amount of, where that is not chips.
    Cells of a row that come alike, as lots due on one day do, are added up before it is asked what has come of them.
    `chips` are those that the page runs on; in service there are also `chips.delivered`, `chips.installed`, and
    `chips.waiting` for the power of their site. In every world stated ≥ delivered ≥ installed ≥ in service.
    """
    limited = limited_sites(scenario) if watts else {}
    dated = {name: [view for view in views if view.name == name] for name in ("promised", "in_service")}
    days = np.array([[view.at.toordinal()] for view in dated["in_service"] if view.at], dtype=float)
    row = iter(row_of)
    alike: dict[Hashable, tuple[int, Cell, Array]] = {}  # the row, one of its cells and all chips that come together
    for name in scenario.file.counted:
        for cell, chips in zip(scenario.by_lot[name], as_stated(scenario, block, name, per_chip), strict=True):
            at = next(row)
            key: Hashable = cell if watts and cell.site in limited else (at, as_it_comes(scenario, cell))
            alike[key] = (at, cell, alike[key][2] + chips if key in alike else chips)
    stated: _Table = [None] * rows
    due: _Table = [None] * rows
    come: dict[str, _Table] = {name: [None] * rows for name in (CHIPS, DELIVERED, INSTALLED, WAITING)}
    bound: list[tuple[int, Cell, Array, dict[str, Array]]] = []
    for at, cell, chips in alike.values():
        _add(stated, at, chips)
        if dated["promised"]:
            lot = scenario.file.lots[cell.lot]
            _add(due, at, chips * np.array([[promised(lot, view.at)] for view in dated["promised"] if view.at]))
        if dated["in_service"]:
            counts = deployed(scenario, block, cell, chips, days)
            if watts and cell.site in limited:
                bound.append((at, cell, chips, counts))
            else:
                for name, table in come.items():
                    _add(table, at, counts[name])
    found: dict[View, dict[str, _Table]] = {view: {CHIPS: stated} for view in views if not view.at}
    found |= {view: {CHIPS: _on(index, due)} for index, view in enumerate(dated["promised"])}
    for index, view in enumerate(dated["in_service"]):
        found[view] = {name: _on(index, table) for name, table in come.items()}
        standing = [
            Standing(cell, at, chips, {n: c[min(index, len(c) - 1)] for n, c in counts.items()},
                     {b: w[at] for b, w in (watts or {}).items()})
            for at, cell, chips, counts in bound
        ]  # fmt: skip
        for at, held in hold_back(scenario, block, view.at, standing) if standing and view.at else ():
            for name, table in found[view].items():
                _add(table, at, held[name])
    return {view: {key: _joined(table) for key, table in found[view].items()} for view in views}


def _add(table: _Table, row: int, more: Array) -> None:
    before = table[row]
    table[row] = more if before is None else before + more


def _on(day: int, table: _Table) -> _Table:
    """The rows of a table of many days on one of them."""
    return [None if row is None else row[min(day, len(row) - 1)] for row in table]


def _joined(rows: _Table) -> Array:
    return np.array(np.broadcast_arrays(*(np.atleast_1d(row) for row in rows if row is not None)))


def stock_inputs(scenario: Scenario, views: Iterable[View]) -> list[Input]:
    """Every input that the counts rest on in these views, lots first; each place once."""
    found: list[Input | None] = []
    for cell in scenario.cells:
        lot = scenario.file.lots[cell.lot]
        for name in (*lot.told_by(cell.lot),) if lot.reports else (cell.lot, lot.per_chip_of):
            if name:
                found += [scenario.count(name), scenario.buyers(name)]
                bounds = ("cap_per_owner", "supply", "volume_cap.share", "volume_cap.of")
                found += [scenario.bound(name, bound) for bound in bounds]
        if cell.owner and not lot.count.each and len(scenario.by_lot[cell.lot]) > len(lot.members):
            found.append(scenario.share(cell.lot, cell.owner))
        if lot.chips:
            found.append(scenario.part(cell.lot, cell.chip))
    if any(view.name == "in_service" for view in views):
        for cell in scenario.cells:
            found += deployment_inputs(scenario, cell)
        found += limit_inputs(scenario)
    return list({item.place: item for item in found if item}.values())
