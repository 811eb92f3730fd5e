"""What is wrong with a part beside the others: a chip, system, site, owner or grid that names what nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from capacity.errors import Fault, InputError, did_you_mean, first_faults
from capacity.load.evidence import evidence_faults
from capacity.load.files import read_document
from capacity.load.input_file import InputFile
from capacity.load.kinds import load_assumptions, load_integrity
from capacity.load.names import advice_on
from capacity.load.parts import read_part
from capacity.load.specs import Specs
from capacity.places import assumption_problem
from capacity.quantity import Quantity
from capacity.records.chip import Chip
from capacity.records.grid import Grid, Price
from capacity.records.scenario import Assumptions, Owner
from capacity.records.site import Site
from capacity.records.system import System
from capacity.source import Record

UNDER_CHIPS = "rated-under-chips"
_R = TypeVar("_R", bound=Record)


def unknown_chip(document: InputFile, field: str, chip: str, specs: Specs) -> Iterator[Fault]:
    """A record is of a chip that is there."""
    if specs.path("chips", chip) is None:
        yield document.fault((field,), f"unknown chip {chip!r}", advice_on("chips", chip, specs))


def chip_faults(document: InputFile, chip: Chip, specs: Specs) -> Iterator[Fault]:
    """What the rules of integrity find, and a server that is not there."""
    from capacity.records.integrity import breaches

    for breach in breaches(chip, load_integrity(specs)):
        yield document.fault(breach.path, breach.what, breach.allowed)
    if chip.system and specs.path("systems", chip.system) is None:
        yield document.fault(("system",), f"unknown system {chip.system!r}", advice_on("systems", chip.system, specs))


def system_faults(document: InputFile, system: System, specs: Specs) -> Iterator[Fault]:
    """A system is rated for its chips at least, at interval midpoints, or says why not."""
    for key in system.exceptions:
        if key != UNDER_CHIPS:
            yield document.fault(("exceptions", key), f"unknown exception {key!r}", f"known: {UNDER_CHIPS}")
    path = specs.path("chips", system.chip)
    if path is None:
        yield from unknown_chip(document, "chip", system.chip, specs)
        return
    tdp = read_part(path, Chip, specs).figure("tdp_w")
    excepted = UNDER_CHIPS in system.exceptions
    under = False
    if system.rated_kw is not None and tdp is not None:
        rated, chips = system.rated_kw.scaled(1000).middle, system.chips * tdp.middle
        under = rated < chips
        if under and not excepted:
            what = f"{rated / 1000:g} kW is under its chips' {chips / 1000:g} kW"
            yield document.fault(("rated_kw",), what, f"more, or `{UNDER_CHIPS}` under exceptions with the reason")
    yield from assumption_faults(document, system.assumptions, load_assumptions(specs), ("assumptions",))
    if excepted and not under:
        yield document.fault(("exceptions", UNDER_CHIPS), "the exception is not needed", "no exception")


def site_faults(document: InputFile, site: Site, defaults: Assumptions, specs: Specs) -> Iterator[Fault]:
    """A profile, region, chip or assumption that a site's file names and nobody knows."""
    yield from holder_faults(document, site, (), defaults, specs)
    yield from assumption_faults(document, site.assumptions, defaults, ("assumptions",))
    for chip in site.chips:
        if specs.path("chips", chip) is None:
            yield document.fault(("chips", chip), f"unknown chip {chip!r}", did_you_mean(chip, specs.ids("chips")))


def grid_faults(document: InputFile, grid: Grid, defaults: Assumptions, specs: Specs) -> Iterator[Fault]:
    """A larger region or an assumption that a grid's file names and nobody knows."""
    if grid.within and specs.path("grids", grid.within) is None:
        what = f"unknown region {grid.within!r}"
        yield document.fault(("within",), what, did_you_mean(grid.within, specs.ids("grids")))
    for field in ("assumptions", "domestic_chips"):
        yield from assumption_faults(document, getattr(grid, field), defaults, (field,))


def holder_faults(
    document: InputFile, holder: Owner | Site, path: tuple[str, ...], defaults: Assumptions, specs: Specs
) -> Iterator[Fault]:
    """A profile or region that an owner or site names and nobody knows."""
    profile, region = holder.profile, holder.region
    if profile and profile not in defaults.profiles:
        what = f"unknown profile {profile!r}"
        yield document.fault((*path, "profile"), what, did_you_mean(profile, defaults.profiles))
    if region and specs.path("grids", region) is None:
        what = f"unknown region {region!r}"
        yield document.fault((*path, "region"), what, did_you_mean(region, specs.ids("grids")))


def assumption_faults(
    document: InputFile, stated: Mapping[str, Quantity], defaults: Assumptions,
    path: tuple[str, ...], owners: Collection[str] = (),
) -> Iterator[Fault]:  # fmt: skip
    """An assumption or owner that is unknown, or a number outside what it may be."""
    for key, quantity in stated.items():
        problem = assumption_problem(key, quantity, defaults, owners)
        if problem:
            yield document.fault((*path, key), *problem)


def part_faults(document: InputFile, part: Record, specs: Specs) -> Iterator[Fault]:
    """What is wrong with a part beside the others, whatever its kind, and its numbers beside their evidence."""
    yield from evidence_faults(document, part, specs)
    if isinstance(part, Chip):
        yield from chip_faults(document, part, specs)
    elif isinstance(part, System):
        yield from system_faults(document, part, specs)
    elif isinstance(part, Price):
        yield from unknown_chip(document, "id", part.id, specs)
    elif isinstance(part, Site):
        yield from site_faults(document, part, load_assumptions(specs), specs)
    elif isinstance(part, Owner):
        yield from holder_faults(document, part, (), load_assumptions(specs), specs)
    elif isinstance(part, Grid):
        yield from grid_faults(document, part, load_assumptions(specs), specs)


def checked(path: Path, record: type[_R], specs: Specs) -> _R:
    """The record in a part's file; that of the user is held to all that `validate` asks of it."""
    part = read_part(path, record, specs)
    if specs.is_users(path):
        document = read_document(path)
        faults = first_faults(part_faults(document, part, specs), document.name)
        if faults:
            raise InputError(faults)
    return part
