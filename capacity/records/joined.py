"""A scenario's file beside the records that it names, and the rows of every table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from capacity.records.chip import Chip
from capacity.records.grid import Grid, Price
from capacity.records.scenario import Assumptions, Owner, Route, ScenarioFile
from capacity.records.site import Site
from capacity.records.system import System


@dataclass(frozen=True, slots=True)
class Cell:
    """One counted lot × owner × site: the row of every table. None: not known."""

    lot: str
    chip: str
    system: str | None
    owner: str | None
    site: str | None


def kinds_of(cells: Iterable[Cell], silent: Collection[str | None] = ()) -> tuple[tuple[Cell, ...], tuple[int, ...]]:
    """The cells that differ in more than their lot, or a site that is silent, and which of these each cell is."""
    order: dict[Cell, int] = {}
    blank = (Cell("", c.chip, c.system, c.owner, None if c.site in silent else c.site) for c in cells)
    index = tuple(order.setdefault(cell, len(order)) for cell in blank)
    return tuple(order), index


@dataclass(frozen=True)
class Joined:
    """A scenario's file with every chip, system, site, grid and price that it names; `regions`: all grids there are.

    `commanded`: the places that were set beside it.
    """

    file: ScenarioFile
    chips: dict[str, Chip]
    systems: dict[str, System]
    defaults: Assumptions
    reference: str
    sites: dict[str, Site] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    commanded: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The scenario's id."""
        return self.file.id

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The rows of every table: counted lots in order, their owners in order, the unnamed rest last."""
        return tuple(cell for name in self.file.counted for cell in self.by_lot[name])

    @cached_property
    def by_lot(self) -> dict[str, tuple[Cell, ...]]:
        """The cells of each counted lot."""
        return {name: tuple(self._cells_of(name)) for name in self.file.counted}

    def cells_of(self, lot: str) -> tuple[Cell, ...]:
        """The cells of any lot, counted or not."""
        return self.by_lot[lot] if lot in self.by_lot else tuple(self._cells_of(lot))

    @cached_property
    def kinds(self) -> tuple[tuple[Cell, ...], tuple[int, ...]]:
        """The cells that differ in more than their lot, and which of these each cell is.

        Only these can differ in sheet and assumptions, so a thousand like lots cost one look-up.
        """
        return kinds_of(self.cells)

    @cached_property
    def silent_sites(self) -> frozenset[str]:
        """The sites that state nothing in which sheet and assumptions of their cells could differ from another's."""
        told = {place.split(".")[1] for place in self.file.set if place.startswith("sites.")}
        told |= {name for name, site in self.sites.items()
                 if site.region or site.cooling or site.profile or site.assumptions}  # fmt: skip
        return frozenset(self.sites.keys() - told)

    def _cells_of(self, name: str) -> Iterator[Cell]:
        lot = self.file.lots[name]
        owners: list[str | None] = [*lot.owners]
        quoted = sum(q.value or 0.0 for q in lot.shares.values() if q.is_exact)
        all_quoted = len(lot.shares) == len(lot.owners)
        exactly_all = abs(quoted - 1) < 1e-9 and all(q.is_exact for q in lot.shares.values())
        if all_quoted and not (owners and exactly_all):
            owners.append(None)
        if lot.count.each:
            owners = [*lot.owners, *([None] if lot.count.buyers else [])]
        for owner in owners:
            for chip in lot.members:
                own = lot.system if lot.system and self._holds(lot.system, chip) else self.chips[chip].system
                yield Cell(name, chip, own, owner, lot.site)

    def _holds(self, system: str, chip: str) -> bool:
        """Whether a system is one of a chip."""
        return self.systems[system].chip == chip or self.chips[chip].system == system

    def chip_names(self, lot: str) -> str:
        """The names of a lot's chips: `NVIDIA GB200 and NVIDIA GB300`."""
        return " and ".join(self.chips[chip].name for chip in self.file.lots[lot].members)

    def route(self, cell: Cell) -> Route:
        """What a cell's chips must pass before they come: the lot's word, the owner's, else by region and maker.

        A licence or approval in hand says that one is needed. Of chips whose buyer is not named the route is that
        of the first buyer named beside him.
        """
        lot = self.file.lots[cell.lot]
        owner = cell.owner or next(iter(lot.owners), None)
        stated = lot.route or (self.file.owners[owner].route if owner else None)
        region: str | None = None if stated else self.region(replace(cell, owner=owner))
        while region:
            grid = self.grids[region]
            if self.chips[cell.chip].vendor in grid.domestic_vendors:
                return "open-market"
            if lot.stage in ("licensed", "approved"):
                return "licence-dependent"
            if grid.imports:
                return grid.imports
            region = grid.within
        return stated or "open-market"

    def cooling(self, cell: Cell) -> str | None:
        """The profile of how a cell's servers are cooled: fans and PUE move together; None: as by default."""
        site = self.sites[cell.site].cooling if cell.site else None
        cooling = site or (self.systems[cell.system].cooling if cell.system else None)
        return cooling if cooling in self.defaults.profiles else None

    def region(self, cell: Cell) -> str:
        """The grid of a cell: its site's, its owner's home, that of their profiles, else the default."""
        site = self.sites[cell.site] if cell.site else None
        owner = self.file.owners[cell.owner] if cell.owner else None
        holders: tuple[Site | Owner | None, ...] = (site, owner)
        for holder in holders:
            if holder is None:
                continue
            profile = self.defaults.profiles[holder.profile].region if holder.profile else None
            if holder.region or profile:
                return holder.region or profile or ""
        return self.defaults.region
