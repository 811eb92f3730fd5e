"""The vocabulary: what stands in `specs/hedges.yaml` and `units.yaml`, and its phrases by their tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self, TypeVar

from pydantic import Field, model_validator

from capacity.source import Grade, Record, Source
from capacity.words.dates import DateTable
from capacity.words.stages import StageTable
from capacity.words.tokens import Phrase, phrases

SYSTEMS = ("boards", "trays", "servers", "racks", "pods", "systems")  # kinds of units that count systems

T = TypeVar("T")


class Evidence(Record):
    """A rule that needs no ratio, and what it rests on."""

    grade: Grade
    source: str


class HedgeRule(Evidence):
    """What words do to the number beside them: ratios for its 5 %, 50 % and 95 % points, and hard ends."""

    words: str
    after: str = ""
    low: float = Field(gt=0)
    median: float | None = None
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
    median: float
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
    asides: str
    describers: str
    makers: str
    series: str
    exact: str
    opposite: str


class Between(Evidence):
    """Where between two hard ends the 5 % and 95 % points lie, as shares of the way."""

    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)


class HedgeTable(Record):
    """All of `specs/hedges.yaml`."""

    sources: dict[str, Source]
    figures: tuple[Figures, ...]
    measured_from: float
    measured_else: Grade
    below_ten: BelowTen
    rules: dict[str, HedgeRule]
    bare: Evidence
    range: Evidence
    nominal: HedgeRule
    odd: HedgeRule
    both_sides: Between
    vague: dict[str, Vague]
    words: Words

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Names exist, hard ends lie outside the interval, and more figures never widen it."""
        rules = {**self.rules, "nominal": self.nominal}
        entries = (
            *rules.values(),
            *self.vague.values(),
            self.odd,
            self.both_sides,
            self.below_ten,
            self.bare,
            self.range,
        )
        if unknown := {entry.source for entry in entries} - self.sources.keys():
            raise ValueError(f"no such source: {', '.join(sorted(unknown))}")
        named = {*self.below_ten.rules, *(rule.per_buyer for rule in rules.values() if rule.per_buyer)}
        if unknown := named - rules.keys():
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
        for name, rule in rules.items():
            middle = (rule.low + rule.high) / 2 if rule.median is None else rule.median
            if not rule.low < middle < rule.high or (rule.floor and rule.low <= 1) or (rule.ceiling and rule.high >= 1):
                raise ValueError(f"rules.{name}: in order must stand floor, low, high, ceiling")
        counts, factors = [f.figures for f in self.figures], [f.factor for f in self.figures]
        if counts[:1] != [1] or counts != sorted(counts) or factors != sorted(factors, reverse=True):
            raise ValueError("figures: begins at 1, and the factor falls as the figures rise")
        return self


class Unit(Record):
    """Words for one unit: what it measures, and how many of the base unit of its kind it is."""

    kind: str
    factor: float = Field(default=1.0, gt=0, strict=False)
    words: str
    not_: str = Field(default="", alias="not")


class Refused(Record):
    """Words for what cannot become chips, and what to say instead; `named`: the unit that it is after a chip's name."""

    words: str
    named: str | None = None
    help: str


class UnitTable(Record):
    """All of `specs/units.yaml`."""

    units: dict[str, Unit]
    refused: dict[str, Refused]
    rates: dict[str, str]
    hints: dict[str, str]
    precisions: dict[str, str]
    sparsity: dict[str, str]
    fillers: str


@dataclass(frozen=True)
class Vocabulary:
    """All words of `specs/`: hedges and numbers, units, stages, dates."""

    hedges: HedgeTable
    units: UnitTable
    stages: StageTable
    dates: DateTable

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words of numbers, hedges and units by their tokens."""
        return Lexicon(self.hedges, self.units)


def _by_phrase(mapping: Mapping[str, T]) -> dict[Phrase, T]:
    return {key: value for words, value in mapping.items() for key in phrases(words)}


def _rules(pairs: Iterable[tuple[str, str]]) -> dict[Phrase, str]:
    return {key: name for words, name in pairs for key in phrases(words)}


class Lexicon:
    """Every phrase of a table by its tokens, a dictionary per part of speech."""

    def __init__(self, table: HedgeTable, units: UnitTable) -> None:
        words = table.words
        self.units = _rules((unit.words, name) for name, unit in units.units.items())
        self.refused = _rules((unit.words, name) for name, unit in units.refused.items())
        self.rates, self.hints, self.precisions, self.sparsity = (
            _rules((text, name) for name, text in listed.items())
            for listed in (units.rates, units.hints, units.precisions, units.sparsity)
        )
        self.before = _rules((rule.words, name) for name, rule in table.rules.items())
        self.after = _rules((rule.after, name) for name, rule in table.rules.items())
        self.vague = _rules((rule.words, name) for name, rule in table.vague.items())
        self.numbers = _by_phrase(words.numbers)
        self.fractions = _by_phrase(words.fractions)
        self.abbreviations = _by_phrase(words.abbreviations)
        self.multipliers = _by_phrase(words.multipliers) | self.abbreviations
        self.magnitudes = _by_phrase(words.multipliers) | _by_phrase(words.plurals)
        self.plurals = _by_phrase(words.plurals)
        self.odd = dict.fromkeys(phrases(table.odd.words), True)
        self.tail = (
            dict.fromkeys(phrases(words.describers), "describer")
            | dict.fromkeys(phrases(f"{words.makers}, {words.series}"), "describer")
            | dict.fromkeys(phrases(words.asides), "unit")
            | {key: "unit" for key, name in self.units.items() if units.units[name].kind == "chips"}
            | dict.fromkeys(phrases(table.nominal.words), "nominal")
            | dict.fromkeys(phrases(words.each), "each")
        )
        self.zero, self.filler, self.articles, self.between, self.to, self.and_, self.each, self.buyers = (
            dict.fromkeys(phrases(text), True)
            for text in (words.zero, words.filler, words.articles, words.between, words.to, words.and_,
                         words.each, words.buyers)
        )  # fmt: skip
        self.exact, self.opposite, self.makers, self.series, self.asides, self.describers, self.fillers = (
            dict.fromkeys(phrases(text), True)
            for text in (
                words.exact,
                words.opposite,
                words.makers,
                words.series,
                words.asides,
                words.describers,
                units.fillers,
            )
        )
        self.buyer_words = dict.fromkeys(phrases(units.refused["firms"].words), "unit")
        self.systems = {key: name for key, name in self.units.items() if units.units[name].kind in SYSTEMS}
        # Units that begin like a number: 百亿亿次 is no 百.
        self.stops = {key: name for key, name in self.units.items() if key[:1] in self.multipliers}
        known = {phrase for part in vars(self).values() for phrase in part}
        # How many tokens a phrase has that begins with these two, or is this one.
        self.longest = {phrase[:2]: len(phrase) for phrase in sorted(known, key=len)}
        self.first = {phrase[0] for phrase in known if phrase}
        begins = (self.between, self.before, self.vague, self.plurals, self.numbers, self.fractions)
        self.openers = {phrase[:2] for part in begins for phrase in part}  # with which an amount begins
        self.openers |= {(article, phrase[0]) for article in ("a", "an") for phrase in self.multipliers}
