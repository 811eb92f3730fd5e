"""Lots → counts: the one place where the cells of a scenario meet.

`stock` gives how many chips each cell has, in one view: as stated (every chip of a lot installed and running), as
promised for a date, or in service at it. In order: how many a source states (`stated`); what has come of that, is
installed and runs (`deployed`); what a site's power lets run of it (`limits`).
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

import numpy as np

from capacity.equations.compute import Array
from capacity.model.deployed import CHIPS, STAGES_THERE, as_it_comes, deployed, deployment_inputs, promised
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


AS_STATED = View()
_K = TypeVar("_K", bound=Hashable)
_Bound = tuple[int, Cell, Array, dict[str, Array]]  # row, cell, chips stated, counts without the limit


def stock(
    scenario: Scenario, block: Block, views: Sequence[View], row_of: Sequence[int], parts: Sequence[slice],
    watts: Mapping[str, Array] | None = None, per_chip: PerChip | None = None, names: Collection[str] = STAGES_THERE,
) -> Iterator[dict[View, dict[str, Array]]]:  # fmt: skip
    """How many chips each row of the page has, in each view, part by part; tables of shape (rows, worlds or 1).

    `row_of` says to which row a cell adds: its own, or one that it shares with cells that differ in nothing that is
    asked; `parts` are the rows, in order. `watts`: what a chip of each row takes by boundary, where a site's power
    limits what runs; `per_chip`: what one gives of the result that a lot is an amount of, where that is not chips;
    `names`: the counts that are asked for.
    Cells of a row that come alike, as lots due on one day do, are added up before it is asked what has come of them.
    `chips` are those that the page runs on; in service there are also `chips.delivered`, `chips.installed`, and
    `chips.waiting` for the power of their site. In every world stated ≥ delivered ≥ installed ≥ in service.
    """
    limited = limited_sites(scenario) if watts else {}
    at_dates = any(view.at for view in views)
    row = iter(row_of)
    alike: dict[Hashable, tuple[int, Cell, Array]] = {}  # the row, one of its cells and all chips that come together
    for name in scenario.file.counted:
        for cell, chips in zip(scenario.by_lot[name], as_stated(scenario, block, name, per_chip), strict=True):
            at = next(row)
            key: Hashable = cell if cell.site in limited else (at, as_it_comes(scenario, cell) if at_dates else None)
            alike[key] = (at, cell, alike[key][2] + chips if key in alike else chips)
    of_row: dict[int, list[tuple[Cell, Array]]] = {}
    for at, cell, chips in alike.values():
        of_row.setdefault(at, []).append((cell, chips))
    dated = [view for view in views if view.name == "in_service" and view.at]
    days = np.array([[view.at.toordinal()] for view in dated if view.at], dtype=float)
    names = STAGES_THERE if limited else [name for name in STAGES_THERE if name in names or name == CHIPS]
    bound = [(at, cell, chips, deployed(scenario, block, cell, chips, days))
             for at, cell, chips in alike.values() if dated and cell.site in limited]  # fmt: skip
    held = {view: _held(scenario, block, view, index, bound, watts or {}) for index, view in enumerate(dated)}

    for rows in parts:
        found: dict[View, dict[str, list[Array]]] = {view: {} for view in views}
        for at in range(rows.start, rows.stop):
            come: dict[str, Array] = {}
            for cell, chips in of_row[at]:
                if dated and cell.site not in limited:
                    for name, more in deployed(scenario, block, cell, chips, days, names).items():
                        _add(come, name, more)
            for view in views:
                table = found[view]
                if view.name != "in_service":
                    said = (
                        (promised(scenario.file.lots[c.lot], view.at) if view.at else 1.0, n) for c, n in of_row[at]
                    )
                    table.setdefault(CHIPS, []).append(_total(n if due == 1 else n * due for due, n in said))
            for index, view in enumerate(dated):
                here = {name: table[min(index, len(table) - 1)] for name, table in come.items()}
                for name, more in held[view].get(at, {}).items():
                    _add(here, name, more)
                for name, chips in here.items():
                    found[view].setdefault(name, []).append(chips)
        yield {view: {name: _joined(table) for name, table in of_view.items()} for view, of_view in found.items()}


def _total(parts: Iterable[Array]) -> Array:
    return functools.reduce(np.add, parts)


def _held(
    scenario: Scenario, block: Block, view: View, index: int, bound: Sequence[_Bound],
    watts: Mapping[str, Array],
) -> dict[int, dict[str, Array]]:  # fmt: skip
    """The counts of the cells at limited sites on one of the days, by row: what their sites' power lets run."""
    standing = [
        Standing(cell, at, chips, {name: come[min(index, len(come) - 1)] for name, come in counts.items()},
                 {boundary: table[at] for boundary, table in watts.items()})
        for at, cell, chips, counts in bound
    ]  # fmt: skip
    by_row: dict[int, dict[str, Array]] = {}
    for at, counts in hold_back(scenario, block, view.at, standing) if standing and view.at else ():
        for name, come in counts.items():
            _add(by_row.setdefault(at, {}), name, come)
    return by_row


def _add(sums: dict[_K, Array], key: _K, more: Array) -> None:
    sums[key] = sums[key] + more if key in sums else more


def _joined(rows: list[Array]) -> Array:
    return np.array(np.broadcast_arrays(*(np.atleast_1d(row) for row in rows)))


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
