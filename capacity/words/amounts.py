"""Amounts as the world states them: "64 NVL72 racks", "$40bn", "over 1.2 GW of IT load", 550套 → number, unit, basis.

    amount = reading whose tail may hold a unit, names, basis words, a precision, a rate, a date

Only words are understood here: which system "NVL72" is, is for who has the library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NoReturn, TypeVar

from capacity.words.dates import read_days
from capacity.words.hedges import LONGEST, MONEY, HedgeReader
from capacity.words.numbers import HedgeError
from capacity.words.said import Reading
from capacity.words.tokens import Phrase, Token, WordsError, is_raised, tokens_of
from capacity.words.vocabulary import SYSTEMS, Unit, Vocabulary

COUNTED = ("chips", "dies", *SYSTEMS)  # kinds of which there are whole numbers only
ALLOWED = 'an amount such as "64 NVL72 racks", "over 1.2 GW", "$40 billion", "100,000 H100 equivalents"'

T = TypeVar("T")


class AmountError(WordsError):
    """The unit cannot become chips, or the words name two things; the message says what would help."""


@dataclass(frozen=True, slots=True)
class AmountWords:
    """An amount as its words have it.

    `reading` is in units of `unit`, each `factor` of what `kind` says: chips, dies, boards, trays, servers, racks,
    pods, systems (as written: the lot's own), W, USD, EUR, GBP, CNY, h100_equivalents or FLOP/s; without a unit word
    chips. `system` and `chip` are names as written, "NVL72" of "NVL72 racks" and "GB300" of "racks of GB300"; `of` are
    hints on the basis (facility, it, contracted, nameplate, average, peak). `rate`: the amount is so much a day, week,
    month, quarter or year. `due` is the last day by which, `since` the first day from which it is said to be.
    """

    text: str
    reading: Reading
    kind: str
    factor: float
    unit: str
    system: str | None = None
    chip: str | None = None
    precision: str | None = None
    sparsity: str | None = None
    of: tuple[str, ...] = ()
    rate: str | None = None
    due: date | None = None
    since: date | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """What the reading says in base units: its value, or its points and hard ends, those that there are."""
        fields = ("value", "low", "median", "high", "floor", "ceiling")
        points = {name: getattr(self.reading, name) for name in fields}
        return {name: point * self.factor for name, point in points.items() if point is not None}

    @property
    def explanation(self) -> str:
        """One sentence on the number, and one on what it counts."""
        unit = f'"{self.unit}" counts {self.kind}' if self.unit else "no unit is said: chips"
        if self.factor != 1:
            unit = f'"{self.unit}" is {self.factor:g} {self.kind}'
        words = {
            "system": self.system, "chip": self.chip, "precision": self.precision, "sparsity": self.sparsity,
            "basis": ", ".join(self.of), "a": self.rate, "by": self.due, "from": self.since,
        }  # fmt: skip
        said = "".join(f"; {name} {word}" for name, word in words.items() if word)
        return f"{self.reading.explanation} {unit[0].upper()}{unit[1:]}{said}."


def read_amount(text: str, vocabulary: Vocabulary, today: date | None = None) -> AmountWords:
    """What the words for an amount say, unit and all.

    Raises `HedgeError` where they are not understood, `AmountError` where the unit cannot become chips.

    >>> from capacity.load import load_vocabulary
    >>> amount = read_amount("over 64 NVL72 racks of GB300", load_vocabulary())
    >>> amount.reading.number, amount.kind, amount.system, amount.chip
    (64.0, 'racks', 'NVL72', 'GB300')
    >>> read_amount("1.2 GW of IT load", load_vocabulary()).numbers
    {'value': 1200000000.0}
    """
    if len(text) > LONGEST:
        raise HedgeError(f"the text is longer than {LONGEST} characters (allowed: {ALLOWED})")
    tokens = tokens_of(text.rstrip().rstrip(".。"))
    if any(is_raised(token) for token in tokens):
        raise HedgeError(f'cannot read "{text}": it holds a raised or circled digit (allowed: {ALLOWED})')
    return AmountReader(text, tokens, vocabulary, today).amount_words()


def amount_prefix(
    text: str, vocabulary: Vocabulary, today: date | None = None, *, dates: bool = True
) -> tuple[AmountWords, str] | None:
    """The amount that a text begins with, and the rest of the text; None where it begins with none.

    Of names only designations (H200, NVL72) and makers are taken, for other words may be anything. Raises as
    `read_amount` where an amount begins and is not clear, or its unit cannot become chips.

    >>> from capacity.load import load_vocabulary
    >>> amount, rest = amount_prefix("18,000 GB300 chips and more", load_vocabulary())
    >>> amount.chip, amount.unit, rest
    ('GB300', 'chips', ' and more')
    """
    reader = AmountReader(text, tokens_of(text[: 2 * LONGEST]), vocabulary, today, whole=False)
    reader.dates = dates
    try:
        amount = reader.amount_words()
    except HedgeError:
        if reader.began:
            raise
        return None
    if not reader.done and is_raised(reader.tokens[reader.at]):
        reader.fail("a raised or circled digit is no part of an amount")
    return amount, text[reader.tokens[reader.at - 1].end :]


class AmountReader(HedgeReader):
    """The grammar of counts, with a unit and what else is said of an amount in its tail."""

    keeps_tail = True
    dates = True  # whether a date in the tail belongs to the amount

    def __init__(
        self, text: str, tokens: list[Token], vocabulary: Vocabulary, today: date | None = None, *, whole: bool = True
    ) -> None:
        super().__init__(text, tokens, vocabulary, today, whole=whole)
        self.unit: str | None = None
        self.unit_text = ""
        self.system: str | None = None
        self.chip: str | None = None
        self.facts: dict[str, str] = {}
        self.hints: tuple[str, ...] = ()
        self.since: date | None = None

    def amount_words(self) -> AmountWords:
        """All that the text says of an amount."""
        while self.take_dates() or (self.whole and not self.peek(self.words.before) and self.take_opening()):
            pass
        reading = self.reading()
        unit = self.vocabulary.units.units[self.unit] if self.unit else Unit(kind="chips", words="")
        if unit.kind in COUNTED and not float(reading.value or 0).is_integer():
            raise AmountError(f'"{self.text}": there is no fraction of one of the {unit.kind} (a whole number)')
        return AmountWords(
            reading.text if self.whole else self.text[: self.tokens[self.at - 1].end].strip(), reading, unit.kind,
            unit.factor, self.unit_text, self.system, self.chip, self.facts.get("precision"),
            self.facts.get("sparsity"), tuple(dict.fromkeys(self.hints)), self.facts.get("rate"), self.due, self.since,
        )  # fmt: skip

    def take_opening(self) -> bool:
        """What may stand before the hedge and the number."""
        return self.take_facts() or bool(self.take(self.words.fillers))

    # -- what the grammar of counts leaves open

    def opening(self) -> None:
        """A currency may stand before the figures."""
        unit = self.peek(self.words.units)
        if unit and self.vocabulary.units.units[unit[0]].kind in ("USD", "EUR", "GBP", "CNY"):
            self.set_unit(unit)
        refused = self.peek(self.words.refused) if self.whole else None
        if refused and any(token.kind == "digits" for token in self.tokens[self.at + refused[1] :][:1]):
            self.refuse(refused[0])

    def joined(self) -> None:
        """A unit may stand at both ends of a range: "1 GW to 2 GW"."""
        mark, unit = self.at, self.peek(self.words.units)
        if unit is None:
            return
        self.at += unit[1]
        if self.peek(self.words.to) is None:
            self.at = mark
            return
        self.at = mark
        self.set_unit(unit)

    def tail(self) -> None:
        """The unit and what else is said, in any order."""
        start = self.at
        linked = False  # whether "of" stood before what comes
        while not self.done:
            if self.peek(self.words.after) and not self.peek(self.words.units):
                break
            if (self.dates and self.take_dates()) or self.take_refused() or self.take_unit(linked) or self.take_facts():
                linked = False
            elif (name := self.take_name()) is not None:
                if name:
                    self.add_name(name, linked)
            elif self.take(self.words.fillers) or self.take(self.words.describers) or self.take(self.words.asides):
                linked = self.at > start
            elif self.tokens[self.at].text in ("-", "(", ")", ",") and (self.whole or self.hyphened()):
                self.at += 1
            else:
                break
        while not self.whole and self.at > start and (self.tokens[self.at - 1].text,) in self.loose:
            self.at -= 1

    @property
    def loose(self) -> Mapping[Phrase, bool]:
        """Words that belong to an amount only if something follows them."""
        return {**self.words.fillers, **self.words.describers, ("-",): True, ("of",): True}

    def hyphened(self) -> bool:
        """Whether a hyphen joins the number to its unit: a 100,000-chip cluster."""
        mark, token = self.at, self.tokens[self.at]
        self.at += 1
        joined = not self.done and self.tokens[self.at].start == token.end
        unit = self.peek(self.words.units) or self.peek(self.words.refused)
        self.at = mark
        return token.text == "-" and joined and unit is not None and self.unit is None

    # -- parts of the tail

    def set_unit(self, unit: tuple[str, int]) -> None:
        """A unit that stands here, stepped over; another one than before is a contradiction."""
        name, length = unit
        written = self.text[self.tokens[self.at].start : self.tokens[self.at + length - 1].end]
        record = self.vocabulary.units.units[name]
        if record.not_ and written == record.not_:
            raise AmountError(f'"{self.text}": {written} is no unit of an amount (MW, GW or kW)')
        if self.unit is not None and record.kind != self.vocabulary.units.units[self.unit].kind:
            raise AmountError(f'"{self.text}" has two units, {self.unit_text} and {written} (one amount at a time)')
        self.at += length
        self.unit, self.unit_text = name, written
        self.unit_written = f" {record.kind if record.kind in MONEY else written}"

    def take_unit(self, linked: bool) -> bool:
        """A unit word. Chips beside another unit only say what it holds; "GPU servers" are servers."""
        unit = self.peek(self.words.units)
        if unit is None:
            return False
        before = self.vocabulary.units.units[self.unit].kind if self.unit else ""
        kind = self.vocabulary.units.units[unit[0]].kind
        if kind == "chips" and before not in ("", "chips"):
            self.at += unit[1]
            return True
        if before == "chips" and kind != "chips" and not linked:
            self.unit = None
        self.set_unit(unit)
        if kind in SYSTEMS and self.chip is not None and not linked and self.system is None:
            self.system, self.chip = self.chip, None  # "64 NVL72 racks": the name goes with the unit
        return True

    def take_refused(self) -> bool:
        """What cannot become chips is an error, with what would help."""
        refused = self.peek(self.words.refused)
        if refused is None or self.unit is not None or self.each or self.longer(self.words.units, refused[1]):
            return False
        if self.describes(refused[1]):
            return False
        if self.chip and (unit := self.vocabulary.units.refused[refused[0]].named):
            self.set_unit((unit, refused[1]))  # "35,000 GB300 equivalents"
            return True
        self.refuse(refused[0])

    def refuse(self, name: str) -> NoReturn:
        """Say that a unit cannot become chips, and what would help."""
        unit = self.vocabulary.units.refused[name]
        several = name.endswith("s") or name == "people"
        what = f"counts {name}, which are no chips" if several else f"is {name}, no number of chips"
        raise AmountError(f'"{self.text}" {what} ({unit.help})')

    def describes(self, length: int) -> bool:
        """Whether a word for a place only describes chips: "100,000-H100 cluster", "500 data center GPUs"."""
        last = self.tokens[self.at + length - 1].text
        if last.endswith("s") or not (self.peek(self.words.tail) or self.peek(self.words.hints)):
            return False
        mark, self.at = self.at, self.at + length
        unit = self.peek(self.words.units)
        self.at = mark
        return unit is not None or (self.chip is not None and self.tokens[0].text not in ("1", "one"))

    def longer(self, phrases: Mapping[Phrase, T], length: int) -> bool:
        """Whether a longer phrase of these stands here."""
        other = self.peek(phrases)
        return other is not None and other[1] > length

    def take_facts(self) -> bool:
        """A precision, sparsity, rate or hint, the word "each", a cluster named by its size."""
        for name, phrases in (("rate", self.words.rates), ("precision", self.words.precisions),
                              ("sparsity", self.words.sparsity)):  # fmt: skip
            if fact := self.take(phrases):
                if self.facts.get(name, fact) != fact:
                    raise AmountError(f'"{self.text}" has two of a kind: {self.facts[name]} and {fact} (one)')
                self.facts = {**self.facts, name: fact}
                return True
        if hint := self.take(self.words.hints):
            self.hints = (*self.hints, hint)
            return True
        word = self.peek(self.words.tail)
        if word and word[0] in ("each", "nominal"):
            self.at += word[1]
            self.each, self.cluster = self.each or word[0] == "each", self.cluster or word[0] == "nominal"
            return True
        return False

    def take_dates(self) -> bool:
        """By when, or since when; a bare year is part of a name or number as often as a date."""
        if self.done:
            return False
        token = self.tokens[self.at]
        if token.text == "(" and self.at + 1 < len(self.tokens):
            token = self.tokens[self.at + 1]
        if not self.begins_date():
            return False
        days = read_days(self.text[token.start :], self.today, self.vocabulary.dates, ahead=True)
        if days is None:
            return False
        if days[0].since:
            self.since = days[0].first
        else:
            self.due = days[0].last
        end = len(self.text) - len(days[1])
        while not self.done and self.tokens[self.at].start < end:
            self.at += 1
        return True

    def begins_date(self) -> bool:
        """Whether a date stands here, or a word such as "by" with one."""
        token = self.tokens[self.at]
        if token.text == "(" and self.at + 1 < len(self.tokens):
            token = self.tokens[self.at + 1]
        if token.kind == "digits" and self.text[token.start + 4 : token.start + 5] not in ("-", "年"):
            return False
        return read_days(self.text[token.start :], self.today, self.vocabulary.dates, ahead=True) is not None

    def take_name(self) -> str | None:
        """A name as written: words that are nothing else, with the figures among them; in a prefix designations alone.

        Nothing where none stands here, "" where a maker alone does.
        """
        start, named = self.at, False
        while not self.done:
            token = self.tokens[self.at]
            if maker := self.peek(self.words.makers):
                self.at += maker[1]
                continue
            if self.at > start and (self.begins_date() or self.hyphened()):
                break
            series = self.peek(self.words.series)
            other = self.whole and token.kind == "word" and not self.is_known()
            if not (series or other or token.kind == "name" or (self.at > start and self.continues_name())):
                break
            self.at += series[1] if series else 1
            named = True
        if self.at == start:
            return None
        return self.text[self.tokens[start].start : self.tokens[self.at - 1].end] if named else ""

    def continues_name(self) -> bool:
        """Whether figures or letters here belong to the name before them: CloudMatrix 384, H100-SXM."""
        token, before = self.tokens[self.at], self.tokens[self.at - 1]
        if token.kind == "digits":
            return token.text.isdigit() and len(token.text) <= 4 and (self.whole or before.end == token.start)
        if token.text == "-":
            later = self.tokens[self.at + 1 : self.at + 2]
            return before.end == token.start and bool(later) and later[0].start == token.end
        return before.end == token.start and (before.text == "-" or before.kind in ("digits", "name"))

    def is_known(self) -> bool:
        """Whether what stands here is a word of the grammar."""
        words = self.words
        known = (words.units, words.refused, words.tail, words.fillers, words.describers, words.asides, words.rates,
                 words.precisions, words.sparsity, words.hints, words.after, words.before, words.to, words.and_,
                 words.opposite, words.buyers, words.multipliers)  # fmt: skip
        return any(self.peek(phrases) for phrases in known)

    def add_name(self, name: str, linked: bool) -> None:
        """A name, of the system after a unit that counts systems ("550套 CloudMatrix 384"), else of the chip."""
        kind = self.vocabulary.units.units[self.unit].kind if self.unit else ""
        field = "system" if kind in SYSTEMS and not linked else "chip"
        if getattr(self, field) is not None:
            raise AmountError(f'"{self.text}" names {getattr(self, field)} and {name} (one amount at a time)')
        setattr(self, field, name)
