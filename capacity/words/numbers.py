"""Numbers as people write them, in digits and in English and Chinese words: the one reader of numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, NoReturn, TypeVar

from capacity.words.tokens import Phrase, Token, WordsError, tokens_of
from capacity.words.vocabulary import Lexicon

LARGEST = 1e60
ALLOWED = 'a count such as "over 400,000", "5 to 10 million", "several hundred thousand", "40多万"'

T = TypeVar("T")

_GROUPED = re.compile(r"[0-9]{1,3}([,' ])[0-9]{3}(?:\1[0-9]{3})*(?:\.[0-9]+)?")  # 400,000 or 1,234.5
_PLAIN = re.compile(r"([0-9]*)(?:\.([0-9]+))?(?:e([+-]?[0-9]{1,3}))?")  # a digit stands before or after the point
_POINTED = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})*\.[0-9]{2}0|[0-9]+(?:\.[0-9]+){2,}")  # 400.000, 1.200.475


class HedgeError(WordsError):
    """The words for a count are not understood; the message shows how far they were read and what is allowed."""


def read_number(text: str) -> float:
    """A number as people type it; `HedgeError` with both readings where it may be one of two.

    A comma, apostrophe or (thin) space parts thousands, a point is decimal. A point before three figures of which
    the last is 0 may be either: whoever means it as decimal has no reason to write the 0.

    >>> read_number("412,350"), read_number("1.125"), read_number("-4e5"), read_number("2½")
    (412350.0, 1.125, -400000.0, 2.5)
    >>> read_number("400.000")
    Traceback (most recent call last):
    capacity.words.numbers.HedgeError: 400.000 may be 400,000 or 400 (write the one that is meant)
    """
    tokens = tokens_of(text)
    sign = len(tokens) == 2 and tokens[0].text == "-"  # "+400,000" may mean more than that
    if len(tokens) != 1 + sign or tokens[-1].kind != "digits":
        raise HedgeError(f"{text[:60]!r} is no number (such as 400,000, 1.25 or 4e5)")
    typed = digits(tokens[-1].text)
    if typed is None:
        raise HedgeError(f"{doubt(tokens[-1].text)} (write the one that is meant)")
    return float(typed[0] / 10 ** typed[1]) * (-1 if tokens[0].text == "-" else 1)


def digits(text: str) -> tuple[int, int] | None:
    """A typed number as an integer and its decimal places; nothing when the separators are not clear.

    >>> digits("412,350"), digits("1.2"), digits(".5"), digits("4e5"), digits("40,00"), digits("400.000")
    ((412350, 0), (12, 1), (5, 1), (400000, 0), None, None)
    """
    if _GROUPED.fullmatch(text):
        text = re.sub("[,' ]", "", text)
    elif _POINTED.fullmatch(text):
        return None
    match = _PLAIN.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None
    whole, fraction, exponent = match[1], match[2] or "", int(match[3] or 0)
    if abs(exponent) > 60 or len(whole) > 60 or len(fraction) > 60:
        return None
    places = len(fraction) - exponent
    return int(whole + fraction) * 10 ** max(-places, 0), max(places, 0)


def doubt(text: str) -> str:
    """The readings of a typed number whose separators are not clear.

    >>> doubt("400.000"), doubt("1,5"), doubt("1.200.475,5")
    ('400.000 may be 400,000 or 400', '1,5 may be 1.5 or 15', '1.200.475,5 may be 1,200,475.5 or 12,004,755')
    """
    whole, mark, last = re.fullmatch(r"(.*?)(?:([.,'])([0-9]+))?(?:e.*)?", text, re.DOTALL).groups()  # type: ignore[union-attr]
    parts = re.split(r"[.,' ]", whole)
    if mark is None or len(text) > 40 or not all(part.isdigit() for part in parts):
        return f"{text[:40]} is no number"
    head = int("".join(parts))
    joined, decimal = f"{int(f'{head}{last}'):,}", f"{head:,}.{last}".rstrip("0").rstrip(".")
    return f"{text} may be {joined} or {decimal}" if mark == "." else f"{text} may be {decimal} or {joined}"


class Number(NamedTuple):
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


class Sum:
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
                self.figures = self.figures or figures_of(section)
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

    def number(self) -> Number:
        whole = self.total + self.group + (self.pending or 0)
        coefficient = whole / 10**self.places if self.coefficient is None else self.coefficient
        figures = self.figures or figures_of(whole)
        return Number(whole, self.places, figures, self.step, coefficient, self.factor, self.biggest > 0)


def figures_of(whole: int) -> int:
    """Significant figures of a whole number: the zeros that end it do not count.

    >>> figures_of(400000), figures_of(412350)
    (1, 5)
    """
    return max(len(str(whole).rstrip("0")), 1)


class Cursor:
    """A place among the tokens of one text, and how to go on from there."""

    def __init__(self, text: str, tokens: list[Token], words: Lexicon) -> None:
        self.text, self.tokens, self.words = text, tokens, words
        self.at = 0

    def peek(self, phrases: Mapping[Phrase, T]) -> tuple[T, int] | None:
        """The longest phrase that stands here, and how many tokens it takes."""
        if self.done or self.tokens[self.at].text not in self.words.first:  # as most tokens are
            return None
        two = tuple(t.text for t in self.tokens[self.at : self.at + 2])
        for length in range(min(self.words.longest.get(two, 1), len(self.tokens) - self.at), 0, -1):
            here = two[:1] if length == 1 else tuple(t.text for t in self.tokens[self.at : self.at + length])
            if here in phrases:
                return phrases[here], length
        return None

    def take(self, phrases: Mapping[Phrase, T]) -> T | None:
        """The longest phrase that stands here, stepped over."""
        found = self.peek(phrases)
        if found is None:
            return None
        self.at += found[1]
        return found[0]

    @property
    def done(self) -> bool:
        """Whether no token is left."""
        return self.at >= len(self.tokens)

    def fail(self, why: str = "") -> NoReturn:
        """Say how far the text was read."""
        read = self.text[self.tokens[0].start : self.tokens[self.at - 1].end] if self.at else ""
        stop = "its end" if self.done else f'"{self.text[self.tokens[self.at].start :].split(maxsplit=1)[0][:60]}"'
        how = f'understood "{read}" and stopped at {stop}' if read else f"understood nothing before {stop}"
        raise HedgeError(f'cannot read "{self.text}": {how}{"; " + why if why else ""} (allowed: {ALLOWED})')


class NumberReader(Cursor):
    """The part of the grammar that reads one number: digits or number words with their magnitudes."""

    began = False  # whether a number began, understood or not

    def skip_article(self) -> None:
        """Step over "a" or "the", but not where a phrase such as "a few" or "a maximum of" begins."""
        words = self.words
        phrases = (self.peek(words.vague), self.peek(words.fractions), self.peek(words.before))
        if phrases == (None, None, None):
            self.take(words.articles)

    def number(self, joined: bool = False) -> Number | None:
        """Digits or number words with their magnitudes; `joined` where "and" parts two numbers instead."""
        mark = self.at
        self.skip_article()
        total = Sum()
        self.began = self.began or (not self.done and self.tokens[self.at].kind == "digits")
        while not self.done and self.word(total, joined):
            pass
        if total.empty:
            self.at = mark
            return None
        number = total.number()
        if not 1 / LARGEST < number.value < LARGEST:
            self.fail("the number is out of range" if number.whole else "a hedge needs a number above zero")
        return number

    def word(self, total: Sum, joined: bool) -> bool:
        """One more word of a number; False where it ends."""
        token, mark = self.tokens[self.at], self.at
        if token.kind == "digits":
            if not total.empty and self.peek(self.words.series) is not None:  # 20,000 910B
                return False
            self.check(self.digits(total, token), mark, "" if digits(token.text) else doubt(token.text))
        elif (fraction := self.take(self.words.fractions)) is not None:
            whole, places = digits(repr(fraction)) or (0, 0)
            self.check(total.empty and total.add(whole, places), mark)
            total.figures = 1
            if self.peek(self.words.multipliers) is None:
                self.fail("a fraction of what")
        elif (number := self.take(self.words.numbers)) is not None:
            self.check(total.add(self.compound(number)), mark)
            self.check(self.closed(token, total), mark)
        elif not total.empty and self.peek(self.words.stops) is not None:
            return False
        elif (found := self.peek(self.words.multipliers)) is not None:
            self.check(not total.empty or self.peek(self.words.abbreviations) is None, mark)  # a bare "k"
            if self.peek(self.words.abbreviations) and self.is_unit(token):
                return False
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

    def is_unit(self, token: Token) -> bool:
        """Whether what could be short for million or billion begins a unit: B/s, m3."""
        follows = self.text[token.end : token.end + 1]
        return follows == "/" or follows.isdigit()

    def check(self, fits: bool, mark: int, why: str = "") -> None:
        """Stop at a word that cannot stand there."""
        if not fits:
            self.at = mark
            self.fail(why)

    def digits(self, total: Sum, token: Token) -> bool:
        """A number typed in digits: first, or after a Chinese magnitude (3亿5000万)."""
        found = digits(token.text)
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

    def closed(self, token: Token, total: Sum) -> bool:
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
