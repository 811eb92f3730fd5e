"""Counts as reporters write them: "over 400,000", "several hundred thousand", "40多万" → numbers with bounds.

The words and ratios are data (`specs/hedges.yaml`, the schema is `HedgeTable`); here is only the grammar:

    reading = [each] [hedge] number [hedge] [unit words] [each] ["for" reading of the buyers]
            | ["between"] number "to" number …          | vague-word magnitudes …
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple, NoReturn, Self, TypeVar

from pydantic import Field, model_validator

from capacity.source import Grade, Record, Source

LONGEST = 200
LARGEST = 1e60
ALLOWED = 'a count such as "over 400,000", "5 to 10 million", "several hundred thousand", "40多万"'

Tokens = tuple[str, ...]
T = TypeVar("T")


class HedgeError(ValueError):
    """The text is not understood; the message shows how far it was read and what is allowed."""


# ---------------------------------------------------------------- the table, as it stands in hedges.yaml


class Evidence(Record):
    """A rule that needs no ratio, and what it rests on."""

    grade: Grade
    source: str


class Rule(Evidence):
    """What words do to the number beside them: ratios for its 5 % and 95 % points, and hard ends."""

    words: str
    after: str = ""
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    floor: Literal[1] | None = None
    ceiling: Literal[1] | None = None
    rounding: bool = True
    per_buyer: str | None = None

    @property
    def two_sided(self) -> bool:
        """Whether the word only blurs the number ("about"), so that it adds nothing to a range."""
        return self.rounding and self.low < 1 < self.high


class Vague(Evidence):
    """A word that stands for a small count: its 5 % and 95 % points."""

    words: str
    low: float = Field(gt=0)
    high: float = Field(gt=0)


class BelowTen(Evidence):
    """Wider ratios of some rules for numbers under ten."""

    rules: tuple[str, ...]
    low: float = Field(gt=0)
    high: float = Field(gt=0)


class Figures(Record):
    """How much a number said with this many significant figures narrows an interval."""

    figures: int = Field(ge=1)
    factor: float = Field(gt=0, le=1)
    grade: Grade


class Words(Record):
    """The vocabulary that is not a hedge; lists are text separated by commas."""

    numbers: dict[str, int]
    fractions: dict[str, float]
    multipliers: dict[str, int]
    abbreviations: dict[str, int]
    plurals: dict[str, int]
    zero: str
    filler: str
    articles: str
    between: str
    to: str
    and_: str = Field(alias="and")
    each: str
    buyers: str
    money: str
    units: str
    describers: str


class HedgeTable(Record):
    """All of `specs/hedges.yaml`."""

    sources: dict[str, Source]
    figures: tuple[Figures, ...]
    measured_from: float
    measured_else: Grade
    below_ten: BelowTen
    rules: dict[str, Rule]
    bare: Evidence
    range: Evidence
    nominal: Rule
    odd: Rule
    vague: dict[str, Vague]
    words: Words

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Names exist, hard ends lie outside the interval, and more figures never widen it."""
        rules = {**self.rules, "nominal": self.nominal}
        entries = (*rules.values(), *self.vague.values(), self.odd, self.below_ten, self.bare, self.range)
        if unknown := {entry.source for entry in entries} - self.sources.keys():
            raise ValueError(f"no such source: {', '.join(sorted(unknown))}")
        named = {*self.below_ten.rules, *(rule.per_buyer for rule in rules.values() if rule.per_buyer)}
        if unknown := named - rules.keys():
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
        for name, rule in rules.items():
            if rule.low >= rule.high or (rule.floor and rule.low <= 1) or (rule.ceiling and rule.high >= 1):
                raise ValueError(f"rules.{name}: in order must stand floor, low, high, ceiling")
        counts, factors = [f.figures for f in self.figures], [f.factor for f in self.figures]
        if counts[:1] != [1] or counts != sorted(counts) or factors != sorted(factors, reverse=True):
            raise ValueError("figures: begins at 1, and the factor falls as the figures rise")
        return self

    @cached_property
    def lexicon(self) -> Lexicon:
        """The same words, by their tokens."""
        return Lexicon(self)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: an exact `value`, or the 5 % and 95 % points `low` and `high` with hard ends if any.

    The numbers are the amount itself (not the part above the floor), per buyer where `each` is true.
    """

    text: str
    value: float | None
    low: float | None
    high: float | None
    floor: float | None
    ceiling: float | None
    each: bool
    buyers: Reading | None
    rule: str
    explanation: str
    grade: Grade
    source: str


# ---------------------------------------------------------------- text → tokens

_DASHES = str.maketrans("‐‑‒–—−‘’ʼ", "------'''")
_TOKEN = re.compile(
    r"(?P<digits>[0-9]{1,3}(?: [0-9]{3})+(?![0-9.,'])|[0-9]+(?:[.,'][0-9]+)*(?:e[+-]?[0-9]+(?![a-z0-9]))?)"
    r"|(?P<name>(?<![0-9])[a-z]{1,4}[0-9]{2,}[a-z0-9]*)"
    r"|(?P<word>[a-z]+(?:'[a-z]+)*)|>=|<=|\S"
)
_GROUPED = re.compile(
    r"[0-9]{1,3}([,' ])[0-9]{3}(?:\1[0-9]{3})*(?:\.[0-9]+)?"  # 400,000 or 1,234.5
    r"|[0-9]{1,3}(?:\.[0-9]{3}){2,}"  # 1.200.000
)
_PLAIN = re.compile(r"([0-9]+)(?:\.([0-9]+))?(?:e([+-]?[0-9]{1,3}))?")
_DOTTED = re.compile(r"[1-9][0-9]{0,2}\.000")


class _Token(NamedTuple):
    text: str
    kind: str
    start: int
    end: int


def _normal(text: str) -> str:
    """Lower case, one kind of dash, quote and digit width; a closing full stop is dropped."""
    return unicodedata.normalize("NFKC", text).lower().translate(_DASHES).strip().rstrip(".。").rstrip()


def _tokens(text: str) -> list[_Token]:
    """The words, numbers and signs of a normalised text."""
    return [_Token(m.group(), m.lastgroup or "sign", m.start(), m.end()) for m in _TOKEN.finditer(text)]


def _digits(text: str) -> tuple[int, int] | None:
    """A typed number as an integer and its decimal places; nothing when the separators are not clear.

    >>> _digits("412,350"), _digits("1.2"), _digits("4e5"), _digits("40,00"), _digits("400.000")
    ((412350, 0), (12, 1), (400000, 0), None, None)
    """
    if _GROUPED.fullmatch(text):
        text = re.sub("[,' ]", "", text) if text.count(".") < 2 else text.replace(".", "")
    elif _DOTTED.fullmatch(text):
        return None
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    whole, fraction, exponent = match[1], match[2] or "", int(match[3] or 0)
    if abs(exponent) > 60 or len(whole) > 60 or len(fraction) > 60:
        return None
    places = len(fraction) - exponent
    return int(whole + fraction) * 10 ** max(-places, 0), max(places, 0)


# ---------------------------------------------------------------- the lexicon


def _keys(words: str) -> list[Tokens]:
    """The phrases of a comma-separated list, each as its tokens."""
    return [tuple(t.text for t in _tokens(w.strip().lower())) for w in words.split(",") if w.strip()]


def _values(mapping: Mapping[str, T]) -> dict[Tokens, T]:
    return {key: value for words, value in mapping.items() for key in _keys(words)}


def _rules(pairs: Iterable[tuple[str, str]]) -> dict[Tokens, str]:
    return {key: name for words, name in pairs for key in _keys(words)}


class Lexicon:
    """Every phrase of a table by its tokens, a dictionary per part of speech."""

    def __init__(self, table: HedgeTable) -> None:
        words = table.words
        self.before = _rules((rule.words, name) for name, rule in table.rules.items())
        self.after = _rules((rule.after, name) for name, rule in table.rules.items())
        self.vague = _rules((rule.words, name) for name, rule in table.vague.items())
        self.numbers = _values(words.numbers)
        self.fractions = _values(words.fractions)
        self.abbreviations = _values(words.abbreviations)
        self.multipliers = _values(words.multipliers) | self.abbreviations
        self.magnitudes = _values(words.multipliers) | _values(words.plurals)
        self.plurals = _values(words.plurals)
        self.odd = dict.fromkeys(_keys(table.odd.words), True)
        self.tail = (
            dict.fromkeys(_keys(words.describers), "describer")
            | dict.fromkeys(_keys(words.units), "unit")
            | dict.fromkeys(_keys(table.nominal.words), "nominal")
            | dict.fromkeys(_keys(words.each), "each")
        )
        self.zero, self.filler, self.articles, self.between, self.to, self.and_, self.each, self.buyers = (
            dict.fromkeys(_keys(text), True)
            for text in (words.zero, words.filler, words.articles, words.between, words.to, words.and_,
                         words.each, words.buyers)
        )  # fmt: skip
        self.money = frozenset(key[0] for key in _keys(words.money) if len(key) == 1)


# ---------------------------------------------------------------- numbers


class _Number(NamedTuple):
    """A number as said: `whole / 10**places`, its figures, and what a range may share with its left end."""

    whole: int
    places: int
    figures: int
    step: int  # of "40多万": how far the odd part can reach, in units of 10**-places; 0 where nothing is odd
    coefficient: float  # what stands before the first magnitude word
    factor: int | None  # the product of the magnitude words; None where the number is a sum
    big: bool  # whether a magnitude word that closes a group (thousand, 万) was said

    @property
    def value(self) -> float:
        return float(self.whole / 10**self.places)


class _Sum:
    """Number words added up as they come; a method answers False where the word cannot stand there."""

    def __init__(self) -> None:
        self.total = self.group = self.places = self.step = self.figures = 0
        self.pending: int | None = None
        self.smallest = self.biggest = 0  # the last magnitude below and from a thousand, 0 for none yet
        self.factor: int | None = 1
        self.coefficient: float | None = None
        self.magnitude_last = False

    @property
    def empty(self) -> bool:
        return self.pending is None and not self.total and not self.group

    def add(self, number: int, places: int = 0) -> bool:
        """A digit string or a number word."""
        if self.pending is not None or (places and not self.empty) or self.step:
            return False
        if not self.empty and number >= (self.smallest or self.biggest):
            return False
        if not self.empty:
            self.factor, self.figures = None, 0
        elif places:
            self.figures = len(str(number))
        self.places = self.places or places
        self.pending = number * 10 ** (self.places - places)
        self.magnitude_last = False
        return True

    def times(self, magnitude: int, inner: bool) -> bool:
        """A magnitude word; `inner` ones (hundred, 十, 百, 千) multiply only the word before them."""
        if self.coefficient is None:
            self.coefficient = 1.0 if self.pending is None else self.pending / 10**self.places
        if self.factor is not None:
            self.factor *= magnitude
        one = 10**self.places
        self.step *= magnitude
        if inner:
            if (self.smallest and magnitude >= self.smallest) or (self.total and self.pending is None):
                return False
            self.group += (one if self.pending is None else self.pending) * magnitude
            self.smallest = magnitude
        elif self.pending is None and not self.group and self.total:
            if magnitude <= self.biggest or self.factor is None:  # thousand billion, 万亿
                return False
            self.total *= magnitude
            self.biggest = magnitude
        else:
            if self.biggest and magnitude >= self.biggest:
                return False
            section = self.group + (self.pending or 0)
            if magnitude == 12:
                self.figures = self.figures or _figures(section)
            self.total += (section if self.pending is not None or self.group else one) * magnitude
            self.group, self.smallest, self.biggest = 0, 0, magnitude
        self.pending, self.magnitude_last = None, True
        return True

    def leave_open(self) -> bool:
        """The word "odd": the last figure said may be exceeded by less than one step."""
        if self.step or self.empty:
            return False
        if self.pending is None:
            self.step = (self.smallest or self.biggest) * 10**self.places
        elif self.pending:
            digits = str(self.pending)
            self.step = 10 ** (len(digits) - len(digits.rstrip("0")))
        return self.step > 0

    def number(self) -> _Number:
        whole = self.total + self.group + (self.pending or 0)
        coefficient = whole / 10**self.places if self.coefficient is None else self.coefficient
        figures = self.figures or _figures(whole)
        return _Number(whole, self.places, figures, self.step, coefficient, self.factor, self.biggest > 0)


def _figures(whole: int) -> int:
    """Significant figures of a whole number: the zeros that end it do not count.

    >>> _figures(400000), _figures(412350)
    (1, 5)
    """
    return max(len(str(whole).rstrip("0")), 1)


# ---------------------------------------------------------------- the grammar


def read(text: str, table: HedgeTable) -> Reading:
    """What a reporter's words for a count say; `HedgeError` where they are not understood, never a guess."""
    if len(text) > LONGEST:
        raise HedgeError(f"the text is longer than {LONGEST} characters (allowed: {ALLOWED})")
    if any(unicodedata.category(c) in ("No", "Nl") for c in text if c not in "〇"):
        raise HedgeError(f'cannot read "{text}": it holds a raised or circled digit (allowed: {ALLOWED})')
    plain = _normal(text)
    reading = _Reader(plain, _tokens(plain), table).reading()
    return replace(reading, text=text)


class _Reader:
    """A cursor over the tokens of one text, with a method per part of the grammar."""

    def __init__(self, text: str, tokens: list[_Token], table: HedgeTable, buyers: bool = False) -> None:
        self.text, self.tokens, self.table, self.words = text, tokens, table, table.lexicon
        self.at = 0
        self.inner = buyers
        self.each = False
        self.cluster = False
        self.buyers: Reading | None = None

    # -- moving

    def peek(self, phrases: Mapping[Tokens, T]) -> tuple[T, int] | None:
        """The longest phrase that stands here, and how many tokens it takes."""
        here = tuple(t.text for t in self.tokens[self.at : self.at + 6])
        for length in range(len(here), 0, -1):
            if here[:length] in phrases:
                return phrases[here[:length]], length
        return None

    def take(self, phrases: Mapping[Tokens, T]) -> T | None:
        """The longest phrase that stands here, stepped over."""
        found = self.peek(phrases)
        if found is None:
            return None
        self.at += found[1]
        return found[0]

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    def fail(self, why: str = "") -> NoReturn:
        """Say how far the text was read."""
        read = self.text[self.tokens[0].start : self.tokens[self.at - 1].end] if self.at else ""
        stop = "its end" if self.done else f'"{self.text[self.tokens[self.at].start :].split()[0]}"'
        how = f'understood "{read}" and stopped at {stop}' if read else f"understood nothing before {stop}"
        raise HedgeError(f'cannot read "{self.text}": {how}{"; " + why if why else ""} (allowed: {ALLOWED})')

    # -- the whole

    def reading(self) -> Reading:
        """All of the text, or a `HedgeError`."""
        for token in self.tokens:
            if token.text in self.words.money:
                raise HedgeError(f'cannot read "{self.text}": this is an amount of money, not a count')
        if self.take(self.words.each):
            self.each = True
        self.skip_article()
        return self.between() or self.vague() or self.zero() or self.hedged()

    def skip_article(self) -> None:
        """Step over "a" or "the", but not where a phrase such as "a few" or "a maximum of" begins."""
        words = self.words
        phrases = (self.peek(words.vague), self.peek(words.fractions), self.peek(words.before))
        if phrases == (None, None, None):
            self.take(words.articles)

    def hedged(self) -> Reading:
        """A number with or without a hedge, or two with a dash between them."""
        before = self.take(self.words.before)
        number = self.number()
        if number is None:
            vague = before and (bool(self.peek(self.words.vague)) or bool(self.peek(self.words.plurals)))
            self.fail("a hedge and a vague count do not combine" if vague else "")
        right = None if number.step else self.right_end(False)
        if right is not None:
            if before and not self.table.rules[before].two_sided:
                self.fail("a bound goes with one number, not with a range")
            return self.ends(number, right)
        after = self.take(self.words.after)
        self.tail()
        after = after or self.take(self.words.after)
        self.tail()
        self.finish()
        if before and after and before != after:
            self.fail("two hedges contradict or repeat each other")
        return self.amount(before or after, number)

    def between(self) -> Reading | None:
        """Two ends after "between" or "from"."""
        if not self.take(self.words.between):
            return None
        left = self.number(joined=True)
        right = self.right_end(True) if left is not None else None
        if left is None or right is None:
            self.fail("a range has two ends")
        return self.ends(left, right)

    def vague(self) -> Reading | None:
        """A count without a number: "several hundred thousand", "hundreds of thousands", 数十万."""
        name = self.take(self.words.vague)
        if name is None and self.peek(self.words.plurals) is None:
            return None
        product, more = 1, True
        while more:
            magnitude = self.take(self.words.magnitudes)
            product *= magnitude or 1
            mark = self.at
            if magnitude and self.tokens[self.at : self.at + 1] and self.tokens[self.at].text == "of":
                self.at += 1
            more = self.peek(self.words.magnitudes) is not None
            if not more:
                self.at = mark
        if product > 10**18:
            self.fail("the magnitude is too large")
        self.tail()
        self.finish()
        rule = self.table.vague[name or "plural"]
        low, high = rule.low * product, rule.high * product
        why = "no number is said, so this is a judgement"
        return self.make(name or "plural", rule, low, high, None, None, why)

    def zero(self) -> Reading | None:
        """Nothing at all: "none", or a bare 0."""
        found = self.take(self.words.zero)
        token = None if self.done else self.tokens[self.at]
        if found is None and (token is None or _digits(token.text) not in ((0, 0), (0, 1))):
            return None
        self.at += found is None
        self.tail()
        self.finish("nothing at all takes no hedge, range or magnitude")
        return self.exact(0.0)

    # -- parts

    def number(self, joined: bool = False) -> _Number | None:
        """Digits or number words with their magnitudes; `joined` where "and" parts two numbers instead."""
        mark = self.at
        self.skip_article()
        total = _Sum()
        while not self.done and self.word(total, joined):
            pass
        if total.empty:
            self.at = mark
            return None
        number = total.number()
        if not 1 / LARGEST < number.value < LARGEST:
            self.fail("the number is out of range" if number.whole else "a hedge needs a number above zero")
        return number

    def word(self, total: _Sum, joined: bool) -> bool:
        """One more word of a number; False where it ends."""
        token, mark = self.tokens[self.at], self.at
        if token.kind == "digits":
            self.check(self.digits(total, token), mark)
        elif (fraction := self.take(self.words.fractions)) is not None:
            whole, places = _digits(repr(fraction)) or (0, 0)
            self.check(total.empty and total.add(whole, places), mark)
            total.figures = 1
            if self.peek(self.words.multipliers) is None:
                self.fail("a fraction of what")
        elif (number := self.take(self.words.numbers)) is not None:
            self.check(total.add(self.compound(number)), mark)
            self.check(self.closed(token, total), mark)
        elif (found := self.peek(self.words.multipliers)) is not None:
            self.check(not total.empty or self.peek(self.words.abbreviations) is None, mark)  # a bare "k"
            self.at += found[1]
            inner = found[0] == 100 or (found[0] <= 1000 and not token.text.isascii())
            self.check(total.times(found[0], inner), mark)
        elif not total.empty and self.take(self.words.odd) is not None:
            self.check(total.leave_open(), mark)
        elif not total.empty and total.magnitude_last:
            return self.connector(joined)
        else:
            return False
        return True

    def check(self, fits: bool, mark: int) -> None:
        if not fits:
            self.at = mark
            self.fail()

    def digits(self, total: _Sum, token: _Token) -> bool:
        """A number typed in digits: first, or after a Chinese magnitude (3亿5000万)."""
        found = _digits(token.text)
        if found is None or (not total.empty and self.tokens[self.at - 1].text.isascii()):
            return False
        self.at += 1
        return total.add(*found)

    def compound(self, number: int) -> int:
        """Twenty, then five: 25."""
        mark = self.at
        if 20 <= number < 100 and not self.done:
            self.at += self.tokens[self.at].text == "-"
            unit = self.take(self.words.numbers) if not self.done else None
            if unit is not None and unit < 10:
                return number + unit
            self.at = mark
        return number

    def closed(self, token: _Token, total: _Sum) -> bool:
        """Whether a Chinese digit is not left hanging: 两百五 may be 205 or 250."""
        if token.text.isascii() or max(total.smallest, total.biggest) <= 10:
            return True
        previous = self.tokens[self.at - 2].text
        return (previous,) in self.words.filler or self.peek(self.words.multipliers) is not None

    def connector(self, joined: bool) -> bool:
        """The "and" of "two hundred and five", the 零 of 一百零五."""
        mark = self.at
        if (self.take(self.words.filler) or (not joined and self.take(self.words.and_))) and (
            self.peek(self.words.numbers) is not None
        ):
            return True
        self.at = mark
        return False

    def right_end(self, between: bool) -> _Number | None:
        """The second number of a range, if one follows."""
        mark = self.at
        joiner = self.peek(self.words.to)
        if joiner is None or (not between and self.peek(self.words.and_)):
            return None
        self.at += joiner[1]
        number = self.number() if not self.done and not self.peek(self.words.tail) else None
        if number is None or number.step:
            self.at = mark
            return None
        return number

    def ends(self, left: _Number, right: _Number) -> Reading:
        """A range: its ends are the 5 % and 95 % points; "40-80k" shares its magnitude word."""
        low, high = left.value, right.value
        if not left.big and right.factor != 1:
            shared, rest = divmod(right.factor or 0, left.factor or 1)
            if left.factor and shared and not rest and left.coefficient < right.coefficient:
                low = left.whole * shared / 10**left.places
            elif right.big and (low < 1000 or left.factor != 1):
                self.fail("say the magnitude of both ends")
        if not low < high:
            self.fail("the range must run from less to more")
        self.tail()
        self.finish()
        return self.make("range", self.table.range, low, high, None, None, "both ends said")

    def tail(self) -> None:
        """Unit words, chip names and "each", which change no number; then the buyers."""
        last = ""
        while not self.done:
            dash = not last and self.tokens[self.at].text == "-" and self.at + 1 < len(self.tokens)
            self.at += dash
            last_word = self.take(self.words.tail) or self.name()
            if not last_word:
                self.at -= dash
                break
            last = last_word
            self.each = self.each or last == "each"
            self.cluster = self.cluster or last == "nominal"
        if last == "describer":
            self.fail()

    def name(self) -> str:
        """A chip name such as h200, taken as a unit word."""
        if self.tokens[self.at].kind != "name":
            return ""
        self.at += 1
        return "unit"

    def finish(self, why: str = "") -> None:
        """The end, or the buyers of an amount said per buyer."""
        if self.each and not self.inner and not self.done and self.take(self.words.buyers):
            rest = self.tokens[self.at :]
            if not rest:
                self.fail()
            self.buyers = _Reader(self.text, rest, self.table, buyers=True).reading()
            if self.buyers.each or not (self.buyers.value or self.buyers.high):
                self.fail("the number of buyers is not clear")
            self.at = len(self.tokens)
        if not self.done:
            self.fail(why)

    # -- meaning

    def amount(self, name: str | None, number: _Number) -> Reading:
        """The number under its hedge."""
        value = number.value
        if number.step:
            hedge = self.table.rules[name] if name else None
            if hedge and not hedge.two_sided:
                self.fail("two hedges contradict or repeat each other")
            step, odd = number.step / 10**number.places, self.table.odd
            low, high = value + odd.low * step, value + odd.high * step
            why = "more by less than one step of the last figure said"
            return self.make("odd", odd, low, high, value, value + step, why)
        if name is None:
            return self.scaled("nominal", self.table.nominal, number) if self.cluster else self.exact(value)
        rule = self.table.rules[name]
        if rule.per_buyer and self.each:
            name, rule = rule.per_buyer, self.table.rules[rule.per_buyer]
        return self.scaled(name, rule, number)

    def scaled(self, name: str, rule: Rule, number: _Number) -> Reading:
        """The ratios of a rule times the number, narrowed by its figures."""
        value, table = number.value, self.table
        low, high, grade = rule.low, rule.high, rule.grade
        if value < 10 and name in table.below_ten.rules:
            low, high, grade = table.below_ten.low, table.below_ten.high, max(grade, table.below_ten.grade)
        elif value < table.measured_from:
            grade = max(grade, table.measured_else)
        why = "the figures of the number do not narrow it"
        if rule.rounding:
            width = max((f for f in table.figures if f.figures <= number.figures), key=lambda f: f.figures)
            low, high = 1 + (low - 1) * width.factor, 1 + (high - 1) * width.factor
            grade = max(grade, width.grade)
            why = f"said with {number.figures} significant figure{'s' if number.figures > 1 else ''}"
        floor, ceiling = (value if end else None for end in (rule.floor, rule.ceiling))
        return self.make(name, rule, value * low, value * high, floor, ceiling, why, grade)

    def exact(self, value: float) -> Reading:
        """A bare number, taken at its word."""
        why = "a number without a hedge is taken as exact"
        return self.make("bare", self.table.bare, None, None, None, None, why, value=value)

    def make(
        self,
        name: str,
        rule: Evidence,
        low: float | None,
        high: float | None,
        floor: float | None,
        ceiling: float | None,
        why: str,
        grade: Grade | None = None,
        value: float | None = None,
    ) -> Reading:
        """The reading with its sentence."""
        said = f"{_show(value)}" if value is not None else f"{_show(low)} to {_show(high)} (5 to 95 %)"
        hard = f", never below {_show(floor)}" if floor is not None else ""
        hard += f", never above {_show(ceiling)}" if ceiling is not None else ""
        whose = " per buyer" if self.each else ""
        sentence = f"Read as {said}{whose}{hard}: {why}."
        text = self.text[self.tokens[0].start :]
        return Reading(text, value, low, high, floor, ceiling, self.each, self.buyers, name, sentence,
                       grade or rule.grade, rule.source)  # fmt: skip


def _show(value: float | None) -> str:
    """A number for a sentence: thousands grouped, four figures below a thousand.

    >>> _show(506400.0), _show(6.69)
    ('506,400', '6.69')
    """
    value = value or 0.0
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"
