"""Lots as they are typed: by options, or in one line, "18,000 gb300 ordered 2025-05-13 for Humain due 2026"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from capacity.errors import InputError, fail
from capacity.load.input_file import InputFile
from capacity.load.names import find_part, is_name, meant_chips
from capacity.load.records import load_vocabulary
from capacity.load.settings import owner_id, slug, typed_source, typed_text
from capacity.load.specs import Specs
from capacity.quantity import typed_quantity
from capacity.records.amount import MONEY, UNITS, is_bare, short_address
from capacity.words.amounts import COUNTED, amount_prefix, read_amount
from capacity.words.dates import DateError, read_days
from capacity.words.stages import read_stage, stage_prefix
from capacity.words.tokens import WordsError
from capacity.words.vocabulary import Vocabulary

ALLOWED = "AMOUNT CHIP STAGE DATE for OWNERS at SITE due DATE"
_DUE = re.compile(r"(?:due|by|until|before|no later than)\b", re.IGNORECASE)
_STOPS = re.compile(r"\s(?:for|due|by|until|before|since|at|no later than)\s|\s\d{4}\b|[(;]", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,|;|、|\band\b|&)\s*")
_TIMES = re.compile(r"^\s*[x×]\s+(?=\S)", re.IGNORECASE)  # "8 x H100", "8x H100"
# A sign such as % or $ says something, and names are compared without signs: no word with one is part of a name.
_IN_A_NAME = re.compile(r"""["'“‘]?[^\W_](?:[\w.+/&'’·‐‑–-]*[\w.+'"’”])?""")
MOST_WORDS = 8  # of one name
LONGEST = 1000  # characters of a line


@dataclass(frozen=True)
class TypedLot:
    """One lot as typed; `chips` and `system` are ids, `notes` what was taken for what is not said."""

    amount: str
    chips: tuple[str, ...]
    system: str | None = None
    stage: str | None = None
    date: str | None = None
    due: str | None = None
    since: str | None = None
    owners: tuple[str, ...] = ()
    site: str | None = None
    of: str | None = None
    region: str | None = None
    profile: str | None = None
    unit: str | None = None  # what a bare number counts, where that is not chips
    notes: tuple[str, ...] = ()


def one_lot_document(chip: str, count: str, owners: Sequence[str], as_of: str, source: str | None) -> InputFile:
    """The scenario of one lot of a chip, by its id, that was typed on the command line."""
    lot = TypedLot(typed_text(count, "--count"), (typed_text(chip, "--chip"),),
                   owners=tuple(typed_text(name, "--owners") for name in owners))  # fmt: skip
    return lots_document([lot], as_of, source)


def lots_document(lots: Sequence[TypedLot], as_of: str, source: str | None, specs: Specs | None = None) -> InputFile:
    """The scenario of lots that were typed; each cites who is named as the `source`.

    Raises `InputError` where an amount is no whole number of chips, or an owner is listed twice.
    """
    vocabulary = load_vocabulary(specs or Specs())
    data: dict[str, Any] = {"owners": {}, "sites": {}, "lots": {}, "counted": []}
    names = ["stated"] if len(lots) == 1 else [f"lot-{n + 1}" for n in range(len(lots))]
    for name, lot in zip(names, lots, strict=True):
        owners = {owner_id(owner): owner for owner in lot.owners}
        if len(owners) != len(lot.owners):
            raise fail("--owners", "an owner is listed twice", "each once")
        about = {key: value for key in ("profile", "region") if (value := getattr(lot, key))}
        data["owners"] |= {key: {"name": owner, **about} for key, owner in owners.items()}
        stated: dict[str, Any] = {
            **({"chips": list(lot.chips)} if lot.chips[1:] else {"chip": lot.chips[0]}),
            "stage": lot.stage,
            "date": lot.date or as_of,
            "system": lot.system,
            "owners": list(owners),
            "site": lot.site,
            "due": lot.due,
            "since": lot.since,
        }
        if about and not owners:
            if lot.site:
                raise fail(
                    "--site", f"{lot.site} has a {' and a '.join(about)} of its own", "no " + ", no ".join(about)
                )
            data["sites"][name] = {"name": "where the chips stand", **about}
            stated["site"] = name
        amount = typed_quantity(lot.amount)
        if lot.of is None and not float(amount.get("value", 0)).is_integer():
            raise fail("--count", f"{lot.amount} is no whole number of chips", "a count such as 3 or 3.5 million")
        key = "count" if lot.of is None and _is_count(lot.amount, vocabulary) else "amount"
        if lot.of and is_bare(typed_quantity(lot.amount), vocabulary) and (units := _units_of(lot.of, vocabulary)):
            raise fail("--amount", f"{lot.amount} of what", units)
        basis = {"of": lot.of, "unit": lot.unit}
        stated[key] = {**amount, **{name: text for name, text in basis.items() if text}}
        data["lots"][name] = {key: value for key, value in stated.items() if value}
        data["counted"].append(name)
    texts = [f"{lot.amount} {_what(lot)}" + (f" for {', '.join(lot.owners)}" if lot.owners else "") for lot in lots]
    more = f" and {len(lots) - 1} more" if lots[1:] else ""
    id_ = slug(f"{_what(lots[0])} {lots[0].amount}{more}")[:80].rstrip("-.")
    titled = {"id": id_, "name": "; ".join(texts), "as_of": as_of}
    data = {**titled, **{key: value for key, value in data.items() if value}}
    data["sources"] = {"command-line": {"title": typed_source(source).title, "kind": "user"}}
    return InputFile("command line", data)


def _is_count(text: str, vocabulary: Vocabulary) -> bool:
    """Whether the words count chips or what holds them; what nobody understands is told where it is read."""
    try:
        return read_amount(text, vocabulary).kind in COUNTED
    except WordsError:
        return True


def _what(lot: TypedLot) -> str:
    """What a lot's number counts: systems, or its chips."""
    return str(lot.system) if lot.unit else "/".join(lot.chips)


def _units_of(of: str, vocabulary: Vocabulary) -> str:
    """The units of power, money or speed in which a result is measured; nothing of any other result."""
    measured = UNITS.get(short_address(of).partition(".")[0], "")
    kinds = MONEY if measured == "USD" else (measured,) if measured in ("W", "FLOP/s") else ()
    return ", ".join(name for name, unit in vocabulary.units.units.items() if unit.kind in kinds and "_" not in name)


def counting(lot: TypedLot, named: str | None, specs: Specs) -> TypedLot:
    """The lot of an amount beside the name of a chip or, as `named` says, of a system; a bare number counts these.

    Where an option alone names the system it counts chips, with a note.
    """
    if lot.system is None or lot.of or not is_bare(typed_quantity(lot.amount), load_vocabulary(specs)):
        return lot
    if named:
        return replace(lot, unit="systems")
    note = f"{lot.amount} is taken as chips in {lot.system} ({lot.amount} systems: of these)"
    return replace(lot, notes=(*lot.notes, note))


def read_lot(text: str, specs: Specs, today: date | None = None, option: str = "--lot") -> TypedLot:
    """A lot in one line: what it amounts to, of which chip or system, and in any order stage, days, owners, site.

    Raises `InputError` with what is not understood.

    >>> read_lot("18,000 gb300 ordered 2025-05-13 for Humain due 2026-12-31", Specs()).owners
    ('Humain',)
    """
    text = typed_text(text, option)
    if len(text) > LONGEST:
        raise fail(option, f"the line has {len(text):,} characters", f"at most {LONGEST:,}: a line for each lot")
    try:
        return _Line(text, specs, load_vocabulary(specs), today, option).lot()
    except InputError:
        raise
    except WordsError as error:
        what, _, allowed = str(error).partition(" (")
        raise fail(option, what, allowed.removesuffix(")")) from None


@dataclass
class _Line:
    """The grammar of a lot's line: one part after the other."""

    text: str
    specs: Specs
    vocabulary: Vocabulary
    today: date | None
    option: str
    rest: str = ""
    parts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def lot(self) -> TypedLot:
        """All of the line."""
        begun = self.text[: next(self._stages(self.text), len(self.text))]  # a stage word may describe what is counted
        amount = amount_prefix(begun, self.vocabulary, self.today, dates=False)
        if amount is None:
            raise fail(self.option, f"{self.text!r} does not begin with an amount", ALLOWED)
        words, left = amount[0], _TIMES.sub(" ", amount[1])
        says, self.rest = begun[: len(begun) - len(amount[1])].strip(), left + self.text[len(begun) :]
        if words.due:
            self.parts["due" if self.today and words.due > self.today else "date"] = words.due.isoformat()
        if words.since:
            self.parts["since"] = words.since.isoformat()
        if words.chip and says.endswith(words.chip):  # the name may go on
            self.rest, says = words.chip + self.rest, says.removesuffix(words.chip).strip(" -").removesuffix(" of")
        elif named := words.chip or words.system:
            self._named(named)
        while self.rest.strip(" ,;·()."):
            self.rest = self.rest.lstrip(" ,;·().")
            if not any(part() for part in (self._stage, self._days, self._owners, self._name, self._site, self._unit)):
                raise fail(self.option, f"cannot read {self.rest[:60]!r} in {self.text!r}", ALLOWED)
        if "chips" not in self.parts:
            raise fail(self.option, f"{self.text!r} names no chip", ALLOWED)
        held = self.parts.pop("counts", None)
        return counting(TypedLot(says or self.text, notes=tuple(self.notes), **self.parts), held, self.specs)

    def _set(self, name: str, value: Any) -> bool:
        if name == "owners" and name in self.parts:
            raise fail(self.option, f"{self.text!r} says twice for whom", "for A, B and C")
        if name in self.parts:
            raise fail(self.option, f"{self.text!r} has two of a kind: {self.parts[name]} and {value}", "one")
        self.parts[name] = value
        return True

    def _stage(self) -> bool:
        found = stage_prefix(self.rest, self.vocabulary.stages)
        if found is None or not _ends_word(found[1]):
            return False
        self.rest = found[1]
        return self._set("stage", found[0])

    def _days(self) -> bool:
        try:
            found = read_days(self.rest, self.today, self.vocabulary.dates, ahead=True)
        except DateError as error:
            raise fail(self.option, str(error)) from None
        if found is None:
            return False
        days, rest = found
        due = _DUE.match(self.rest) or self.parts.get("date") or (self.today and days.last > self.today)
        self.rest = rest
        if days.since:
            return self._set("since", days.first.isoformat())
        return self._set("due" if due else "date", days.last.isoformat())

    def _owners(self) -> bool:
        match = re.match(r"for\s+", self.rest, re.IGNORECASE)
        if match is None:
            return False
        rest = self.rest[match.end() :]
        ends = [len(rest), *(m.start() for m in _STOPS.finditer(rest)), *self._stages(rest)]
        owners, self.rest = rest[: min(ends)], rest[min(ends) :]
        return self._set("owners", tuple(name for name in _AND.split(owners.strip(" ,")) if name))

    def _stages(self, text: str) -> Iterator[int]:
        """Where in a text a stage begins, after its first word."""
        for match in re.finditer(r"[\s,]+", text):
            stage = stage_prefix(text[match.end() :], self.vocabulary.stages)
            if stage and _ends_word(stage[1]):
                yield match.start()

    def _unit(self) -> bool:
        """The word for chips after their name."""
        match = re.match(r"\S+", self.rest)
        word = match[0].lower() if match else ""
        if (word,) not in self.vocabulary.lexicon.tail:
            return False
        self.rest = self.rest[len(word) :]
        return True

    def _site(self) -> bool:
        match = re.match(r"(?:at|in)\s+(.+)", self.rest, re.IGNORECASE)
        return match is not None and self._run(match[1], self._site_of)

    def _site_of(self, name: str) -> bool:
        if not is_name(name, ("sites",), self.specs):
            return False
        self._set("site", find_part(("sites",), name, self.specs, self.option)[1])
        return True

    def _name(self) -> bool:
        return self._run(self.rest, self._named)

    def _run(self, text: str, take: Callable[[str], bool]) -> bool:
        """The longest run of words in front of a text that names something."""
        words: list[int] = []
        for match in itertools.islice(re.finditer(r"[^\s,;()]+", text), MOST_WORDS):
            if not _IN_A_NAME.fullmatch(match[0]) and not (words and match[0] in ("/", "&")):
                break
            words.append(match.end())
        fault: InputError | None = None
        for end in reversed(words):
            try:
                if take(text[:end]):
                    self.rest = text[end:]
                    return True
            except InputError as error:
                fault = error
        if fault and "names" in str(fault):
            raise fault
        return False

    def _named(self, name: str) -> bool:
        """A chip, or a system with its chip; of a chip that is named before only a system of it."""
        if not is_name(name, ("chips", "systems"), self.specs):
            return False  # no run of words is looked up for what it may have meant
        chips, system, notes = meant_chips(name, self.specs, self.option)
        before = self.parts.get("chips", chips)
        if before != chips:
            named = f"names {', '.join(before)} and {', '.join(chips)}"
            raise fail(self.option, f"{self.text!r} {named}", "one chip a lot, or GB200/GB300")
        self.parts["chips"] = chips
        self.notes += [note for note in notes if note not in self.notes]
        if system:
            self._set("system", system)
            self.parts["counts"] = name
        return True


def _ends_word(rest: str) -> bool:
    return not rest[:1].isalnum() or not rest[:1].isascii()


def with_stage(lot: TypedLot, specs: Specs, option: str) -> TypedLot:
    """The lot with its stage as the model calls it; `InputError` where the words name none."""
    if lot.stage is None:
        return lot
    try:
        return replace(lot, stage=read_stage(lot.stage, load_vocabulary(specs).stages))
    except WordsError as error:
        what, _, allowed = str(error).partition(" (")
        raise fail(option, what, allowed.removesuffix(")")) from None
