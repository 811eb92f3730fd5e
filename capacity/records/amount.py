"""How much a lot states: chips, or a result that is proportional to chips, in the words or numbers of its source."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Self

from pydantic import Field, ValidationInfo, model_validator

from capacity.quantity import Quantity
from capacity.records.chip import Chip
from capacity.records.schedule import PERIODS
from capacity.records.system import System
from capacity.units import scale
from capacity.words.amounts import COUNTED, AmountWords, read_amount
from capacity.words.names import meant, normalised
from capacity.words.tokens import WordsError
from capacity.words.vocabulary import SYSTEMS, Vocabulary

CHIPS = "chips"
MONEY = ("USD", "EUR", "GBP", "CNY")
# What a basis that the words leave open may mean: the options by name, each with the result that it is.
OPEN: Mapping[str, Mapping[str, str]] = {
    "power": {b: f"power.{b}.nameplate" for b in ("it", "facility", "contracted")},
    "power.peak": {b: f"power.{b}.peak" for b in ("it", "facility")},
    "power.average": {b: f"power.{b}.average" for b in ("it", "facility")},
    "capex": {part: f"capex.{part}" for part in ("chips", "it", "total")},
}
# What a unit can be an amount of, by the beginning of the result's address.
MEASURES = {"W": "power", **dict.fromkeys(MONEY, "capex"), "h100_equivalents": "h100_equivalents",
            "FLOP/s": "peak_flops"}  # fmt: skip
UNITS = {"power": "W", "capex": "USD", "h100_equivalents": "h100_equivalents", "peak_flops": "FLOP/s",
         "servers": "servers"}  # fmt: skip
# The units of systems that a word counts.
HOLDERS = {
    "boards": ("board",), "trays": ("tray", "blade"), "servers": ("server", "node", "blade"), "racks": ("rack",),
    "pods": ("pod",),
}  # fmt: skip


# Which option of an open basis is the rest, and how the assumptions begin that give the chance of each other one.
CHANCES = {"power": ("facility", "unstated_is"), "capex": ("it", "spend_is")}
# How many USD one of another currency is.
EXCHANGE = {"EUR": "usd_per_eur", "GBP": "usd_per_gbp", "CNY": "usd_per_cny"}


def amount_place(lot: str, amount: Amount) -> str:
    """Where a lot's amount is printed and set: `lots.NAME.count` where it is chips, else `lots.NAME.amount`."""
    return f"lots.{lot}.{'count' if amount.is_chips else 'amount'}"


def choice_place(amount: Amount) -> str | None:
    """Where it is set what an open basis means, one place for all that one source says; None where it is not open."""
    if len(amount.options) < 2:
        return None
    return f"unstated.{(amount.of or '').partition('.')[0]}.{amount.source[0]}"


class Amount(Quantity):
    """How many chips, or how much of a result that is proportional to chips; the chips then follow in each world.

    `unit` is what is counted or measured (a unit of `specs/units.yaml`; nothing: chips, or SI units of the result).
    `of` is the address of the result; the beginning of one (`power`, `capex`) leaves open which, and it is drawn.

    >>> Amount(value=1.2e9, unit="W", of="power.it.nameplate", source="x", grade="B").is_chips
    False
    """

    unit: str = CHIPS
    of: str | None = Field(default=None, min_length=3)

    @property
    def is_chips(self) -> bool:
        """Whether it is a number of chips."""
        return self.of is None

    @property
    def measure(self) -> dict[str, str]:
        """Its unit and the result that it is an amount of, where that is not chips."""
        return {} if self.of is None else {"unit": self.unit, "of": self.of}

    @property
    def options(self) -> Mapping[str, str]:
        """The results that it may be an amount of, by name: one, or those between which the words leave it open."""
        return OPEN.get(self.of or "", {self.of or CHIPS: self.of or CHIPS})

    @property
    def stated(self) -> str:
        """The number or interval in short, with its unit where that is not chips."""
        if self.unit == CHIPS:
            return super().stated
        factor, unit = scale(self.middle, self.unit)
        return f"{super(Amount, self.over(factor)).stated} {unit.replace('_', ' ')}"

    @property
    def spoken(self) -> str:
        """The number or interval in short, with its unit."""
        return f"{self.stated} chips" if self.unit == CHIPS else self.stated

    @model_validator(mode="before")
    @classmethod
    def _read_words(cls, data: Any, info: ValidationInfo) -> Any:
        """Turn `says`, or numbers in a unit, into numbers in SI and what they are an amount of."""
        if isinstance(data, Quantity):
            return {key: getattr(data, key) for key in data.model_fields_set}
        if isinstance(data, (str, int, float)) and not isinstance(data, bool):
            data = {"says": data} if isinstance(data, str) else {"value": data}
        if not isinstance(data, dict):
            return data
        words: AmountWords | None = None
        if info.context and data.get("says") is not None:
            vocabulary: Vocabulary = info.context["vocabulary"]()
            cls._alone(data)
            try:
                if ".." in str(data["says"]) and (ends := _typed_ends(str(data["says"]), vocabulary)):
                    low, words = ends
                    data = {**data, "says": None, "low": low, "high": (words.reading.value or 0.0) * words.factor}
                    return {**data, "unit": words.kind, **_basis({**data, "unit": words.kind}, words)}
                words = read_amount(str(data["says"]), vocabulary)
            except WordsError as error:
                raise ValueError(str(error)) from None
            data = cls.with_reading(data, words.reading, words.factor)
            data["unit"] = words.kind if words.unit else data.get("unit", words.kind)
        elif info.context and isinstance(data.get("unit"), str):
            data = _in_base_units(data, info.context["vocabulary"]())
        return {**data, **_basis(data, words)}

    @model_validator(mode="after")
    def _check_basis(self) -> Self:
        """The unit and the result must measure one thing."""
        if self.of is None:
            return self
        head = self.of.partition(".")[0]
        measured = UNITS.get(head)
        fits = self.unit in MONEY if head == "capex" else self.unit == measured
        if (measured and not fits) or (self.unit in MEASURES and MEASURES[self.unit] != head):
            raise ValueError(
                f"{self.unit.replace('_', ' ')} are no measure of {self.of} ({measured or 'a plain number'})"
            )
        return self

    def in_chips(self, chip: Chip, system: System | None) -> Self:
        """The same in chips where it counts dies, servers, racks …; `ValueError` where they hold nobody knows how many.

        A result (watts, money) stays what it is.
        """
        if self.unit == "dies":
            each = chip.dies
            if each is None:
                raise ValueError(f"nobody says how many dies a {chip.id} has (chips)")
            return self._counted(1 / each)
        if self.unit not in SYSTEMS:
            return self
        kind = self.unit.removesuffix("s")
        if system is None:
            raise ValueError(f"no {kind} of {chip.id} is in the library (chips, or a `system` that holds them)")
        if self.unit == "systems" or system.unit in HOLDERS[self.unit]:
            return self._counted(system.chips)
        racks = system.racks if self.unit == "racks" else None
        if racks and system.chips % racks == 0:
            return self._counted(system.chips // racks)
        what = f"{chip.id} comes in {system.id}, a {system.unit} of {system.chips}, and in no {kind} that we know"
        raise ValueError(f"{what} ({system.unit}s, chips, or a `system` that is a {kind})")

    def _counted(self, each: float) -> Self:
        return self.scaled(each).model_copy(update={"unit": CHIPS, "of": None})


def _typed_ends(text: str, vocabulary: Vocabulary) -> tuple[float, AmountWords] | None:
    """The ends of `8..12 GW` or `8 GW..12 GW`: the lower in base units, and the words of the upper; None for others."""
    low, _, high = text.partition("..")
    ends = [read_amount(end, vocabulary) for end in (low, high)] if high.strip(" .") == high.strip() else []
    if not ends or any(end.reading.value is None for end in ends):
        return None
    factor = ends[0].factor if ends[0].unit else ends[1].factor
    if ends[0].unit and ends[0].kind != ends[1].kind:
        raise ValueError(f'"{text}" is in {ends[0].kind} and in {ends[1].kind} (one unit)')
    return (ends[0].reading.value or 0.0) * factor, ends[1]


def unit_of(stated: Mapping[str, Any], vocabulary: Vocabulary) -> tuple[str, float] | None:
    """The base unit of what states a measured amount, and how much of it one of its own unit is; None for a count."""
    if isinstance(stated.get("says"), str):
        try:
            words = read_amount(stated["says"], vocabulary)
        except WordsError:
            return None  # it is refused where the amount is read
        return None if words.kind in COUNTED else (words.kind, words.factor)
    unit = vocabulary.units.units.get(str(stated.get("unit")))
    return None if unit is None or unit.kind in COUNTED else (unit.kind, unit.factor)


def _in_base_units(data: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Numbers in a unit of the table, in the base unit of its kind."""
    name = data["unit"]
    known = vocabulary.units.units
    kinds = {unit.kind for unit in known.values()}
    if name in kinds:
        return data
    if name not in known:
        raise ValueError(f"unknown unit {name!r} ({', '.join(sorted({*known, *kinds}))})")
    ends = ("value", "low", "median", "high", "floor", "ceiling", "anchor")
    numbers = {key: data[key] * known[name].factor for key in ends if type(data.get(key)) in (int, float)}
    return {**data, **numbers, "unit": known[name].kind}


def _basis(data: Mapping[str, Any], words: AmountWords | None) -> dict[str, Any]:
    """What an amount is one of: as it states itself, else by its unit and what its words say of the basis."""
    unit, of = data.get("unit"), data.get("of")
    of = short_address(of) if isinstance(of, str) else of
    if of in (None, CHIPS, "servers") and unit in (None, CHIPS, "dies", *SYSTEMS):
        return {"of": None, "unit": unit or ("servers" if of == "servers" else CHIPS)}
    if not isinstance(of, (str, type(None))) or not isinstance(unit, (str, type(None))):
        return {}
    if of is not None and unit in (None, CHIPS) and (words is None or not words.unit):
        unit = UNITS.get(of.partition(".")[0], "")
    return {"unit": unit, "of": of or _hinted(str(unit), words)}


def is_bare(stated: Mapping[str, Any], vocabulary: Vocabulary) -> bool:
    """Whether what is stated is a number without a unit or a name."""
    if "says" not in stated:
        return stated.get("unit") is None and stated.get("of") is None
    try:
        words = read_amount(str(stated["says"]), vocabulary)
    except WordsError:
        return False
    return stated.get("unit") is None and not (words.unit or words.chip or words.system)


def short_address(of: str) -> str:
    """The address of a result that is named in short: `facility` by its nameplate, `peak_flops.fp8` as dense.

    >>> short_address("power.it"), short_address("facility"), short_address("capex.total")
    ('power.it.nameplate', 'power.facility.nameplate', 'capex.total')
    """
    name = of.removeprefix("power.")
    if name in ("chip", "server", "it", "facility", "contracted"):
        return f"power.{name}.nameplate"
    if of.startswith("peak_flops.") and of.count(".") == 1:
        return f"{of}.dense"
    return f"{of}.8bit" if of == "h100_equivalents" else of


def _hinted(unit: str, words: AmountWords | None) -> str:
    """The result that a unit measures, as far as the words beside it say which."""
    hints = set(words.of) if words else set()
    if unit == "W":
        boundaries = [b for b in ("it", "facility", "contracted") if b in hints]
        ratings = [r for r in ("nameplate", "peak", "average") if r in hints]
        for several in (boundaries, ratings):
            if len(several) > 1:
                raise ValueError(f"the watts are said to be {' and '.join(several)} (one of them)")
        rating = ratings[0] if ratings else "nameplate"
        if boundaries:
            return f"power.{boundaries[0]}.{rating}"
        return "power" if rating == "nameplate" else f"power.{rating}"
    if unit in MONEY:
        return "capex"
    if unit == "h100_equivalents":
        return "h100_equivalents.8bit"
    if unit == "FLOP/s":
        precision = words.precision if words else None
        if precision is None:
            raise ValueError("FLOP/s of which precision is not said (say so: 5 EFLOP/s FP8, or `of`)")
        return f"peak_flops.{precision}.{(words and words.sparsity) or 'dense'}"
    raise ValueError(f"{unit!r} is no unit of an amount (chips, racks, W, USD, h100_equivalents, FLOP/s)")


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
    allowed = "how much in all, or with an end: until"
    if words.rate not in PERIODS:
        allowed = "how much in all, or a week, a month, a quarter or a year"
    return f'"{words.text}" is so much a {words.rate} ({allowed})'


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
