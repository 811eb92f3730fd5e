"""Claims as journalists write them, in words that can be checked, and how readers take the words.

    claim = TERM / TERM [by BASIS] [HEDGE] NUMBER      h200-sxm / h20 roughly 6
          | TERM COMPARISON TERM [by BASIS]            ascend-910c rivals h20
          | TERM [by BASIS] [HEDGE] NUMBER [UNIT]      power.facility.nameplate over 500 MW
          | [HEDGE] NUMBER UNIT                        over a gigawatt

A TERM is a chip's id (several with commas), a lot's count (`lots.ordered.count`) or a result's address or plain name
("facility power").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from capacity.source import Grade, Number, Record, Slug, Source
from capacity.units import written_unit
from capacity.words.hedges import read_prefix
from capacity.words.said import Reading
from capacity.words.tokens import WordsError
from capacity.words.vocabulary import Unit, Vocabulary

Array = npt.NDArray[np.float64]
ALLOWED = 'such as "h200-sxm / h20 roughly 6", "ascend-910c rivals h20" or "power.facility.nameplate over 500 MW"'
SI = ("W", "USD", "FLOP/s")  # kinds of units of amounts whose base unit a result is in
BASES = {"compute": "8bit", "8bit": "8bit", "8-bit": "8bit", "fp8": "8bit", "bf16": "bf16", "16-bit": "bf16",
         "bandwidth": "bandwidth", "memory": "memory", "tpp": "tpp"}  # fmt: skip


class ClaimError(ValueError):
    """The claim is not understood; `allowed` says what is."""

    def __init__(self, what: str, allowed: str = ALLOWED) -> None:
        super().__init__(what)
        self.allowed = allowed


Percentiles = dict[Annotated[int, Field(ge=0, le=100)], Number]


class Readers(Record):
    """What the lowest and highest value that readers allow are, as ratios to the number said, by percentile."""

    n: int | None = None
    low: Percentiles
    high: Percentiles = {}
    grade: Grade
    source: Slug

    @model_validator(mode="after")
    def _check(self) -> Self:
        for ends in (self.low, self.high):
            ratios = [ends[key] for key in sorted(ends)]
            if ratios != sorted(ratios):
                raise ValueError("the ratios do not rise with the percentiles")
        if not self.low:
            raise ValueError("low has no percentile")
        return self

    def share(self, ratio: Array) -> Array:
        """The share of readers whose range holds each ratio [1], shape as given.

        The wider a reader's range below, the wider above; beyond the last percentile stands nobody.

        >>> roughly = Readers(low={5: 0.5, 50: 0.8, 100: 1}, high={0: 1, 50: 1.2, 95: 1.5}, grade="A", source="x")
        >>> roughly.share(np.array([0.2, 0.8, 1.0, 1.1, 1.2, 9.0])).round(3).tolist()
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.0]
        """
        below = _cumulative(self.low, ratio, inclusive=True)
        above = _cumulative(self.high, ratio, inclusive=False) if self.high else np.zeros_like(below)
        return np.maximum(below - above, 0.0)

    def ends(self, share: float) -> tuple[float, float]:
        """The ratios between which at least this share of readers agrees; infinite where no value is too high.

        >>> Readers(low={5: 0.5, 50: 0.8, 100: 1}, high={0: 1, 50: 1.2}, grade="A", source="x").ends(0.5)
        (0.8, 1.2)
        """
        low = float(np.interp(share * 100, sorted(self.low), [self.low[k] for k in sorted(self.low)]))
        if not self.high:
            return low, np.inf
        return low, float(np.interp(100 - share * 100, sorted(self.high), [self.high[k] for k in sorted(self.high)]))


def _cumulative(ends: Percentiles, ratio: Array, inclusive: bool) -> Array:
    """The share of readers whose end lies at (`inclusive`) or below each ratio."""
    at: dict[float, float] = {}
    for key in sorted(ends):
        value = float(ends[key])
        at[value] = key / 100 if inclusive else at.get(value, key / 100)
    ratios = np.array(list(at))
    shares = np.array(list(at.values()))
    found = np.interp(ratio, ratios, shares, left=0.0)
    beyond = ratio >= ratios[-1] if inclusive else ratio > ratios[-1]
    return np.where(beyond, 1.0, found)


class Subject(Record):
    """What people call a result; `unit`: that of a claim which is an amount of it without saying so."""

    words: str
    unit: str | None = None


class Wordings(Record):
    """The file `claims.yaml`: how readers take measured words and words of comparison, and units of results.

    `subjects`: results by address, in plain words; `links`: what may stand between one and its amount; `of_one`: what
    stands before a unit of which there is one, or a part of one ("over a gigawatt"); `a_year`: words for a yearly
    amount.
    """

    sources: dict[Slug, Source]
    readers: dict[str, Readers]
    comparisons: dict[str, str]
    units: dict[str, Unit] = {}
    subjects: dict[str, Subject] = {}
    links: str = ""
    of_one: dict[str, float] = {}
    a_year: str = ""
    as_measured: dict[str, str] = {}
    one_sided: dict[str, str] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in (*self.comparisons, *self.as_measured.values(), "bare", "below_ten"):
            if name not in self.readers:
                raise ValueError(f"readers has no {name}")
        for name, entry in self.readers.items():
            if entry.source not in self.sources:
                raise ValueError(f"readers.{name}: unknown source {entry.source}")
        return self

    def with_address(self, text: str) -> str:
        """A claim that begins with a result in plain words, with its address instead and no link behind it."""
        said = (
            (word.strip(), address) for address, subject in self.subjects.items() for word in subject.words.split(",")
        )
        for word, address in sorted(said, key=lambda pair: -len(pair[0])):
            if text.lower().startswith(word + " "):
                text = address + text[len(word) :]
                break
        subject, _, rest = text.partition(" ")
        links = sorted((f"{link.strip()} " for link in self.links.split(",") if link.strip()), key=len, reverse=True)
        return f"{subject} {next((rest.removeprefix(link) for link in links if rest.startswith(link)), rest)}"

    def comparison(self, text: str) -> tuple[str, str, str] | None:
        """A claim taken apart at its word of comparison: what stands before, the word's name, what stands after."""
        phrases = [(p.strip(), name) for name, listed in self.comparisons.items() for p in listed.split(",")]
        for phrase, name in sorted(phrases, key=lambda pair: -len(pair[0])):
            left, found, right = text.partition(f" {phrase} ")
            if found:
                return left, name, right
        return None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A claim taken apart: what over what, on which basis, and the words and number said of it.

    `factor` narrows the readers' ratios by the figures of the number; `unit` is SI, `number` in that unit (of a range
    its geometric middle, `interval` its ends); `yearly`: the claim says that the amount is one a year.
    """

    text: str
    left: tuple[str, ...]
    right: str | None
    basis: str | None
    rule: str
    readers: str
    number: float
    unit: str
    factor: float
    interval: tuple[float, float] | None = None
    yearly: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """What the claim speaks of, each once."""
        return tuple(dict.fromkeys((*self.left, *([self.right] if self.right else ()))))


def read_claim(text: str, wordings: Wordings, vocabulary: Vocabulary) -> Parsed:
    """A claim in words that can be checked; `ClaimError` where it is not understood.

    >>> from capacity.load import load_vocabulary, load_wordings
    >>> claim = read_claim("h200-sxm / h20 roughly 6", load_wordings(), load_vocabulary())
    >>> claim.left, claim.right, claim.rule, claim.number
    (('h200-sxm',), 'h20', 'roughly', 6.0)
    """
    if len(text) > 400:
        raise ClaimError("the claim is longer than 400 characters")
    plain = re.sub(r"\s*,\s+", ",", re.sub(r"\s+", " ", text.strip().rstrip(".")))
    compared = wordings.comparison(plain)
    if compared:
        left, name, right = compared
        right, basis = _basis(right)
        _single(left, right)
        return Parsed(text, _terms(left), right, basis, name, name, 1.0, "", 1.0)
    plain = _with_subject(plain, wordings, vocabulary)
    match = re.fullmatch(r"(\S+) ?/ ?(\S+) (.+)", plain) or re.fullmatch(r"([\w.@,:+-]+)() (.+)", plain)
    if match is None:
        raise ClaimError(f"cannot read the claim {text!r}")
    rest, basis = _basis(match[3])
    amount = _without(rest, wordings.a_year)
    number, unit = _parted(amount, wordings, vocabulary)
    reading, unit_text = _number(number, vocabulary)
    unit = unit if not unit_text and unit else written_unit(unit_text)
    if unit is None or (unit_text and number != amount):
        allowed = "W, FLOP/s, B, B/s, Wh with a prefix, USD, t CO2, m3, times, chips"
        raise ClaimError(f"unknown unit {amount[len(reading.text) :].strip() or unit_text!r}", allowed)
    if not match[2] and _is_hedge(plain, match[1], vocabulary):
        raise ClaimError(f"{text!r} does not say of what")
    parsed = _hedged(text, match, basis, reading, unit, wordings, vocabulary)
    return replace(parsed, yearly=amount != rest)


def _with_subject(plain: str, wordings: Wordings, vocabulary: Vocabulary) -> str:
    """The claim with a result's address in front: for its name in words, or where it is an amount alone.

    >>> from capacity.load import load_vocabulary, load_wordings
    >>> for claim in ("facility power of over 1 GW", "over a gigawatt", "over 6 times"):
    ...     _with_subject(claim, load_wordings(), load_vocabulary())
    'power.facility over 1 GW'
    'power over a gigawatt'
    'over 6 times'
    """
    of_unit = {subject.unit: address for address, subject in wordings.subjects.items() if subject.unit}
    amount = _without(plain, wordings.a_year)
    number, unit = _parted(amount, wordings, vocabulary)
    try:
        _, unit_text = _number(number, vocabulary)
    except ClaimError:
        return wordings.with_address(plain)
    symbol = unit[1] if unit and not unit_text else (written_unit(unit_text) or (0, ""))[1] or unit_text
    return f"{of_unit[symbol]} {plain}" if symbol in of_unit else plain


def _without(text: str, endings: str) -> str:
    """A text without the one of these words that it ends with."""
    words = sorted((word.strip() for word in endings.split(",") if word.strip()), key=len, reverse=True)
    return next((text.removesuffix(word).rstrip() for word in words if _ends(text, word)), text)


def _ends(text: str, word: str) -> bool:
    """Whether a text ends with a word that stands by itself, as one of Latin letters has to."""
    before = text.removesuffix(word)
    return before != text and not (word[0].isascii() and before[-1:].isalpha() and before[-1:].isascii())


def _parted(text: str, wordings: Wordings, vocabulary: Vocabulary) -> tuple[str, tuple[float, str] | None]:
    """An amount as its number, and what its unit is in SI; nothing for the unit where it ends in none that we know.

    >>> from capacity.load import load_vocabulary, load_wordings
    >>> _parted("over half a gigawatt", load_wordings(), load_vocabulary())
    ('over 0.5', (1000000000.0, 'W'))
    """
    known = [*wordings.units.values(), *(u for u in vocabulary.units.units.values() if u.kind in SI)]
    words = sorted(((word.strip(), u) for u in known for word in u.words.split(",")), key=lambda pair: -len(pair[0]))
    starts = [m.start() for m in re.finditer(r"(?<=[\s\d])[^\s\d]", text)]
    for start in starts:  # the longest ending first: "bn USD" before "USD"
        symbol = written_unit(text[start:])
        if symbol and symbol[1]:
            return _of_one(text[:start].rstrip(), wordings), symbol
    for word, unit in words:
        if _ends(text.lower(), word) and text[-len(word) :] != unit.not_:
            return _of_one(text[: -len(word)].rstrip(), wordings), (unit.factor, unit.kind)
        sign = re.search(rf"(?<![^\s]){re.escape(word)} ?(?=[0-9])", text, re.IGNORECASE)
        if sign and unit.kind == "USD":
            return text[: sign.start()] + text[sign.end() :], (unit.factor, unit.kind)
    return text, None


def _of_one(number: str, wordings: Wordings) -> str:
    """The number before a unit ("tens of billions of"); of an article alone that of one: "over a" is "over 1"."""
    number = number.removesuffix(" of")
    for word, value in sorted(wordings.of_one.items(), key=lambda pair: -len(pair[0])):
        if _ends(number, word):
            return f"{number.removesuffix(word)}{value:g}"
    return number


def _number(text: str, vocabulary: Vocabulary) -> tuple[Reading, str]:
    """What `roughly six times` says of a number, and the unit after it."""
    try:
        prefix = read_prefix(text, vocabulary)
    except WordsError as error:
        raise ClaimError(str(error)) from None
    if prefix is None or (prefix[0].number is None and not (prefix[0].low and prefix[0].high)):
        raise ClaimError(f"cannot read a number in {text!r}")
    return prefix[0], f"{prefix[0].units} {prefix[1]}".strip()


def _is_hedge(text: str, word: str, vocabulary: Vocabulary) -> bool:
    """True where the claim's first word belongs to the number after it."""
    try:
        prefix = read_prefix(text, vocabulary)
    except WordsError:
        return False
    return prefix is not None and prefix[0].rule != "bare" and len(prefix[0].text) > len(word)


def _hedged(
    text: str, match: re.Match[str], basis: str | None, reading: Reading, unit: tuple[float, str],
    wordings: Wordings, vocabulary: Vocabulary,
) -> Parsed:  # fmt: skip
    """The claim of a number: which readers speak for its words, and how its figures narrow their ranges."""
    number = reading.number or 0.0
    if reading.number is None and reading.low and reading.high:
        number = (reading.low * reading.high) ** 0.5
    if number <= 0:
        raise ClaimError(f"{text!r} says nought", "a number above 0")
    rule = reading.rule
    readers = wordings.as_measured.get(rule, rule)
    if number < 10 and rule in (*vocabulary.hedges.below_ten.rules, "like_about"):
        readers = "below_ten"
    factor = 1.0
    if rule != "bare":
        figures = len(f"{number:.15g}".partition("e")[0].replace(".", "").strip("0")) or 1
        factor = max((f for f in vocabulary.hedges.figures if f.figures <= figures), key=lambda f: f.figures).factor
    interval = None
    if readers not in wordings.readers:
        if reading.low is None or reading.high is None:
            raise ClaimError(f"nothing is known of how readers take {reading.text!r}")
        interval = (reading.low * unit[0], reading.high * unit[0])
    right = match[2] or None
    return Parsed(
        text, _terms(match[1]), right, basis, rule, readers, number * unit[0], unit[1], factor, interval
    )  # fmt: skip


def _terms(text: str) -> tuple[str, ...]:
    return tuple(term for term in text.split(",") if term)


def _single(*sides: str) -> None:
    for side in sides:
        if not side or " " in side:
            raise ClaimError(f"{side!r} is no chip, lot or result")


def _basis(text: str) -> tuple[str, str | None]:
    """The text without `by BASIS`, and the basis."""
    match = re.search(r"(?:^|\s)by (\S+)", text)
    if match is None:
        return text, None
    if match[1] not in BASES:
        raise ClaimError(f"unknown basis {match[1]!r}", ", ".join(BASES))
    return (text[: match.start()] + " " + text[match.end() :]).strip(), BASES[match[1]]
