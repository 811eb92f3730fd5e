"""Lots, owners, sites and what is assumed of them: a question that can be answered."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from capacity.quantity import Quantity, SourceIds
from capacity.records.chip import Chip
from capacity.records.grid import Grid, Price
from capacity.records.site import Site
from capacity.records.system import System
from capacity.source import Grade, Number, Record, Slug, Source
from capacity.units import sheet_unit

Stage = Literal["demand", "ordered", "licensed", "approved", "shipped", "delivered", "installed", "in service"]
STAGES: tuple[Stage, ...] = get_args(Stage)
UNKNOWN = "unknown"
Day = date  # a name for it where a field is called date
# Which assumption says how much of a quantity at this stage is ever delivered.
CONVERSION: dict[Stage, str] = {
    "demand": "ordered_delivered", "ordered": "ordered_delivered",
    "licensed": "approved_delivered", "approved": "approved_delivered",
}  # fmt: skip


class Owner(Record):
    """A firm or body that has chips; `profile` names the defaults that describe it, `region` its home grid."""

    name: str
    profile: Slug | None = None
    region: Slug | None = None


class VolumeCap(Record):
    """A rule that lets through at most a share of some other volume of the same chip."""

    share: Quantity
    of: Quantity


class Lot(Record):
    """A counted batch of one chip that a source reports, at one stage, on one date.

    Of the owners named, those in `shares` have a quoted part; the others split the rest, unknown how.
    A count said of `each` buyer goes to every owner named, and to further buyers where their number is said.
    `per_chip_of`: the count is a ratio, this many for each chip of another lot. `less`: chips of these lots,
    counted for themselves, come off. `cap_per_owner`, `supply` and `volume_cap` are ceilings: what passes them is
    not there. `conversion` replaces the assumed share that is ever delivered. `since`: the chips came
    evenly from then to `date`.
    """

    chip: Slug
    system: Slug | None = None
    stage: Stage
    count: Quantity
    date: date
    name: str | None = None
    owners: tuple[Slug, ...] = ()
    shares: dict[Slug, Quantity] = {}
    site: Slug | None = None
    part_of: Slug | None = None
    same_as: Slug | None = None
    replaces: Slug | None = None
    note: str | None = None
    since: Day | None = None
    less: tuple[Slug, ...] = ()
    per_chip_of: Slug | None = None
    cap_per_owner: Quantity | None = None
    supply: Quantity | None = None
    volume_cap: VolumeCap | None = None
    conversion: Quantity | None = None

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.since and self.since > self.date:
            raise ValueError(f"since {self.since} is after the date {self.date} (since, then date)")
        if self.count.each and not (self.owners or self.count.buyers):
            raise ValueError(
                "the count is of each buyer, and no buyer is named or numbered (owners, or: for ten firms)"
            )
        if self.count.each and self.shares:
            raise ValueError("the count is of each buyer, so there is nothing to share (no shares)")
        if self.cap_per_owner and not self.owners:
            raise ValueError("a cap per owner, and no owner is named (owners)")
        if self.conversion and STAGES.index(self.stage) >= STAGES.index("shipped"):
            raise ValueError(f"a conversion to delivered, and the lot is {self.stage} (a stage before shipped)")
        return self

    @model_validator(mode="after")
    def _check(self) -> Self:
        twice = sorted(owner for owner, times in Counter(self.owners).items() if times > 1)
        if twice:
            raise ValueError(f"owner {', '.join(twice)} is listed twice (once)")
        strangers = sorted(set(self.shares) - set(self.owners))
        if strangers:
            raise ValueError(
                f"a share of {', '.join(strangers)}, who is no owner of the lot ({', '.join(self.owners)})"
            )
        sure = sum(q.value if q.value is not None else q.low or 0.0 for q in self.shares.values())
        if sure > 1 + 1e-9:
            raise ValueError(f"the shares come to {sure:g} at least (at most 1)")
        return self


class Together(Record):
    """Places that move together: one common normal, mixed in with correlation `rho`."""

    places: Annotated[tuple[str, ...], Field(min_length=2)]
    rho: Annotated[Number, Field(ge=0, le=1)]


class Claim(Record):
    """What somebody says of the things in a scenario; `check` puts prose into words that can be checked."""

    text: Annotated[str, Field(min_length=3, max_length=400)]
    check: Annotated[str, Field(min_length=3, max_length=400)] | None = None
    source: SourceIds
    grade: Grade


class ScenarioFile(Record):
    """A scenario as its file states it; `load` joins it with the specs that it names."""

    id: Slug
    name: str
    as_of: date
    description: str | None = None
    sources: dict[Slug, Source] = {}
    owners: dict[Slug, Owner] = {}
    sites: dict[Slug, Site] = {}
    lots: Annotated[dict[Slug, Lot], Field(min_length=1)]
    counted: Annotated[tuple[Slug, ...], Field(min_length=1)]
    assumptions: dict[str, Quantity] = {}
    set: dict[str, Quantity] = {}
    together: tuple[Together, ...] = ()
    claims: tuple[Claim, ...] = ()


class Assumption(Record):
    """One default parameter of the model: its meaning, bounds, and how alike owners are in it."""

    meaning: str
    unit: str
    floor: Number | None = None
    ceiling: Number | None = None
    rho_owners: Annotated[Number, Field(ge=0, le=1)]
    default: Quantity


class Profile(Record):
    """A kind of owner, site or cooling, and the defaults that it replaces; `region` is its usual home grid."""

    meaning: str
    region: Slug | None = None
    assumptions: dict[str, Quantity]


class Assumptions(Record):
    """The file `assumptions.yaml`: every default parameter, the profiles, and the grid where no place is known."""

    sources: dict[Slug, Source] = {}
    region: Slug = "world"
    assumptions: dict[str, Assumption]
    profiles: dict[Slug, Profile] = {}


SetBy = Literal["default", "scenario", "command"]


@dataclass(frozen=True, slots=True)
class Input:
    """One number that the estimate draws: where it stands, how it is distributed, who says so.

    `stream` keys its normals; with `owner` they are `sqrt(rho)` of the stream's and the rest the owner's own.
    """

    place: str
    quantity: Quantity
    unit: str
    stream: str
    set_by: SetBy
    sources: tuple[Source, ...]
    profile: str | None = None
    owner: str | None = None
    rho: float = 1.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One counted lot × owner × site: the row of every table. None: not known."""

    lot: str
    chip: str
    system: str | None
    owner: str | None
    site: str | None


@dataclass(frozen=True)
class Scenario:
    """A scenario with everything that its answer needs; nothing is read from a file after this."""

    file: ScenarioFile
    chips: dict[str, Chip]
    systems: dict[str, System]
    defaults: Assumptions
    reference: str
    commanded: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    document: dict[str, Any] = field(default_factory=dict, repr=False)
    sites: dict[str, Site] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)

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
        order: dict[Cell, int] = {}
        blank = (Cell("", c.chip, c.system, c.owner, c.site) for c in self.cells)
        index = tuple(order.setdefault(cell, len(order)) for cell in blank)
        return tuple(order), index

    def _cells_of(self, name: str) -> Iterator[Cell]:
        lot = self.file.lots[name]
        system = lot.system or self.chips[lot.chip].system
        owners: list[str | None] = [*lot.owners]
        quoted = sum(q.value or 0.0 for q in lot.shares.values() if q.is_exact)
        all_quoted = len(lot.shares) == len(lot.owners)
        exactly_all = abs(quoted - 1) < 1e-9 and all(q.is_exact for q in lot.shares.values())
        if all_quoted and not (owners and exactly_all):
            owners.append(None)
        if lot.count.each:
            owners = [*lot.owners, *([None] if lot.count.buyers else [])]
        for owner in owners:
            yield Cell(name, lot.chip, system, owner, lot.site)

    def count(self, lot: str) -> Input:
        """How many chips a lot has."""
        return self._counts[lot]

    @cached_property
    def _counts(self) -> dict[str, Input]:
        return {name: self._stated(f"lots.{name}.count", lot.count, "chips") for name, lot in self.file.lots.items()}

    def buyers(self, lot: str) -> Input | None:
        """How many buyers a count of each is said of; None where no number is said."""
        said = self.file.lots[lot].count.buyers
        return self._stated(f"lots.{lot}.count.buyers", said, "buyers") if said else None

    def bound(self, lot: str, name: str) -> Input | None:
        """One of a lot's ceilings: `cap_per_owner`, `supply`, `volume_cap.share`, `volume_cap.of`."""
        found: Any = self.file.lots[lot]
        for key in name.split("."):
            found = getattr(found, key) if found else None
        if found is None:
            return None
        share = name == "volume_cap.share"
        quantity = found.within(0.0, 1.0) if share else found
        return self._stated(f"lots.{lot}.{name}", quantity, "share" if share else "chips")

    def conversion(self, cell: Cell) -> Input | None:
        """The share of a lot that is ever delivered: the lot's own word, or what is assumed of its stage.

        None from the stage `shipped` on: such chips are delivered, or on their way.
        """
        lot = self.file.lots[cell.lot]
        if lot.conversion is not None:
            return self._stated(f"lots.{cell.lot}.conversion", lot.conversion.within(0.0, 1.0), "share")
        name = CONVERSION.get(lot.stage)
        return self.assumption(name, cell) if name else None

    def share(self, lot: str, owner: str) -> Input:
        """An owner's part of a lot: quoted, or a bare normal that weighs in the split of the rest."""
        place = f"lots.{lot}.shares.{owner}"
        quoted = self.file.lots[lot].shares.get(owner)
        if quoted is not None:
            return self._stated(place, quoted.within(0.0, 1.0), "share")
        sigma = self.assumption("owner_split_sigma", None)
        return Input(place, sigma.quantity, "split", place, sigma.set_by, sigma.sources, sigma.profile)

    def figure(self, chip: str, name: str) -> Input | None:
        """A figure of a chip's sheet in SI; None where the sheet has none.

        The uncertain rates of one chip share one stream: what is in doubt is the clock or the bin.
        """
        place = f"chips.{chip}.{name}"
        factor, unit = sheet_unit(name.partition(".")[0])
        stream = f"chips.{chip}.rates" if name.partition(".")[0].endswith("_tflops") else place
        override = self.file.set.get(place)
        if override is not None:
            return self._stated(place, override.scaled(factor), unit, stream)
        quantity = self.chips[chip].figure(name)
        if quantity is None:
            return None
        sources = _cited(quantity, self.chips[chip].sources)
        return Input(place, quantity, unit, stream, "default", sources)

    def assumption(self, name: str, cell: Cell | None) -> Input:
        """What is assumed at a cell: the scenario's word, or site's, owner's, system's, or the default."""
        known = self.defaults.assumptions[name]
        owner = cell.owner or UNKNOWN if cell else None
        for key in ([f"{name}@{owner}"] if owner else []) + [name]:
            if key in self.file.assumptions:
                found = self._stated(f"assumptions.{key}", self.file.assumptions[key], known.unit)
                return self._placed(name, known, found, owner)
        record = self._record(cell, name)
        if record is not None:
            place, own = record
            quantity = own.assumptions[name]
            found = Input(place, quantity, known.unit, "", "default", _cited(quantity, own.sources))
            return self._placed(name, known, found, owner)
        profile = self._profile(cell, name)
        regional = self._regional(cell, name) if profile is None else None
        if regional is not None:
            return self._placed(name, known, regional, owner)
        quantity = self.defaults.profiles[profile].assumptions[name] if profile else known.default
        cited = _cited(quantity, self.defaults.sources)
        owners = self.file.owners[cell.owner].profile if cell and cell.owner else None
        by_owner = profile == owners and known.rho_owners < 1
        place = f"assumptions.{name}" if profile is None or by_owner else f"profiles.{profile}.assumptions.{name}"
        found = Input(place, quantity, known.unit, "", "default", cited, profile)
        return self._placed(name, known, found, owner)

    def _record(self, cell: Cell | None, name: str) -> tuple[str, Site | System] | None:
        """The site, else the system, that states an assumption of its own; a system yields to a profile."""
        if cell is None:
            return None
        if cell.site and name in self.sites[cell.site].assumptions:
            return f"sites.{cell.site}.assumptions.{name}", self.sites[cell.site]
        system = self.systems[cell.system] if cell.system else None
        if system is None or name not in system.assumptions:
            return None
        profile = self._profile(cell, name)
        cooled = profile is not None and profile == self.cooling(cell)
        return None if profile and not cooled else (f"systems.{system.id}.assumptions.{name}", system)

    def _profile(self, cell: Cell | None, name: str) -> str | None:
        """The profile that replaces an assumption at a cell: the cooling's, the site's, the owner's."""
        if cell is None:
            return None
        site = self.sites[cell.site].profile if cell.site else None
        owner = self.file.owners[cell.owner].profile if cell.owner else None
        for profile in (self.cooling(cell), site, owner):
            if profile and name in self.defaults.profiles[profile].assumptions:
                return profile
        return None

    def cooling(self, cell: Cell) -> str | None:
        """The profile of how a cell's servers are cooled: fans and PUE move together; None: as by default."""
        site = self.sites[cell.site].cooling if cell.site else None
        found = site or (self.systems[cell.system].cooling if cell.system else None)
        return found if found in self.defaults.profiles else None

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

    def _regional(self, cell: Cell | None, name: str) -> Input | None:
        """What a region replaces of the defaults; a tariff for domestic chips never meets a foreign one."""
        region: str | None = self.region(cell) if cell else None
        vendors = {v for grid in self.grids.values() for v in grid.domestic_vendors}
        while cell and region:
            grid = self.grids[region]
            for field_name in ("domestic_chips", "assumptions"):
                stated: dict[str, Quantity] = getattr(grid, field_name)
                foreign = field_name == "domestic_chips" and self.chips[cell.chip].vendor not in vendors
                if name in stated and not foreign:
                    cited = _cited(stated[name], grid.sources)
                    place = f"grids.{region}.{field_name}.{name}"
                    return Input(place, stated[name], self.defaults.assumptions[name].unit, "", "default", cited)
            region = grid.within
        return None

    def carbon(self, name: str, cell: Cell) -> Input | None:
        """A carbon factor of the cell's grid, such as `combustion_kg_kwh`; None where nobody published it."""
        region = self.region(cell)
        place, unit = f"grids.{region}.{name}", f"kg CO2{'e' if name.startswith('life') else ''}/kWh"
        if place in self.file.set:
            return self._stated(place, self.file.set[place], unit)
        quantity = self.grids[region].factor(name)
        if quantity is None:
            return None
        return Input(place, quantity, unit, place, "default", _cited(quantity, self.grids[region].sources))

    def price(self, cell: Cell) -> Input | None:
        """What one of a cell's chips costs in USD in its market; None where nobody reports a price."""
        wanted = self.grids[self.region(cell)].market
        known = self.prices.get(cell.chip)
        market = known.market(wanted) if known else wanted
        for place in (f"prices.{cell.chip}.{wanted}", f"prices.{cell.chip}.{market}"):
            if place in self.file.set:
                return self._stated(place, self.file.set[place], "USD")
        if known is None:
            return None
        place, quantity = f"prices.{cell.chip}.{market}", known.usd[market]
        return Input(place, quantity, "USD", place, "default", _cited(quantity, known.sources))

    def _placed(self, name: str, known: Assumption, found: Input, owner: str | None) -> Input:
        """The input with its bounds, its stream, and the owner's own part where owners differ."""
        differs = owner is not None and known.rho_owners < 1
        place = found.place if not differs or "@" in found.place else f"{found.place}@{owner}"
        return Input(
            place, found.quantity.within(known.floor, known.ceiling), known.unit, f"assumptions.{name}",
            found.set_by, found.sources, found.profile, owner if differs else None, known.rho_owners,
        )  # fmt: skip

    def _stated(self, place: str, quantity: Quantity, unit: str, stream: str = "") -> Input:
        by: SetBy = "command" if place in self.commanded else "scenario"
        return Input(place, quantity, unit, stream or place, by, _cited(quantity, self.file.sources))

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of all that the answer rests on, whatever files it came from."""
        import hashlib
        import json

        named = [site for name, site in self.sites.items() if name not in self.file.sites]
        parts = [self.file, *self.chips.values(), *self.systems.values(), self.defaults]
        parts += [*named, *self.grids.values(), *self.prices.values()]
        unused = {"claims"}  # what others say of the answer does not move it
        whole = [part.model_dump(mode="json", exclude_defaults=True, exclude=unused) for part in parts]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _cited(quantity: Quantity, sources: dict[str, Source]) -> tuple[Source, ...]:
    return tuple(sources[key] for key in quantity.source)
