"""Layers → inputs: whose number holds where, and another scenario with some numbers changed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, Literal, NamedTuple, ParamSpec, TypeVar, cast

from capacity.places import TYPED, Places
from capacity.quantity import Quantity
from capacity.records.chip import Chip
from capacity.records.joined import Cell, Joined
from capacity.records.scenario import CONVERSION, UNKNOWN
from capacity.source import Source
from capacity.units import field_unit, sheet_unit

if TYPE_CHECKING:
    from capacity.words.vocabulary import Vocabulary

SetBy = Literal["default", "scenario", "command"]


@dataclass(frozen=True, slots=True)
class Input:
    """One number that the estimate draws: where it stands, how it is distributed, who says so.

    `quantity` is in SI, and one of the place's own unit is `factor` of these. `stream` keys its normals; with
    `owner` they are `sqrt(rho)` of the stream's and the rest the owner's own.
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
    factor: float = 1.0

    @property
    def stated(self) -> Quantity:
        """The quantity in the unit of its place, as it can be set there."""
        return self.quantity.over(self.factor)

    @property
    def stated_unit(self) -> str:
        """The unit of its place: TFLOP/s, GB, W."""
        return field_unit(self.factor, self.unit)


class Stated(NamedTuple):
    """A number of the model as one layer states it."""

    place: str
    quantity: Quantity
    sources: tuple[Source, ...]
    set_by: SetBy = "default"
    profile: str | None = None


Value = Quantity | Input | Chip | float | str | tuple[str, ...]
P = ParamSpec("P")
R = TypeVar("R")


def _once(method: Callable[Concatenate[Scenario, P], R]) -> Callable[Concatenate[Scenario, P], R]:
    """Each input is worked out once, and gives way to the one that `having` put at its place."""

    @functools.wraps(method)
    def known(self: Scenario, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (method.__name__, *args)
        if key not in self.inputs:
            item = method(self, *args, **kwargs)
            self.inputs[key] = self.replaced.get(item.place, item) if isinstance(item, Input) else None
        return cast("R", self.inputs[key])

    return cast("Callable[Concatenate[Scenario, P], R]", known)


@dataclass(frozen=True)
class Scenario(Joined):
    """A scenario with everything that its answer needs; no spec is read after this.

    `vocabulary` gives the words in which `having` reads; `commanded` are the places that it changed,
    `replaced` the whole inputs that it put in the place of others; `document` is what a file of it would hold.
    """

    vocabulary: Callable[[], Vocabulary] = field(kw_only=True, repr=False)
    commanded: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    document: dict[str, Any] = field(default_factory=dict, repr=False)
    replaced: Mapping[str, Input] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> dict[tuple[object, ...], Input | None]:
        """The inputs that were looked up so far, by what was asked: every one is worked out once."""
        return {}

    def look_up(self, name: str, cell: Cell) -> Input | float | None:
        """What the page calls `name`, at a cell: `chip.tdp_w`, `system.chips`, `grid.…`, `price`, an assumption."""
        kind, _, rest = name.partition(".")
        if kind in ("chip", "reference"):
            return self.figure(cell.chip if kind == "chip" else self.reference, rest)
        if kind == "system":
            return float(self.systems[cell.system].chips) if cell.system else None
        if kind == "grid":
            return self.carbon(rest, cell)
        return self.price(cell) if kind == "price" else self.assumption(name, cell)

    @_once
    def count(self, lot: str) -> Input:
        """How many chips a lot has."""
        return self._stated(f"lots.{lot}.count", self.file.lots[lot].count, "chips")

    @_once
    def buyers(self, lot: str) -> Input | None:
        """How many buyers a count of each is for; None where no number is given."""
        buyers = self.file.lots[lot].count.buyers
        return self._stated(f"lots.{lot}.count.buyers", buyers, "buyers") if buyers else None

    @_once
    def bound(self, lot: str, name: str) -> Input | None:
        """One of a lot's ceilings: `cap_per_owner`, `supply`, `volume_cap.share`, `volume_cap.of`."""
        ceiling: Any = self.file.lots[lot]
        for key in name.split("."):
            ceiling = getattr(ceiling, key) if ceiling else None
        if ceiling is None:
            return None
        share = name == "volume_cap.share"
        quantity = ceiling.within(0.0, 1.0) if share else ceiling
        return self._stated(f"lots.{lot}.{name}", quantity, "share" if share else "chips")

    @_once
    def conversion(self, cell: Cell) -> Input | None:
        """The share of a lot that is ever delivered: the lot's own word, or what is assumed of its stage.

        None from the stage `shipped` on: such chips are delivered, or on their way.
        """
        lot = self.file.lots[cell.lot]
        if lot.conversion is not None:
            return self._stated(f"lots.{cell.lot}.conversion", lot.conversion.within(0.0, 1.0), "share")
        name = CONVERSION.get(lot.stage)
        return self.assumption(name, cell) if name else None

    @_once
    def share(self, lot: str, owner: str) -> Input:
        """An owner's part of a lot: quoted, or a bare normal that weighs in the split of the rest."""
        place = f"lots.{lot}.shares.{owner}"
        quoted = self.file.lots[lot].shares.get(owner)
        if quoted is not None:
            return self._stated(place, quoted.within(0.0, 1.0), "share")
        sigma = self.assumption("owner_split_sigma", None)
        return Input(place, sigma.quantity, "split", place, sigma.set_by, sigma.sources, sigma.profile)

    @_once
    def figure(self, chip: str, name: str) -> Input | None:
        """A figure of a chip's sheet in SI; None where the sheet has none.

        The uncertain rates of one chip share one stream: what is in doubt is the clock or the bin.
        """
        place = f"chips.{chip}.{name}"
        factor, unit = sheet_unit(name.partition(".")[0])
        stream = f"chips.{chip}.rates" if name.partition(".")[0].endswith("_tflops") else place
        if place in self.file.set:
            return replace(self._stated(place, self.file.set[place].scaled(factor), unit, stream), factor=factor)
        quantity = self.chips[chip].figure(name)
        if quantity is None:
            return None
        cited = _cited(quantity, self.chips[chip].sources)
        return Input(place, quantity, unit, stream, "default", cited, factor=factor)

    @_once
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

    @_once
    def price(self, cell: Cell) -> Input | None:
        """What one of a cell's chips costs in USD in its market; None where nobody reports a price."""
        wanted = self.grids[self.region(cell)].market
        known = self.prices.get(cell.chip)
        market = known.market(wanted) if known else wanted
        for place in (f"prices.{cell.chip}.{wanted}", f"prices.{cell.chip}.{market}"):
            if place in self.file.set:
                return self._stated(place, self.file.set[place], "USD")
        if known is None or market not in known.usd:
            return None
        place, quantity = f"prices.{cell.chip}.{market}", known.usd[market]
        return Input(place, quantity, "USD", place, "default", _cited(quantity, known.sources))

    @_once
    def assumption(self, name: str, cell: Cell | None) -> Input:
        """What is assumed at a cell: the word of the first of `LAYERS` that has one, inside the bounds of the name."""
        known = self.defaults.assumptions[name]
        stated = next(s for layer in (LAYERS if cell else GENERAL) if (s := layer(self, name, cell)))
        owner = (cell.owner or UNKNOWN) if cell and known.rho_owners < 1 else None
        own = owner is None or "@" in stated.place or stated.place.startswith("owners.")
        return Input(
            stated.place if own else f"{stated.place}@{owner}", stated.quantity.within(known.floor, known.ceiling),
            known.unit, f"assumptions.{name}", stated.set_by, stated.sources, stated.profile, owner, known.rho_owners,
        )  # fmt: skip

    def _stated(self, place: str, quantity: Quantity, unit: str, stream: str = "") -> Input:
        by: SetBy = "command" if place in self.commanded else "scenario"
        return Input(place, quantity, unit, stream or place, by, _cited(quantity, self.file.sources))

    @property
    def places(self) -> Places:
        """The places at which numbers stand, and what may stand there."""
        return Places(self.file, self.defaults, self.chips, self.systems, self.sites, self.regions)

    def having(self, values: Mapping[str, Value], *, source: Source | None = None, label: str = "having") -> Scenario:
        """The scenario with other numbers at some places; this one stays what it is.

        Parameters: `values` by place, each a `Quantity`, a number, `"1.1..1.3"` or words, in the unit of the place
        (TFLOP/s for a rate of a sheet), or a whole `Input` as another scenario has it. At `counted` stand the lots
        to count, at `chips.ID` the sheet of a chip that the scenario has not. `source` says who states what is
        typed; a fault is told of `label`. Every place that a result prints can be set.
        Raises `InputError` with all that is wrong.

        >>> import capacity
        >>> better = capacity.load_scenario().having({"assumptions.pue_peak": "1.1..1.2"})
        >>> better.file.set["assumptions.pue_peak"].stated
        '1.1 to 1.2'
        """
        swapped = {place: value for place, value in values.items() if isinstance(value, Input)}
        sheets = {v.id: v for place, v in values.items() if isinstance(v, Chip) and place == f"chips.{v.id}"}
        rest = {p: v for p, v in values.items() if p not in swapped and not isinstance(v, Chip)}
        file, document = self.places.changed(rest, self.document, self.vocabulary, source or TYPED, label)
        return replace(
            self, file=file, document=document, commanded=self.commanded | rest.keys(),
            replaced={**self.replaced, **swapped}, chips={**sheets, **self.chips},
        )  # fmt: skip

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of all that the answer rests on, whatever files it came from."""
        import hashlib
        import json

        named = [site for name, site in self.sites.items() if name not in self.file.sites]
        parts = [self.file, *self.chips.values(), *self.systems.values(), self.defaults]
        parts += [*named, *self.grids.values(), *self.prices.values(), *(i.quantity for i in self.replaced.values())]
        unused = {"claims"}  # what others say of the answer does not move it
        whole = [part.model_dump(mode="json", exclude_defaults=True, exclude=unused) for part in parts]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _cited(quantity: Quantity, sources: Mapping[str, Source]) -> tuple[Source, ...]:
    return tuple(sources[key] for key in quantity.source)


def _set(scenario: Scenario, place: str, cell: Cell | None) -> Stated | None:
    """What was set at a place, for the cell's owner before all owners."""
    file = scenario.file
    for key in (f"{place}@{cell.owner or UNKNOWN}", place) if cell and file.set else (place,):
        if key in file.set:
            by: SetBy = "command" if key in scenario.commanded else "scenario"
            return Stated(key, file.set[key], _cited(file.set[key], file.sources), by)
    return None


def _command(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """What was typed, or stands under `set` in the scenario's file; for one owner before all owners.

    A number that was set at a record's own place, where that is heard, goes before one that was set for all.
    """
    stated = _set(scenario, f"assumptions.{name}", cell)
    if stated is None or cell is None:
        return stated
    record = next(s for layer in LAYERS[3:] if (s := layer(scenario, name, cell)))
    own = record.place in scenario.file.set and not record.place.startswith("assumptions.")
    return record if own else stated


def _scenario_of_owner(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """What the scenario assumes of one owner."""
    return _scenario(scenario, f"{name}@{cell.owner or UNKNOWN}", cell) if cell else None


def _scenario(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """What the scenario assumes of all owners."""
    quantity = scenario.file.assumptions.get(name)
    if quantity is None:
        return None
    return Stated(f"assumptions.{name}", quantity, _cited(quantity, scenario.file.sources), "scenario")


def _record(
    scenario: Scenario, place: str, stated: Mapping[str, Quantity], name: str, cell: Cell | None,
    sources: Mapping[str, Source], set_by: SetBy = "default",
) -> Stated | None:  # fmt: skip
    """What was set at `place.name`, else what a record states there."""
    own = _set(scenario, f"{place}.{name}", cell)
    if own or name not in stated:
        return own
    return Stated(f"{place}.{name}", stated[name], _cited(stated[name], sources), set_by)


def _site(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """What the site states of itself."""
    if not (cell and cell.site):
        return None
    site = scenario.sites[cell.site]
    return _record(scenario, f"sites.{cell.site}.assumptions", site.assumptions, name, cell, site.sources)


def _site_cooling(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """The profile of how the site cools; nothing of what a system states that is built for it, or does not say."""
    if not (cell and cell.site):
        return None
    cooling = scenario.sites[cell.site].cooling
    system = scenario.systems[cell.system] if cell.system else None
    own = system is not None and name in system.assumptions and system.cooling in (None, cooling)
    return None if own else _profile(scenario, name, cell, cooling)


def _system(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """What the system states of itself."""
    if not (cell and cell.system):
        return None
    system = scenario.systems[cell.system]
    return _record(scenario, f"systems.{system.id}.assumptions", system.assumptions, name, cell, system.sources)


def _system_cooling(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """The profile of how the system is cooled, where the site does not say how it cools."""
    return _profile(scenario, name, cell, scenario.cooling(cell)) if cell else None


def _site_profile(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """The kind of site that it is."""
    return _profile(scenario, name, cell, scenario.sites[cell.site].profile) if cell and cell.site else None


def _owner(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """What is stated of this owner."""
    if not (cell and cell.owner):
        return None
    stated = scenario.file.owners[cell.owner].assumptions
    place = f"owners.{cell.owner}.assumptions"
    return _record(scenario, place, stated, name, cell, scenario.file.sources, "scenario")


def _owner_profile(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """The kind of owner that it is."""
    return _profile(scenario, name, cell, scenario.file.owners[cell.owner].profile) if cell and cell.owner else None


def _profile(scenario: Scenario, name: str, cell: Cell, profile: str | None) -> Stated | None:
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


def _region(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
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


def _default(scenario: Scenario, name: str, cell: Cell | None) -> Stated | None:
    """The default of the model."""
    quantity = scenario.defaults.assumptions[name].default
    return Stated(f"assumptions.{name}", quantity, _cited(quantity, scenario.defaults.sources))


# Read from the top: the first layer that has a word is heard. Things that have a name go before kinds of things, what
# is nearer to the chips before what is farther. How a site cools is a fact of the hall in which the systems stand; its
# profile says only what kind of site it is, so that what a system states of itself goes before that.
LAYERS: tuple[Callable[[Scenario, str, Cell | None], Stated | None], ...] = (
    _command, _scenario_of_owner, _scenario, _site, _site_cooling, _system, _system_cooling, _site_profile,
    _owner, _owner_profile, _region, _default,
)  # fmt: skip
GENERAL = (_command, _scenario, _default)  # where no cell is meant
