"""Layers: whose number holds where. A total order, read from the top: the first that has one is heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from capacity.quantity import Quantity
from capacity.records.joined import Cell, Joined
from capacity.records.scenario import ROUTES, UNKNOWN
from capacity.source import Source

SetBy = Literal["default", "scenario", "command"]


class Stated(NamedTuple):
    """A number of the model as one layer states it."""

    place: str
    quantity: Quantity
    sources: tuple[Source, ...]
    set_by: SetBy = "default"
    profile: str | None = None


def cited(quantity: Quantity, sources: Mapping[str, Source]) -> tuple[Source, ...]:
    return tuple(sources[key] for key in quantity.source)


def set_at(scenario: Joined, place: str, cell: Cell | None) -> Stated | None:
    """What was set at a place, for the cell's owner before all owners."""
    file = scenario.file
    for key in (f"{place}@{cell.owner or UNKNOWN}", place) if cell and file.set else (place,):
        if key in file.set:
            by: SetBy = "command" if key in scenario.commanded else "scenario"
            return Stated(key, file.set[key], cited(file.set[key], file.sources), by)
    return None


def _command(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """What was typed, or stands under `set` in the scenario's file; for one owner before all owners.

    A number that was set at a record's own place, where that is heard, goes before one that was set for all.
    """
    stated = set_at(scenario, f"assumptions.{name}", cell)
    if stated is None or cell is None:
        return stated
    record = next(s for layer in LAYERS[3:] if (s := layer(scenario, name, cell)))
    own = record.place in scenario.file.set and not record.place.startswith("assumptions.")
    return record if own else stated


def _scenario_of_owner(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """What the scenario assumes of one owner."""
    return _scenario(scenario, f"{name}@{cell.owner or UNKNOWN}", cell) if cell else None


def _scenario(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """What the scenario assumes of all owners."""
    quantity = scenario.file.assumptions.get(name)
    if quantity is None:
        return None
    return Stated(f"assumptions.{name}", quantity, cited(quantity, scenario.file.sources), "scenario")


def _record(
    scenario: Joined, place: str, stated: Mapping[str, Quantity], name: str, cell: Cell | None,
    sources: Mapping[str, Source], set_by: SetBy = "default",
) -> Stated | None:  # fmt: skip
    """What was set at `place.name`, else what a record states there."""
    own = set_at(scenario, f"{place}.{name}", cell)
    if own or name not in stated:
        return own
    return Stated(f"{place}.{name}", stated[name], cited(stated[name], sources), set_by)


def _site(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """What the site states of itself."""
    if not (cell and cell.site):
        return None
    site = scenario.sites[cell.site]
    return _record(scenario, f"sites.{cell.site}.assumptions", site.assumptions, name, cell, site.sources)


def _site_cooling(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """The profile of how the site cools; nothing of what a system states that is built for it, or does not say."""
    if not (cell and cell.site):
        return None
    cooling = scenario.sites[cell.site].cooling
    system = scenario.systems[cell.system] if cell.system else None
    own = system is not None and name in system.assumptions and system.cooling in (None, cooling)
    return None if own else _profile(scenario, name, cell, cooling)


def _system(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """What the system states of itself."""
    if not (cell and cell.system):
        return None
    system = scenario.systems[cell.system]
    return _record(scenario, f"systems.{system.id}.assumptions", system.assumptions, name, cell, system.sources)


def _system_cooling(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """The profile of how the system is cooled, where the site does not say how it cools."""
    return _profile(scenario, name, cell, scenario.cooling(cell)) if cell else None


def _site_profile(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """The kind of site that it is."""
    return _profile(scenario, name, cell, scenario.sites[cell.site].profile) if cell and cell.site else None


def _owner(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """What is stated of this owner."""
    if not (cell and cell.owner):
        return None
    stated = scenario.file.owners[cell.owner].assumptions
    place = f"owners.{cell.owner}.assumptions"
    return _record(scenario, place, stated, name, cell, scenario.file.sources, "scenario")


def _owner_profile(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """The kind of owner that it is."""
    return _profile(scenario, name, cell, scenario.file.owners[cell.owner].profile) if cell and cell.owner else None


def _route(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """What the chips of the lot must pass before they come."""
    routed = any(name in scenario.defaults.profiles[r].assumptions for r in ROUTES if r in scenario.defaults.profiles)
    return _profile(scenario, name, cell, scenario.route(cell)) if cell and cell.lot and routed else None


def _profile(scenario: Joined, name: str, cell: Cell, profile: str | None) -> Stated | None:
    """What a profile replaces; that of the cell's owner is printed at the owner's own place."""
    if profile is None or profile not in scenario.defaults.profiles:
        return None
    own = scenario.defaults.profiles[profile].assumptions
    place = f"profiles.{profile}.assumptions"
    stated = _record(scenario, place, own, name, cell, scenario.defaults.sources)
    if stated is None or stated.set_by != "default":
        return stated
    kind = scenario.file.owners[cell.owner].profile if cell.owner else None
    owners = profile == kind and scenario.defaults.assumptions[name].rho_owners < 1
    return stated._replace(place=f"assumptions.{name}" if owners else stated.place, profile=profile)


def _region(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """What the grid states, else the one that it lies within; a tariff for domestic chips meets no foreign one."""
    region: str | None = scenario.region(cell) if cell else None
    vendors = {v for grid in scenario.grids.values() for v in grid.domestic_vendors}
    while cell and region:
        grid = scenario.grids[region]
        for field_name in ("domestic_chips", "assumptions"):
            if field_name == "assumptions" or scenario.chips[cell.chip].vendor in vendors:
                own: Mapping[str, Quantity] = getattr(grid, field_name)
                stated = _record(scenario, f"grids.{region}.{field_name}", own, name, cell, grid.sources)
                if stated:
                    return stated
        region = grid.within
    return None


def _default(scenario: Joined, name: str, cell: Cell | None) -> Stated | None:
    """The default of the model."""
    quantity = scenario.defaults.assumptions[name].default
    return Stated(f"assumptions.{name}", quantity, cited(quantity, scenario.defaults.sources))


# Read from the top: the first layer that has a word is heard. Things that have a name go before kinds of things, what
# is nearer to the chips before what is farther. How a site cools is a fact of the hall in which the systems stand; its
# profile says only what kind of site it is, so that what a system states of itself goes before that. How a system is
# cooled says little of the hall, and goes last of what is known: racks with cold plates stand in leased halls with
# chillers (100 MW for 70 MW of IT) as in halls of warm water.
LAYERS: tuple[Callable[[Joined, str, Cell | None], Stated | None], ...] = (
    _command, _scenario_of_owner, _scenario, _site, _site_cooling, _system, _site_profile,
    _owner, _owner_profile, _system_cooling, _route, _region, _default,
)  # fmt: skip
GENERAL = (_command, _scenario, _default)  # where no cell is meant
