"""Rows of a table: what the head of a column says of a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from capacity.reading.article import Sentence
from capacity.reading.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a sentence can be read: the text with units from the heads, and the cells that heads name."""

    text: str
    owner: str
    site: str
    stage: str
    date: str


def read_row(sentence: Sentence, words: Vocabulary) -> Row:
    """The row with the unit of each head put behind the bare numbers under it.

    "| Meta | 16,000 |" under "Buyer", "GPUs" reads "Meta | 16,000 gpus".
    """
    named = dict.fromkeys(("owner", "site", "stage", "date"), "")
    parts = []
    for head, cell in sentence.cells:
        lower = head.casefold().strip()
        for kind in named:
            if not named[kind] and words.cues[f"heads.{kind}"].search(lower) and re.search(r"[^\W\d]", cell):
                named[kind] = cell
        unit = _unit_of(lower, words)
        bare = re.fullmatch(
            r"[^\w]*(?:[a-z ]{0,20})?[0-9][0-9,. ]*(?:million|thousand|[km万亿])?\+?", cell.strip(), re.I
        )
        parts.append(f"{cell} {unit}" if unit and bare else cell)
    return Row(" | ".join(parts), **named)


def _unit_of(head: str, words: Vocabulary) -> str:
    """The unit that a head names: "GPUs", "Power (MW)", "H100 equivalents"."""
    equivalents = words.cues["h100_equivalents"].search(head)
    if equivalents:
        return "H100 equivalents"
    pieces: list[str] = re.findall(r"[^\W\d_]+", head)
    for piece in pieces:
        if piece in words.power and piece not in ("p",):
            return {"mw": "MW", "gw": "GW", "kw": "kW"}.get(piece, piece)
        if words.units.get(piece, "weak") != "weak":
            return piece if piece.endswith("s") or not piece.isascii() else piece + "s"
    return ""
