"""Layers → inputs: whose number holds where, and another scenario with some numbers changed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar, cast

from capacity.errors import fail
from capacity.layers import GENERAL, LAYERS, SetBy, Stated, cited, set_at
from capacity.places import AMOUNTS, TYPED, Places
from capacity.quantity import Quantity
from capacity.records.amount import CHANCES, EXCHANGE, OPEN, amount_place
from capacity.records.chip import Chip
from capacity.records.joined import Cell, Joined
from capacity.records.scenario import CONVERSION, UNKNOWN
from capacity.slips import figure_notes
from capacity.source import Source
from capacity.units import field_unit, sheet_unit

if TYPE_CHECKING:
    from capacity.records.grid import Market
    from capacity.records.integrity import Integrity
    from capacity.words.vocabulary import Vocabulary


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

    `vocabulary` gives the words in which `having` reads, `integrity` what a figure can be; `commanded` are the places
    that it changed, `replaced` the whole inputs that it put in the place of others; `document` is what a file of it
    would hold.
    """

    vocabulary: Callable[[], Vocabulary] = field(kw_only=True, repr=False)
    integrity: Callable[[], Integrity] = field(kw_only=True, repr=False)
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
        """How many chips a lot has, or how much of the result that it is an amount of, in SI."""
        amount = self.file.lots[lot].count
        place = amount_place(lot, amount)
        return replace(self._stated(place, amount, amount.unit, f"lots.{lot}.count"), set_by=self._typed(lot))

    def _typed(self, lot: str) -> SetBy:
        """Who set a lot's amount, under either of its names."""
        return "command" if {f"lots.{lot}.count", f"lots.{lot}.amount"} & self.commanded else "scenario"

    def chances(self, of: str) -> dict[str, float]:
        """How likely each option of a basis is that words leave open (`power`, `capex`), in the order of `OPEN`.

        Raises `InputError` where the assumed chances pass 1.
        """
        rest, prefix = CHANCES[of.partition(".")[0]]
        chances = {i.place.rpartition("_is_")[2]: i.quantity.midpoint for i in self.chance_inputs(of)}
        if sum(chances.values()) > 1:
            what = f"the chances of {' and '.join(f'{prefix}_{o}' for o in chances)} come to {sum(chances.values()):g}"
            raise fail("assumptions", what, "at most 1")
        chances[rest] = 1 - sum(chances.values())
        whole = sum(chances[option] for option in OPEN[of])
        return {option: chances[option] / whole for option in OPEN[of]}

    def chance_inputs(self, of: str) -> list[Input]:
        """The assumptions that say how likely each option of an open basis is; the rest is one without."""
        head = of.partition(".")[0]
        rest, prefix = CHANCES[head]
        return [self.assumption(f"{prefix}_{option}", None) for option in OPEN[head] if option != rest]

    def exchange(self, unit: str) -> Input | None:
        """How many USD one of a currency is; None where it is no other currency."""
        return self.assumption(EXCHANGE[unit], None) if unit in EXCHANGE else None

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
        if self.file.arriving(cell.lot) < 1:
            sure = Quantity(value=1.0, source=lot.count.source, grade="D", note="what arrives is assumed")
            return self._stated(f"lots.{cell.lot}.conversion", sure, "share")
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
    def part(self, lot: str, chip: str) -> Input:
        """A chip's part of a lot of several: quoted, or a bare normal that weighs in the split of the rest."""
        place = f"lots.{lot}.mix.{chip}"
        quoted = self.file.lots[lot].mix.get(chip)
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
        sources = cited(quantity, self.chips[chip].sources)
        return Input(place, quantity, unit, stream, "default", sources, factor=factor)

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
        return Input(place, quantity, unit, place, "default", cited(quantity, self.grids[region].sources))

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
        return Input(place, quantity, "USD", place, "default", cited(quantity, known.sources))

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

    @_once
    def site_power(self, site: str, key: str) -> Input:
        """A figure of a site's power, at `capacity_mw` or `phases.1.limit`, in W."""
        place, record = f"sites.{site}.{key}", self.sites[site]
        quantity = record.figures[key]
        stated = set_at(self, place, None) or Stated(place, quantity, cited(quantity, record.sources), "scenario")
        return Input(place, stated.quantity.scaled(1e6), "W", place, stated.set_by, stated.sources, factor=1e6)

    def _stated(self, place: str, quantity: Quantity, unit: str, stream: str = "") -> Input:
        by: SetBy = "command" if place in self.commanded else "scenario"
        return Input(place, quantity, unit, stream or place, by, cited(quantity, self.file.sources))

    @property
    def places(self) -> Places:
        """The places at which numbers stand, and what may stand there."""
        return Places(self.file, self.defaults, self.chips, self.systems, self.sites, self.regions)

    def having(self, values: Mapping[str, Value], *, source: Source | None = None, label: str = "having") -> Self:
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
        file, document = self.places.changed(
            rest, self.document, self.vocabulary, self.integrity, source or TYPED, label, self.stated_at
        )
        others = {"grids": self.regions, "sites": self.sites}
        odd = figure_notes(file.set, self.chips, others, self.integrity()) if file.set else ()
        notes = tuple(dict.fromkeys((*self.notes, *odd)))
        return replace(
            self, file=file, document=document, notes=notes, commanded=self.commanded | rest.keys(),
            replaced={**self.replaced, **swapped}, chips={**sheets, **self.chips},
        )  # fmt: skip

    def stated_at(self, place: str) -> Quantity | None:
        """What stands at a place now, in the unit of the place; None where nothing does.

        Of an assumption that is what holds where nothing nearer states it; with `@owner` what holds for that owner.
        """
        if place in self.file.set:
            return self.file.set[place]
        kind, _, rest = place.partition(".")
        base, at, owner = rest.partition("@")
        if kind == "lots":
            return self._of_lot(rest)
        if kind == "assumptions" and base in self.defaults.assumptions:
            cell = next((c for c in self.cells if at and (c.owner or UNKNOWN) == owner), None)
            return None if at and cell is None else self.assumption(base, cell).stated
        holder, _, name = base.partition(".assumptions.") if ".assumptions." in base else base.partition(".")
        if kind == "chips":
            return self.chips[holder].figures().get(name) if holder in self.chips else None
        if kind == "prices":
            return dict(self.prices[holder].usd).get(cast("Market", name)) if holder in self.prices else None
        if kind == "grids" and ".assumptions." not in base:
            return self.grids[holder].factor(name) if holder in self.grids else None
        holders: Mapping[str, Mapping[str, Any]] = {
            "owners": self.file.owners, "sites": self.sites, "systems": self.systems,
            "profiles": self.defaults.profiles, "grids": self.grids,
        }  # fmt: skip
        records = holders.get(kind, {})
        return records[holder].assumptions.get(name) if holder in records else None

    def _of_lot(self, rest: str) -> Quantity | None:
        """A number of a lot, by its place without `lots.`."""
        name = next((n for n in sorted(self.file.lots, key=len, reverse=True) if rest.startswith(n + ".")), "")
        field = rest.removeprefix(name + ".")
        if not name or field in AMOUNTS:
            return self.file.lots[name].count if name else None
        for quoted in ("shares", "mix"):
            if field.startswith(f"{quoted}."):
                parts: Mapping[str, Quantity] = getattr(self.file.lots[name], quoted)
                return parts.get(field.removeprefix(f"{quoted}."))
        value: Any = self.file.lots[name]
        for key in field.split("."):
            value = getattr(value, key, None)
        return value if isinstance(value, Quantity) else None

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of all that the answer rests on, whatever files it came from."""
        import hashlib
        import json

        named = [site for name, site in self.sites.items() if name not in self.file.sites]
        sheets = [chip for name, chip in self.chips.items() if name not in self.file.chips]
        parts = [self.file, *sheets, *self.systems.values(), self.defaults]
        parts += [*named, *self.grids.values(), *self.prices.values(), *(i.quantity for i in self.replaced.values())]
        unused = {"claims"}  # what others say of the answer does not move it
        whole = [part.model_dump(mode="json", exclude_defaults=True, exclude=unused) for part in parts]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
