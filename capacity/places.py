"""Places: where a number of a scenario may be set, what may stand there, and the scenario's file with others there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from capacity.errors import Fault, InputError, did_you_mean
from capacity.quantity import Quantity, bounds
from capacity.records.amount import (
    OPEN,
    Amount,
    amount_place,
    choice_place,
    counts_systems,
    named_problem,
    rate_problem,
    short_address,
)
from capacity.records.chip import Chip
from capacity.records.grid import CARBON_FACTORS, MARKETS
from capacity.records.integrity import Integrity
from capacity.records.scenario import UNKNOWN, Assumptions, Lot, ScenarioFile, VolumeCap
from capacity.records.site import Site
from capacity.records.system import System
from capacity.slips import figure_slips
from capacity.source import Source
from capacity.typed import (
    Problem,
    arriving,
    counted_lots,
    factor_of,
    problem_of,
    read_quantity,
    refused,
    source_key,
    typed_fields,
    without_unit,
)
from capacity.units import field_unit, sheet_unit
from capacity.words.amounts import COUNTED, read_amount

if TYPE_CHECKING:
    from capacity.words.vocabulary import Vocabulary

TYPED = Source(title="typed by the user", kind="user")
AMOUNTS = ("count", "amount")  # the two names of how much a lot is
FAR = 1e3  # how many times more or less a bare number may be than a lot's amount, to be in its unit
LIMITS = ("cap_per_owner", "supply", "conversion")  # what a lot may state beside its count


def assumption_problem(
    key: str, quantity: Quantity | None, defaults: Assumptions, owners: Collection[str]
) -> Problem | None:
    """What is wrong with a number for `mfu` or `mfu@owner`: nobody knows the name or owner, or it is out of bounds."""
    name, at, owner = key.partition("@")
    known = defaults.assumptions.get(name)
    if known is None:
        return f"unknown assumption {name!r}", did_you_mean(name, defaults.assumptions)
    if at and owner not in owners and owner != UNKNOWN:
        return f"unknown owner {owner!r}", did_you_mean(owner, {*owners, UNKNOWN})
    try:
        _ = quantity and quantity.within(known.floor, known.ceiling)
    except ValueError:
        assert quantity is not None
        return f"{quantity.stated} is out of range", bounds(known.floor, known.ceiling)
    return None


@dataclass(frozen=True)
class Places:
    """Where the numbers of a scenario stand; `regions`: all grids that there are, whether the scenario needs them."""

    file: ScenarioFile
    defaults: Assumptions
    chips: Mapping[str, Chip]
    systems: Mapping[str, System]
    sites: Mapping[str, Site]
    regions: Collection[str]

    def all(self) -> Iterator[str]:
        """Every place that may be set, for all owners at once; those of lots first."""
        for name, lot in self.file.lots.items():
            yield amount_place(name, lot.count)
            if choice := choice_place(lot.count):
                yield choice
            yield from (f"lots.{name}.{field}" for field in LIMITS)
            yield from (f"lots.{name}.shares.{owner}" for owner in lot.owners)
            yield from (f"lots.{name}.mix.{chip}" for chip in lot.chips or ())
            if lot.count.buyers:
                yield f"lots.{name}.count.buyers"
            if lot.volume_cap:
                yield from (f"lots.{name}.volume_cap.{field}" for field in VolumeCap.model_fields)
        names = tuple(self.defaults.assumptions)
        yield from (f"assumptions.{name}" for name in names)
        yield from (f"chips.{chip}.{figure}" for chip, sheet in self.chips.items() for figure in sheet.figures())
        yield from (f"prices.{chip}.{market}" for chip in self.chips for market in MARKETS)
        yield from (f"sites.{name}.{key}" for name, site in self.sites.items() for key in site.figures)
        yield from (f"grids.{grid}.{factor}" for grid in self.regions for factor in CARBON_FACTORS)
        for kind, holders in self._holders().items():
            yield from (f"{kind}.{holder}.assumptions.{name}" for holder in holders for name in names)

    def _holders(self) -> dict[str, Collection[str]]:
        """The records by kind that may state an assumption of their own."""
        return {
            "systems": self.systems, "sites": self.sites, "profiles": self.defaults.profiles,
            "grids": self.regions, "owners": self.file.owners,
        }  # fmt: skip

    def problem(self, place: str, quantity: Quantity | None) -> Problem | None:
        """What is wrong with setting a quantity at a place of the model, of a record or of a sheet, if anything."""
        kind, _, rest = place.partition(".")
        base, at, owner = rest.partition("@")
        if kind == "chips":
            sheet, _, figure = rest.partition(".")
            return None if sheet in self.chips and figure in self.chips[sheet].figures() else self._unknown(place)
        if kind == "prices":
            chip, _, market = rest.partition(".")
            return None if chip in self.chips and market in MARKETS else self._unknown(place)
        name = base
        if kind != "assumptions":
            holder, field, name = base.partition(".assumptions.")
            if kind == "grids" and not field:
                holder, field, name = base.partition(".domestic_chips.")
            if kind == "grids" and not field and not at:
                holder, _, name = base.rpartition(".")
                return None if holder in self.regions and name in CARBON_FACTORS else self._unknown(place)
            if kind == "sites" and not field and not at:
                holder, _, key = base.partition(".")
                return None if holder in self.sites and key in self.sites[holder].figures else self._unknown(place)
            if not field or holder not in self._holders().get(kind, ()):
                return self._unknown(place)
        return assumption_problem(name + at + owner, quantity, self.defaults, self.file.owners)

    def _unknown(self, place: str) -> Problem:
        known = list(self.all())
        holders = (".".join(place.split(".")[:depth]) + "." for depth in (2, 1))
        near = next((some for holder in holders if (some := [p for p in known if p.startswith(holder)])), known)
        return f"unknown place {place!r}", did_you_mean(place, near)

    # --- a file with other numbers -----------------------------------------------------------------

    def changed(
        self, values: Mapping[str, Any], document: Mapping[str, Any], vocabulary: Callable[[], Vocabulary],
        integrity: Callable[[], Integrity], source: Source, label: str, stated: Callable[[str], Quantity | None],
    ) -> tuple[ScenarioFile, dict[str, Any]]:  # fmt: skip
        """The file with other values at some places, and what it would say; `InputError` holds all that is wrong.

        `stated` gives what stands at a place now, in the unit of the place, for a value such as `50%` or `x0.5`.
        """
        key = source_key(self.file.sources, source)
        lots, sets, counted = dict(self.file.lots), dict(self.file.set), self.file.counted
        arrive = self.file.arrive
        cited: dict[str, Source] = {}
        faults: list[Fault] = []
        for place, value in values.items():
            try:
                if place == "counted":
                    counted = counted_lots(value, lots)
                    continue
                if place == "arrive":
                    arrive = arriving(value)
                    continue
                if meant := self._opened(lots, place, value):
                    lots |= meant
                    continue
                lot = self._amount_of(lots, place)
                if isinstance(value, str) and (factor := factor_of(value)):
                    value = self._scaled(place, value, factor, stated(place), key)
                if lot is not None:
                    value = self._amount(lot, place, value, key, vocabulary)
                quantity = value if isinstance(value, Quantity) else self._measured(place, value, key, vocabulary)
                cited |= {k: source for k in quantity.source if k not in self.file.sources}
                problem = None
                if place.startswith("lots."):
                    name, body = self._lot(lots, place, quantity)
                    lots[name] = Lot.model_validate(body)
                elif (problem := self.problem(place, quantity)) is None:
                    older = [p for p in sets if p.startswith(f"{place}@") and p not in values]
                    sets = {p: q for p, q in sets.items() if p not in older} | {place: quantity}
            except (ValidationError, LookupError) as error:
                problem = problem_of(error)
            if problem:
                at = "" if problem[0].startswith("unknown place") or label == f"--{place}" else place
                faults.append(Fault(label, None, None, at, *problem))
        update = {"lots": lots, "set": sets, "counted": counted, "arrive": arrive,
                  "sources": {**self.file.sources, **cited}}  # fmt: skip
        new = self.file.model_copy(update=update)
        if any(place.startswith("chips.") for place in values):
            wrong = figure_slips(sets, self.chips, integrity())
            faults += [Fault(label, None, None, place, *problem) for place, problem in wrong if place in values]
        if faults:
            raise InputError(faults)
        return new, _document(document, self.file, new)

    def _scaled(self, place: str, text: str, factor: float, now: Quantity | None, key: str) -> Any:
        """What `50%` or `x0.5` makes of what stands at a place: of a share that share, of an amount a part of it."""
        if "%" in text and self._is_share(place):
            return factor
        if now is None:
            raise LookupError(f"nothing stands at {place} that {text} could scale", "a number")
        if "%" in text and not place.startswith("lots."):
            raise LookupError(f"{text} of a number that is no amount", f"x{factor:g} scales it; or a number")
        bounds_ = {"floor": None, "ceiling": None} if self._is_share(place) else {}
        cited = (*now.source, key) if place.startswith("lots.") else (key,)
        note = f"{text.strip()} of {now.says or now.stated}"
        update = {"says": None, "source": cited, "grade": "D", "note": note, "disputed": (), **bounds_}
        return now.scaled(factor).model_copy(update=update)

    def unit_at(self, place: str) -> tuple[float, str]:
        """How many SI units the unit of a place is, and the SI unit; nothing of chips and plain numbers."""
        kind, _, rest = place.partition("@")[0].partition(".")
        name = rest.rpartition(".")[2]
        if kind == "prices":
            return 1.0, "USD"
        if kind == "chips":
            return sheet_unit(rest.partition(".")[2].partition(".")[0])
        if kind == "sites" and ".assumptions." not in rest:
            return sheet_unit("capacity_mw")
        known = self.defaults.assumptions.get(name)
        return 1.0, "" if known is None or known.unit in ("share", "ratio") else known.unit

    def _measured(self, place: str, value: Any, key: str, vocabulary: Callable[[], Vocabulary]) -> Quantity:
        """What was typed or given for a place, in the unit of the place."""
        if not isinstance(value, str) or place.startswith("lots."):
            return read_quantity(value, key, vocabulary)
        factor, unit = self.unit_at(place)
        number, more = without_unit(value, factor, unit) or (value, 1.0)
        try:
            return read_quantity(number, key, vocabulary).scaled(more)
        except ValidationError as error:
            what, allowed = problem_of(error)
            if not allowed.startswith("allowed: a count"):
                raise LookupError(what, allowed) from None
            expected = f"{field_unit(factor, unit)} expected, " if unit else ""
            raise LookupError(what.partition("; a count is of")[0], f"{expected}1.2, 1.1..1.3 or words") from None

    def _is_share(self, place: str) -> bool:
        """Whether a share stands at a place."""
        name = place.partition("@")[0].rpartition(".")[2]
        if place.startswith("lots."):
            return ".shares." in place or ".mix." in place or place.endswith((".conversion", ".volume_cap.share"))
        known = self.defaults.assumptions.get(name)
        return known is not None and known.unit == "share"

    def _opened(self, lots: Mapping[str, Lot], place: str, value: Any) -> dict[str, Lot]:
        """The lots whose open basis a value settles: at `lots.NAME.amount.of`, or for all that one source says."""
        name = place.removeprefix("lots.").removesuffix(".amount.of")
        own = place.startswith("lots.") and place.endswith(".amount.of") and name in lots
        meant = {n: lot for n, lot in lots.items() if (own and n == name) or choice_place(lot.count) == place}
        settled = {}
        for n, lot in meant.items():
            options = {**OPEN.get((lot.count.of or "").partition(".")[0], {}), **lot.count.options}
            of = options.get(str(value), short_address(str(value)))
            if of not in options.values():
                raise LookupError(f"{lot.count.stated} cannot be of {str(value)!r}", ", ".join(options))
            body = {key: getattr(lot, key) for key in lot.model_fields_set}
            settled[n] = Lot.model_validate({**body, "count": lot.count.model_copy(update={"of": of})})
        return settled

    def _amount_of(self, lots: Mapping[str, Lot], place: str) -> Lot | None:
        """The lot whose amount stands at a place; None where another thing does."""
        name, _, field = place.removeprefix("lots.").rpartition(".")
        return lots.get(name) if place.startswith("lots.") and field in AMOUNTS else None

    def _amount(self, lot: Lot, place: str, value: Any, key: str, vocabulary: Callable[[], Vocabulary]) -> Amount:
        """What was typed or given for a lot's amount: in chips where it counts what holds them."""
        if isinstance(value, Quantity):
            amount = Amount.model_validate(value)
            same = type(value) is Quantity and place.endswith(".amount")
            return amount.model_copy(update={"unit": lot.count.unit, "of": lot.count.of}) if same else amount
        data = typed_fields(value, key)
        if "says" not in data and not lot.count.is_chips and place.endswith(".amount"):
            ends = [data[end] for end in ("value", "low", "high") if end in data]
            if not all(lot.count.middle / FAR <= end <= lot.count.middle * FAR for end in ends):  # 8 is not 8 W
                raise LookupError(f"{value} of what is not said", f"{lot.count.stated}, or {value} chips")
            data |= lot.count.measure
        amount = Amount.model_validate(data, context={"vocabulary": vocabulary})
        if amount.unit in COUNTED and not float(amount.value or 0).is_integer():
            raise LookupError(f"{value} is no whole number of {amount.unit}", "a count such as 3 or 3.5 million")
        if amount.of and lot.count.of and len(amount.options) > 1 and amount.unit == lot.count.unit:
            amount = amount.model_copy(update={"of": lot.count.of})
        chip = self.chips[lot.chip]
        system = self.systems.get(lot.system or chip.system or "")
        words = read_amount(amount.says, vocabulary()) if amount.says else None
        if words and counts_systems(words, chip, system):
            amount = amount.model_copy(update={"unit": "systems"})
        if words and (problem := rate_problem(words, lot.per) or named_problem(words, chip, system)):
            raise refused(problem)
        try:
            return amount.in_chips(chip, system)
        except ValueError as error:
            raise refused(str(error)) from None

    def _lot(self, lots: Mapping[str, Lot], place: str, quantity: Quantity) -> tuple[str, dict[str, Any]]:
        """The name of a place's lot and its fields with another quantity there; `LookupError` where there is none."""
        rest = place.removeprefix("lots.")
        name = next((n for n in sorted(lots, key=len, reverse=True) if rest.startswith(n + ".")), "")
        field, _, inner = rest.removeprefix(name + ".").partition(".")
        lot = lots.get(name)
        if lot is None:
            raise LookupError(*self._unknown(place))
        body = {key: getattr(lot, key) for key in lot.model_fields_set}
        if field == "count" and quantity.each and quantity.buyers is None:
            quantity = quantity.model_copy(update={"buyers": lot.count.buyers})  # a number of its own
        if field in AMOUNTS and not inner:
            return name, {**body, "count": quantity, "reports": None}
        if field in LIMITS and not inner:
            return name, {**body, field: quantity}
        if field == "shares" and inner in lot.owners:
            return name, {**body, "shares": {**lot.shares, inner: quantity}}
        if field == "mix" and inner in (lot.chips or ()):
            return name, {**body, "mix": {**lot.mix, inner: quantity}}
        if (field, inner) == ("count", "buyers"):
            return name, {**body, "count": lot.count.model_copy(update={"buyers": quantity})}
        if field == "volume_cap" and lot.volume_cap and inner in VolumeCap.model_fields:
            return name, {**body, "volume_cap": lot.volume_cap.model_copy(update={inner: quantity})}
        raise LookupError(*self._unknown(place))


def _document(document: Mapping[str, Any], old: ScenarioFile, new: ScenarioFile) -> dict[str, Any]:
    """What the changed file would say; of what was not changed it holds what the old document holds."""
    data = dict(document)
    for name in ("set", "sources"):
        mine, before = getattr(new, name), getattr(old, name)
        more = {key: written(value) for key, value in mine.items() if before.get(key) is not value}
        data[name] = {key: value for key, value in {**(data.get(name) or {}), **more}.items() if key in mine}
        if not data[name]:
            del data[name]
    if new.counted != old.counted:
        data["counted"] = list(new.counted)
    if new.arrive != old.arrive:
        data["arrive"] = new.arrive
    lots = dict(data.get("lots") or {})
    for name, lot in new.lots.items():
        before = old.lots[name]
        if name not in lots:  # one of several reports of a lot
            if lot.count != before.count:
                whole, _, number = name.rpartition(".report-")
                reports = [*lots[whole]["reports"]]
                reports[int(number) - 1] = written(lot.count)
                lots[whole] = {**lots[whole], "reports": reports}
            continue
        for field in ("count", *LIMITS, "shares", "mix", "volume_cap"):
            if getattr(lot, field) is not getattr(before, field) and getattr(lot, field) != getattr(before, field):
                key, said = field, lots[name]
                if field == "count":
                    key = amount_place(name, lot.count).rpartition(".")[2]
                    said = {k: v for k, v in said.items() if k not in (*AMOUNTS, "reports")}
                lots[name] = {**said, key: written(getattr(lot, field))}
    data["lots"] = lots
    return data


def written(value: Any) -> Any:
    """A record as plain data that its file could hold; words stand alone, as they are read again."""
    if isinstance(value, dict):
        return {key: written(inner) for key, inner in value.items()}
    data = value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, Quantity) and value.says is not None:
        for key in ("value", "low", "median", "high", "floor", "ceiling", "anchor", "each", "buyers"):
            data.pop(key, None)
    return data
