"""Lots, owners, sites and what is assumed of them: a question that can be answered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from capacity.chip import Chip
from capacity.quantity import Number, Quantity, SourceIds
from capacity.site import Site
from capacity.source import Grade, Record, Slug, Source
from capacity.system import System
from capacity.units import sheet_unit

Stage = Literal["demand", "ordered", "licensed", "approved", "shipped", "delivered", "installed", "in service"]
STAGES: tuple[Stage, ...] = get_args(Stage)
UNKNOWN = "unknown"


class Owner(Record):
    """A firm or body that has chips; `profile` names the set of defaults that describes it."""

    name: str
    profile: Slug | None = None


class Lot(Record):
    """A counted batch of one chip that a source reports, at one stage, on one date.

    Of the owners named, those in `shares` have a quoted part; the others split the rest, unknown how.
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

    @model_validator(mode="after")
    def _check(self) -> Self:
        twice = sorted({o for o in self.owners if self.owners.count(o) > 1})
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
    """A kind of owner or site, and the defaults that it replaces."""

    meaning: str
    assumptions: dict[str, Quantity]


class Assumptions(Record):
    """The file `assumptions.yaml`: every default parameter, and the profiles."""

    sources: dict[Slug, Source] = {}
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
        for owner in owners:
            yield Cell(name, lot.chip, system, owner, lot.site)

    def count(self, lot: str) -> Input:
        """How many chips a lot has."""
        return self._stated(f"lots.{lot}.count", self.file.lots[lot].count, "chips")

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
        profile = self._profile(cell, name)
        if profile:
            quantity, sources = self.defaults.profiles[profile].assumptions[name], self.defaults.sources
        elif cell and cell.system and name in self.systems[cell.system].assumptions:
            system = self.systems[cell.system]
            own = Input(
                f"systems.{system.id}.assumptions.{name}",
                system.assumptions[name], known.unit, "", "default",
                _cited(system.assumptions[name], system.sources),
            )  # fmt: skip
            return self._placed(name, known, own, owner)
        else:
            quantity, sources = known.default, self.defaults.sources
        found = Input(f"assumptions.{name}", quantity, known.unit, "", "default", _cited(quantity, sources), profile)
        return self._placed(name, known, found, owner)

    def _profile(self, cell: Cell | None, name: str) -> str | None:
        if cell is None:
            return None
        site = self.file.sites[cell.site].profile if cell.site else None
        owner = self.file.owners[cell.owner].profile if cell.owner else None
        for profile in (site, owner):
            if profile and name in self.defaults.profiles[profile].assumptions:
                return profile
        return None

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

        parts = [self.file, *self.chips.values(), *self.systems.values(), self.defaults]
        unused = {"claims"}  # what others say of the answer does not move it
        whole = [part.model_dump(mode="json", exclude_defaults=True, exclude=unused) for part in parts]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _cited(quantity: Quantity, sources: dict[str, Source]) -> tuple[Source, ...]:
    return tuple(sources[key] for key in quantity.source)
