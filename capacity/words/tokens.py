"""Text → tokens: words, numbers and signs, each with its place in the text as it was written."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

Phrase = tuple[str, ...]

_SIGNS = str.maketrans("‐‑‒–—−‘’ʼ", "------'''")
_FRACTIONS = {
    "½": "5",
    "¼": "25",
    "¾": "75",
    "⅕": "2",
    "⅖": "4",
    "⅗": "6",
    "⅘": "8",
    "⅛": "125",
    "⅜": "375",
    "⅝": "625",
    "⅞": "875",
}
_TOKEN = re.compile(
    r"(?P<digits>[0-9]{1,3}(?: [0-9]{3})+(?![0-9.,'])"
    r"|(?:[0-9]+(?:[.,'][0-9]+)*|(?<![a-z0-9._])\.[0-9]+)(?:e[+-]?[0-9]+(?![a-z0-9]))?)"
    r"|(?P<name>(?<![0-9])[a-z]{1,4}[0-9]{2,}[a-z0-9]*)"
    r"|(?P<word>[a-z]+(?:'[a-z]+)*)|>=|<=|\S"
)


class WordsError(ValueError):
    """The words are not understood; the message shows how far they were read and what is allowed."""


class Token(NamedTuple):
    """A word, number or sign in lower case; `start` and `end` are its place in the text as written."""

    text: str
    kind: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The words, numbers and signs of a text: lower case, one kind of dash, quote and digit width.

    >>> [(token.text, token.start) for token in tokens_of("Über ３０万, 2½")]
    [('ü', 0), ('ber', 1), ('30', 5), ('万', 7), (',', 8), ('2.5', 10)]
    """
    if text.isascii():  # each sign stays one sign, and most texts are such
        found = _TOKEN.finditer(text.lower())
        return [Token(m.group(), m.lastgroup or "sign", m.start(), m.end()) for m in found]
    plain: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for letter in _plain(sign, plain[-1] if plain else ""):
            plain.append(letter)
            places.append(place)
    found = _TOKEN.finditer("".join(plain))
    return [Token(m.group(), m.lastgroup or "sign", places[m.start()], places[m.end() - 1] + 1) for m in found]


def _plain(sign: str, before: str) -> str:
    """One sign of a text as the grammar has it; raised and circled digits stay, for they are no part of a number."""
    if sign in _FRACTIONS:
        return f".{_FRACTIONS[sign]}" if before.isdigit() else f"0.{_FRACTIONS[sign]}"
    if sign != "〇" and unicodedata.category(sign) in ("No", "Nl"):
        return sign
    return unicodedata.normalize("NFKC", sign).lower().translate(_SIGNS)


def is_raised(token: Token) -> bool:
    """Whether a token is a raised or circled digit, which is no part of a number."""
    return token.text != "〇" and unicodedata.category(token.text[0]) in ("No", "Nl")


def phrases(words: str) -> list[Phrase]:
    """The phrases of a comma-separated list, each as the words of its tokens.

    >>> phrases("at least, 不少于")
    [('at', 'least'), ('不', '少', '于')]
    """
    return [tuple(token.text for token in tokens_of(part)) for part in words.split(",") if part.strip()]
