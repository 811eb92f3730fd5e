"""Whether a draft, whoever wrote it, stands in a text: each quote, each number, and what the draft leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from capacity.errors import Fault
from capacity.load.input_file import InputFile
from capacity.reading.article import pieces, plain
from capacity.reading.draft import Draft
from capacity.reading.mentions import find_mentions
from capacity.reading.scan import Mention, lowered, scan
from capacity.reading.vocabulary import Vocabulary

_NUMBERS = ("count", "amount")


@dataclass(frozen=True, slots=True)
class Held:
    """What a draft holds of a text: how much stood there, what did not, and quantities that it does not mention."""

    quotes: int
    numbers: int
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...]


def hold_against(document: InputFile, text: str, draft: Draft, words: Vocabulary) -> Held:
    """Hold a scenario's document against an article.

    A quote must stand in the text to the letter (blanks, dashes and quotation marks aside). The words of a number, or
    the number itself where it is typed, must stand in the lot's quote, or in the text where the lot has no quote.
    """
    whole = _folded(text)
    everywhere = [*draft.mentions]
    faults: list[Fault] = []
    used: list[tuple[float, float]] = []
    quotes = numbers = 0
    lots = document.data.get("lots") if isinstance(document.data, dict) else None
    for name, body in (lots if isinstance(lots, dict) else {}).items():
        if not isinstance(body, dict):
            continue
        quote = body.get("quote")
        stands = isinstance(quote, str) and _folded(quote) in whole
        if isinstance(quote, str):
            quotes += stands
            if not stands:
                faults.append(document.fault(("lots", name, "quote"), "the quote does not stand in the article"))
        place = quote if stands and isinstance(quote, str) else text
        there = _numbers_of(place, words) if stands else everywhere
        for key in _NUMBERS:
            for what, low, high in _stated(body.get(key), words):
                numbers += 1
                used.append((low, high))
                fault = _missing(what, low, high, place, there, everywhere, stands)
                if fault:
                    numbers -= 1
                    faults.append(document.fault(("lots", name, key), fault))
    left_out = tuple(
        f"“{lot.amount}” ({lot.unit}, sentence {lot.sentence}): “{lot.quote}”"
        for lot in draft.lots
        if not any(_same(lot.low, low) and _same(lot.high, high) for low, high in used)
    )
    return Held(quotes, numbers, tuple(faults), left_out)


def _stated(quantity: Any, words: Vocabulary) -> Iterator[tuple[str | None, float, float]]:
    """The numbers that a quantity states: its words (with their plain number), or a typed value or range."""
    if isinstance(quantity, (int, float)) and not isinstance(quantity, bool):
        yield None, float(quantity), float(quantity)
    elif isinstance(quantity, str):
        yield from _stated({"says": quantity}, words)
    elif isinstance(quantity, dict):
        says, value, low, high = (quantity.get(key) for key in ("says", "value", "low", "high"))
        if isinstance(says, str):
            mentions = _numbers_of(says, words)
            yield says, *((mentions[0].low, mentions[0].high) if mentions else (float("nan"), float("nan")))
        elif isinstance(value, (int, float)):
            yield None, float(value), float(value)
        elif isinstance(low, (int, float)) and isinstance(high, (int, float)):
            yield None, float(low), float(high)


def _missing(
    says: str | None, low: float, high: float, place: str, there: list[Mention], everywhere: list[Mention], quoted: bool
) -> str:
    """Why a number does not stand in a place; empty where it does."""
    where = "its quote" if quoted else "the article"
    if says is not None:
        said = re.sub(r"\s(?:each|apiece)(?:\sfor\s.*)?$", "", _folded(says))
        if re.search(rf"(?<![\w.,]){re.escape(said)}(?![\w]|[.,]\d)", _folded(place)) or (
            not said.isascii() and said in _folded(place)
        ):
            return ""
        near = next((m.amount for m in there if _same(m.low, low) and _same(m.high, high)), None)
        return f"the words {says!r} do not stand in {where}" + (f" (there: {near!r})" if near else "")
    if any(_same(m.low, low) and _same(m.high, high) for m in (there if quoted else everywhere)):
        return ""
    shown = f"{low:,.10g}" if low == high else f"{low:,.10g} to {high:,.10g}"
    return f"the number {shown} does not stand in {where}"


def _numbers_of(text: str, words: Vocabulary) -> list[Mention]:
    lines = [line for line in plain(text).split("\n") if line.strip()]
    return [m for line in lines for piece in pieces(line) for m in find_mentions(scan(piece, words), words)]


def _folded(text: str) -> str:
    """A text without what a copy may change: letter case, blanks, kinds of dash and quotation mark."""
    return re.sub(r"\s+", " ", re.sub(r"[\"“”„«»‘’']", "'", lowered(plain(text)))).strip()


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-300)
