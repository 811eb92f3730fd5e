"""The numbers of a sentence, each with its words, its unit and the noun that it counts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from capacity.reading.nouns import with_noun
from capacity.reading.scan import MASK, Mention, Scan
from capacity.reading.vocabulary import Vocabulary
from capacity.words.hedges import HedgeReader
from capacity.words.numbers import HedgeError, Number

_ORDINAL = re.compile(
    r"(?:^|(?<=\s))(first|second|third|last|final|each|every|another|a|an|one)\s+(?=(?:giga|mega)watt(?!s))"
)
_CHIP_NOUNS = "chips|gpus|processors|accelerators|cards|superchips"


class _Amount(NamedTuple):
    """The plain number or range of an amount, and the rule of its hedge."""

    low: float
    high: float
    rule: str


def find_mentions(sentence: Scan, words: Vocabulary) -> list[Mention]:
    """Every number of a sentence, in order."""
    mentions: list[Mention] = []
    reader = _Reader(sentence, words)
    at = 0
    while at < len(sentence.tokens):
        amount = reader.amount_at(at)
        if amount is None:
            at += 1
            continue
        mention = _placed(sentence, at, reader, amount, words)
        mentions.append(mention)
        at = reader.at
        while at < len(sentence.tokens) and sentence.tokens[at].start < mention.end:
            at += 1
    for m in _ORDINAL.finditer(sentence.low):
        if not any(x.start <= m.end() < x.stop for x in mentions):
            mention = with_noun(sentence, m.start(1), m.end(1), 1.0, 1.0, "bare", words, False)
            if mention.unit == "W":
                mentions.append(mention)
    return sorted(mentions, key=lambda m: m.start)


def _placed(sentence: Scan, at: int, reader: _Reader, amount: _Amount, words: Vocabulary) -> Mention:
    """An amount with its noun; an article before it is no part of its words."""
    tokens = sentence.tokens
    while amount.rule in ("bare", "range") and tokens[at].text in ("a", "an", "the", "total") and at + 1 < reader.at:
        if (tokens[at + 1].text,) in reader.words.multipliers:
            break
        at += 1
    start, end = tokens[at].start, tokens[reader.at - 1].end
    vague = amount.rule in words.hedges.vague
    return _contained(sentence, with_noun(sentence, start, end, *amount, words, vague), words)


class _Reader(HedgeReader):
    """The grammar of counts over a sentence, from any token, with currency signs between hedge and number."""

    def __init__(self, sentence: Scan, vocabulary: Vocabulary) -> None:
        super().__init__(sentence.low, sentence.tokens, vocabulary.base, whole=False)
        self.changed = vocabulary.cues["replaces"]
        self.units_between = {*vocabulary.power, *vocabulary.money}
        self.powers = vocabulary.power

    def amount_at(self, at: int) -> _Amount | None:
        """The amount that begins at a token; `at` is then behind it."""
        self.at = at
        token = self.tokens[at]
        follows = self.tokens[at + 1].text if at + 1 < len(self.tokens) else ""
        opens = (token.text,) in self.words.openers or (token.text, follows) in self.words.openers
        if token.text == MASK or not (opens or token.kind == "digits" or token.text in "$€£¥" or follows == "$"):
            return None
        try:
            return self._amount()
        except HedgeError:
            return None

    def _amount(self) -> _Amount | None:
        at = self.at
        moved = self.tokens[at].text == "from" and self.changed.search(self.text[: self.tokens[at].start])
        if moved:
            return None  # "raised from 10,000 to 14,000" are two numbers
        if self.take(self.words.between):
            left = self.number(joined=True) if self.begins() else None
            self.currency()
            right = self.right_end(True) if left is not None else None
            return None if left is None or right is None else _range(left, right)
        before = self.take(self.words.before)
        self.currency()
        if self.done:
            return None
        if (self.peek(self.words.vague) and not self.bare_vague()) or self.peek(self.words.plurals):
            reading = self.vague()
            if reading is not None and reading.low is not None and reading.high is not None:
                return _Amount(reading.low, reading.high, reading.rule)
        if not self.begins():
            follows = self.tokens[self.at + 1].text if self.at + 1 < len(self.tokens) else ""
            if before and self.tokens[self.at].text in ("a", "an", "one") and follows in self.powers:
                self.at += 1
                return _Amount(1.0, 1.0, before)  # "well over a gigawatt"
            return None
        number = self.number()
        if number is None:
            return None
        changed = at > 0 and self.tokens[at - 1].text == "from"
        right = None if number.step or changed else self.other_end()
        if right is not None:
            return _range(number, right)
        rule = before or self.take(self.words.after) or ("odd" if number.step else "bare")
        return _Amount(number.value, number.value, rule)

    def bare_vague(self) -> bool:
        """Whether a vague word stands without a magnitude: "several buildings", "few"."""
        taken = self.peek(self.words.vague)
        after = self.at + (taken[1] if taken else 0)
        return after >= len(self.tokens) or (self.tokens[after].text,) not in self.words.magnitudes

    def begins(self) -> bool:
        """Whether a number begins here: a digit or a number word, never a bare magnitude, article or "quarter"."""
        if self.done:
            return False
        token = self.tokens[self.at]
        follows = self.tokens[self.at + 1].text if self.at + 1 < len(self.tokens) else ""
        if token.text in ("a", "an"):
            return (follows,) in self.words.multipliers and (follows,) not in self.words.abbreviations
        if token.kind == "digits" or (token.text,) in self.words.numbers:
            return True
        fraction = self.peek(self.words.fractions) if token.text == "half" else None
        after = self.at + fraction[1] if fraction else len(self.tokens)
        return after < len(self.tokens) and (self.tokens[after].text,) in self.words.multipliers

    def currency(self) -> None:
        """Step over a currency sign before a number: "$", "US$", "NT$"."""
        at = self.at
        prefix = self.tokens[at : at + 2]
        if len(prefix) == 2 and prefix[1].text == "$":
            attached = prefix[0].text in ("a", "c", "s") and prefix[0].end == prefix[1].start
            at += prefix[0].text in ("us", "nt", "hk") or attached
        if at < len(self.tokens) and self.tokens[at].text in "$€£¥":
            self.at = at + 1

    def other_end(self) -> Number | None:
        """The second end of a range, with a unit before the joiner ("2 GW to 3 GW") or a currency sign behind it."""
        mark = self.at
        self.at += not self.done and self.tokens[self.at].text in self.units_between
        joiner = None if self.done else self.peek(self.words.to)
        if joiner is None or self.tokens[self.at].text == "and":
            self.at = mark
            return None
        self.at += joiner[1]
        self.currency()
        number = self.number() if self.begins() else None
        if number is None or number.step:
            self.at = mark
            return None
        return number


def _range(left: Number, right: Number) -> _Amount | None:
    """Both ends of a range; "5 to 10 million" shares its magnitude word."""
    low, high = left.value, right.value
    if left.factor == 1 and right.factor and right.factor > 1 and left.coefficient < right.coefficient:
        low *= right.factor
    return _Amount(low, high, "range") if low < high else None


def _contained(sentence: Scan, mention: Mention, words: Vocabulary) -> Mention:
    """The chips of machines: "400 servers with eight B200 accelerators each"; a module that holds chips is a server."""
    inner = re.match(r"\s(?:with|of|that hold|holding|containing|each with)\s(?=\S+\s)", sentence.low[mention.stop :])
    if not inner or mention.unit not in ("servers", "racks", "pods", "bare", "other"):
        return mention
    chips = re.match(
        rf"(?:up to )?(\w+)\s([^,.;]{{0,40}}?)(?:{_CHIP_NOUNS}|(?<=[0-9])s)\s(?:each|apiece|per)",
        sentence.low[mention.stop + inner.end() :],
    )
    if not chips:
        return mention
    begin = mention.stop + inner.end()
    names = tuple(n for n in sentence.names if begin <= n.start < begin + chips.end() and not n.model)
    unit = "servers" if mention.unit in ("bare", "other") else mention.unit
    return replace(mention, unit=unit, names=mention.names or names, noun=mention.head or mention.noun)
