"""Places: where a number of a scenario may be set, what may stand there, and the scenario's file with others there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from capacity.errors import Fault, InputError, did_you_mean, plain_words
from capacity.quantity import Quantity, bounds, typed_quantity
from capacity.records.amount import Amount, amount_place
from capacity.records.chip import Chip
from capacity.records.grid import CARBON_FACTORS, MARKETS
from capacity.records.integrity import Integrity
from capacity.records.scenario import UNKNOWN, Assumptions, Lot, ScenarioFile, VolumeCap
from capacity.records.site import Site
from capacity.records.system import System
from capacity.slips import figure_slips
from capacity.source import Source
from capacity.words.amounts import COUNTED, AmountWords, read_amount
from capacity.words.names import meant, normalised

if TYPE_CHECKING:
    from capacity.words.vocabulary import Vocabulary

TYPED = Source(title="typed by the user", kind="user")
AMOUNTS = ("count", "amount")  # the two names of how much a lot is
LIMITS = ("cap_per_owner", "supply", "conversion")  # what a lot may state beside its count
Problem = tuple[str, str]  # what is wrong, what is allowed


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


def named_problem(words: AmountWords, chip: Chip, system: System | None) -> str | None:
    """What is wrong where the words of an amount name another chip or system than the lot's, if anything."""
    own = {chip.id: (chip.id, chip.name, *chip.aliases)}
    held = {system.id: (system.id, system.name, *system.aliases)} if system else {}
    for name, parts in ((words.chip, {**own, **held}), (words.system, {**held, **own})):
        if name is None or meant(name, parts) or normalised(name) in _shorter(chip.id):
            continue
        part_of = name == words.system and any(normalised(name) in normalised(n) for own in held.values() for n in own)
        if not part_of:
            return f'"{words.text}" names {name}, and the lot is of {chip.id} ({_either(parts)})'
    return None


def rate_problem(words: AmountWords, per: str | None) -> str | None:
    """What is wrong where the words of an amount say so much a week, month, year, and the lot has no such rate."""
    if words.rate in (None, per):
        return None
    return f'"{words.text}" is so much a {words.rate} (how much in all, or per: {words.rate} and until)'


def counts_systems(words: AmountWords, chip: Chip, system: System | None) -> bool:
    """Whether a number without a unit counts systems, as it stands before the name of one: "500 DGX H200"."""
    if words.unit or words.chip is None or system is None or words.kind != "chips":
        return False
    own, held = (chip.id, chip.name, *chip.aliases), (system.id, system.name, *system.aliases)
    return not (meant(words.chip, {"": own}) or normalised(words.chip) in _shorter(chip.id)) and bool(
        meant(words.chip, {"": held})
    )


def _shorter(id_: str) -> set[str]:
    """An id and its beginnings, as names are compared: `h100-sxm` and `h100`."""
    parts = id_.split("-")
    return {normalised("-".join(parts[: n + 1])) for n in range(len(parts))}


def _either(parts: Collection[str]) -> str:
    return " or ".join(parts)


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
        key = _key(self.file.sources, source)
        lots, sets, counted = dict(self.file.lots), dict(self.file.set), self.file.counted
        arrive = self.file.arrive
        cited: dict[str, Source] = {}
        faults: list[Fault] = []
        for place, value in values.items():
            try:
                if place == "counted":
                    counted = tuple(value)
                    faults += [Fault(label, None, None, place, f"unknown lot {n!r}", did_you_mean(n, lots))
                               for n in counted if n not in lots]  # fmt: skip
                    continue
                if place == "arrive":
                    arrive = _arriving(value)
                    continue
                lot = self._amount_of(lots, place)
                if isinstance(value, str) and (factor := _factor(value)):
                    value = self._scaled(place, value, factor, stated(place), key)
                if lot is not None:
                    value = self._amount(lot, place, value, key, vocabulary)
                quantity = value if isinstance(value, Quantity) else _read(value, key, vocabulary)
                cited |= {k: source for k in quantity.source if k not in self.file.sources}
                problem = None
                if place.startswith("lots."):
                    name, body = self._lot(lots, place, quantity)
                    lots[name] = Lot.model_validate(body)
                elif (problem := self.problem(place, quantity)) is None:
                    older = [p for p in sets if p.startswith(f"{place}@") and p not in values]
                    sets = {p: q for p, q in sets.items() if p not in older} | {place: quantity}
            except (ValidationError, LookupError) as error:
                problem = _problem(error)
            if problem:
                at = "" if problem[0].startswith("unknown place") else place
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

    def _is_share(self, place: str) -> bool:
        """Whether a share stands at a place."""
        name = place.partition("@")[0].rpartition(".")[2]
        if place.startswith("lots."):
            return ".shares." in place or ".mix." in place or place.endswith((".conversion", ".volume_cap.share"))
        known = self.defaults.assumptions.get(name)
        return known is not None and known.unit == "share"

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
        data = _typed(value, key)
        if "says" not in data and not lot.count.is_chips and place.endswith(".amount"):
            raise LookupError(f"{value} of what is not said", f"{lot.count.stated}, or {value} chips")
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
            raise _refused(problem)
        try:
            return amount.in_chips(chip, system)
        except ValueError as error:
            raise _refused(str(error)) from None

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


def _key(sources: Mapping[str, Source], source: Source) -> str:
    """The key under which the source of what was typed is cited: one that is its own, or free."""
    names = ("command-line", *(f"command-line-{n}" for n in range(2, len(sources) + 3)))
    return next(name for name in names if sources.get(name, source) == source)


def _read(value: Any, key: str, vocabulary: Callable[[], Vocabulary]) -> Quantity:
    """What was typed or given as a number, as a quantity."""
    return Quantity.model_validate(_typed(value, key), context={"vocabulary": vocabulary})


def _typed(value: Any, key: str) -> dict[str, Any]:
    """What was typed or given as a number, as the fields of a quantity that cites `key`."""
    text = value if isinstance(value, str) else repr(value) if type(value) in (int, float) else ""
    if not text.strip():
        raise LookupError(f"{value!r} is no number", "1.2, 1.1..1.3, words, or a Quantity")
    return typed_quantity(text.strip(), key)


def _factor(text: str) -> float | None:
    """The factor that `50%`, `x0.5` or `×1.5` is; None for any other text.

    >>> _factor("50 %"), _factor("x0.5"), _factor("50")
    (0.5, 0.5, None)
    """
    match = re.fullmatch(r"\s*(?:([x×])\s*(\d*\.?\d+)|(\d*\.?\d+)\s*%)\s*", text)
    if match is None:
        return None
    factor = float(match[2]) if match[1] else float(match[3]) / 100
    if factor <= 0:
        raise LookupError(f"{text} leaves nothing", "more than 0")
    return factor


def _arriving(value: Any) -> float:
    """The share that arrives, as typed: `50%` or `0.5`."""
    try:
        share = (_factor(value) if isinstance(value, str) else None) or float(value)
    except (TypeError, ValueError):
        share = 0.0
    if not 0 < share <= 1:
        raise LookupError(f"{value!r} is no share that arrives", "above 0 % to 100 %")
    return share


def _refused(text: str) -> LookupError:
    """What is wrong, and what is allowed, of a text that has that in brackets at its end."""
    what, _, allowed = text.rpartition(" (")
    return LookupError(what or text, allowed.removesuffix(")") if what else "")


def _problem(error: Exception) -> Problem:
    """What pydantic or a look-up finds wrong, in our words."""
    if not isinstance(error, ValidationError):
        return error.args[0], error.args[1]
    first = error.errors(include_url=False)[0]
    if first["type"] != "value_error":
        return plain_words(first["msg"]), ""
    what, _, allowed = first["msg"].removeprefix("Value error, ").partition(" (")
    return what, allowed.removesuffix(")")


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
