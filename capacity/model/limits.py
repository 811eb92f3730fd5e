"""Sites bind: what does not fit a site's power at a date waits, delivered and not installed.

A lot that is due earlier goes first, and what it needs in the end is kept for it, so that nothing that runs is taken
down again. What a source says is installed runs, and takes up room. A limit and an amount from one source do not
bind each other: whoever said both knew both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

import numpy as np
import numpy.typing as npt

from capacity.equations import deployment
from capacity.equations.compute import Array
from capacity.model.deployed import CHIPS, INSTALLED, WAITING, before
from capacity.model.sampling import Block
from capacity.records.joined import Cell
from capacity.records.schedule import last_day
from capacity.records.site import Boundary, Site
from capacity.resolve import Input, Scenario

BOUNDARIES: tuple[Boundary, ...] = get_args(Boundary)
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Standing:
    """The chips of a cell at a site: the row that they add to, how many are stated, the counts without the limit,
    and what one of them takes by boundary."""

    cell: Cell
    row: int
    stated: Array
    counts: dict[str, Array]
    watts: dict[str, Array]


def limited_sites(scenario: Scenario) -> dict[str, Site]:
    """The sites whose power could hold back a counted lot."""
    return {cell.site: scenario.sites[cell.site] for cell in scenario.cells if cell.site and _is_bound(scenario, cell)}


def _is_bound(scenario: Scenario, cell: Cell) -> bool:
    """True of a lot that is not yet said to be installed, at a site whose limit other sources give than its amount."""
    lot, site = scenario.file.lots[cell.lot], scenario.sites[cell.site or ""]
    of_site = {site.sources[key].title for quantity in site.limits.values() for key in quantity.source}
    of_lot = {scenario.file.sources[key].title for key in lot.count.source}
    return bool(site.limits) and before(lot, "installed") and not of_site & of_lot


def hold_back(
    scenario: Scenario, block: Block, at: date, standing: Sequence[Standing]
) -> Iterator[tuple[int, dict[str, Array]]]:
    """The row and the counts of each cell at limited sites on a date: what of it the site's power lets run.

    Where a site has phases on unlike bases, what any of those that have begun lets run may run.
    """
    sites: dict[str, dict[str, list[Standing]]] = {}
    for one in standing:
        sites.setdefault(one.cell.site or "", {}).setdefault(one.cell.lot, []).append(one)
    for name, lots in sites.items():

        def turn(lot: str) -> tuple[bool, date]:
            """What runs already comes first, then what is due first."""
            said = scenario.file.lots[lot]
            return before(said, "installed"), said.promised[-1].end if said.promised else said.date

        kinds, rooms = _levels(scenario, block, name, at)
        for lot in sorted(lots, key=turn):
            cells = lots[lot]
            bound = _is_bound(scenario, cells[0].cell)
            fits = np.asarray(0.0 if bound else 1.0)
            for level, kind in enumerate(kinds):
                watts = [np.nan_to_num(chosen(kind, [one.watts[b] for b in BOUNDARIES])) for one in cells]
                need = _total(one.counts[INSTALLED] * each for one, each in zip(cells, watts, strict=True))
                ever = _total(
                    one.stated * _ever(scenario, block, one.cell) * w for one, w in zip(cells, watts, strict=True)
                )
                fits = np.maximum(fits, deployment.share_that_fits(need, rooms[level]))
                rooms[level] = rooms[level] - ever
            for one in cells:
                kept = {key: one.counts[key] * fits for key in (CHIPS, INSTALLED)}
                yield one.row, {**one.counts, **kept, WAITING: one.counts[INSTALLED] * (1 - fits)}


def _total(parts: Iterable[Array]) -> Array:
    return sum(parts, np.asarray(0.0))


def _ever(scenario: Scenario, block: Block, cell: Cell) -> Array:
    """The share of a cell's stated chips that ever comes, for which its site keeps room."""
    share = scenario.conversion(cell)
    return np.asarray(1.0) if share is None else np.minimum(block.value(share), 1.0)


def _levels(scenario: Scenario, block: Block, name: str, at: date) -> tuple[list[Index], list[Array]]:
    """For each limit of a site that holds on a date: the boundary that it means in each world, and its watts."""
    site = scenario.sites[name]
    kinds: list[Index] = []
    limits: list[Array] = []
    for number, key in enumerate(site.limits):
        phase = site.phases[number] if site.phases else None
        begins = phase.date if phase else last_day(site.energised) if site.energised else None
        if begins is None or begins <= at:
            kinds.append(
                np.asarray(BOUNDARIES.index(phase.basis)) if phase else boundary_index(scenario, block, name, site)
            )
            limits.append(block.value(scenario.site_power(name, key)))
    return kinds, limits


def limit_at(scenario: Scenario, block: Block, name: str, at: date) -> tuple[Index, Array]:
    """A site's latest limit on a date, in each world: the boundary that it means and its watts; nought before any."""
    kinds, limits = _levels(scenario, block, name, at)
    kind, limit = (kinds[-1], limits[-1]) if kinds else (np.asarray(BOUNDARIES.index("facility")), np.asarray(0.0))
    return np.broadcast_to(kind, (block.size,)), np.broadcast_to(limit, (block.size,))


def limit_inputs(scenario: Scenario) -> list[Input]:
    """Every input that the limits rest on."""
    return [scenario.site_power(name, key) for name, site in limited_sites(scenario).items() for key in site.limits]


def chosen(index: Index, table: Sequence[Array]) -> Array:
    """In each world the row that the index names; shape (draws,)."""
    found: Array = np.choose(index, np.broadcast_arrays(*table))
    return found


def boundary_index(scenario: Scenario, block: Block, name: str, site: Site) -> Index:
    """Which boundary a site's figure means in each world, as an index into `BOUNDARIES`; shape (draws,)."""
    chances = kinds_of(site, scenario)
    return block.option(f"sites.{name}.capacity_type", [chances[b] for b in BOUNDARIES])


def kinds_of(site: Site, scenario: Scenario) -> dict[Boundary, float]:
    """The chance that a site's megawatts mean IT, facility or contracted power; an unstated kind is a mixture."""
    if isinstance(site.capacity_type, dict):
        return {b: site.capacity_type.get(b, 0.0) for b in BOUNDARIES}
    if site.capacity_type != "unstated":
        return {b: float(b == site.capacity_type) for b in BOUNDARIES}
    chances = scenario.chances("power")
    return {b: chances[b] for b in BOUNDARIES}
