"""What a document is made of: text, tables, items, figures; and what a cell of a table holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Scale:
    """How numbers that belong together are printed: over `factor`, to `decimals`, in `unit`.

    `decimals` below zero are tens, hundreds …; see `words.scale_of` and `words.scale_of_all`, which choose.
    """

    factor: float = 1.0
    decimals: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """One number in SI and how it is printed."""

    value: float
    scale: Scale = Scale()


@dataclass(frozen=True, slots=True)
class Interval:
    """The 5, 50 and 95 % points of a result in SI and how they are printed: `136 (65–241)`."""

    p5: float
    p50: float
    p95: float
    scale: Scale = Scale()


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole (1 is all of it), with its standard error where there is one: `-6.6% ± 1.2%`."""

    value: float
    error: float | None = None
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no number here, in a few words: `not on the sheet`."""

    why: str


Cell = str | Number | Interval | Share | date | Missing | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `unit` is printed under the name, and then not in the cells; None where each cell prints its own, "" where another
    column tells it. `rank` says which column is left out first where there is no room: the highest; 0 never is.
    Give 1 to numbers beside the main one, 2 to what qualifies them, 3 and more to bookkeeping (who set it, ids, dates).
    `least` is the width below which the text of the column is not wrapped while another can be left out instead.
    Columns of a `series` (dates, quarters) are never left out: where they have no room they stand in further tables.
    """

    name: str
    unit: str | None = ""
    align: Literal["left", "right"] = "right"
    rank: int = 0
    least: int = 12
    series: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A line across a table that names the rows below it."""

    title: str


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, or a heading of level 1, 2 or 3."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; the first column names the row."""

    columns: tuple[Column, ...]
    rows: tuple[Row | Section, ...]
    title: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            assert isinstance(row, Section) or len(row) == len(self.columns), (row, self.columns)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list: its lines, and the items below it."""

    lines: tuple[str, ...]
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """Notes (`list`), numbered sources (`numbered`) or a tree (`tree`), under a title."""

    items: tuple[Item, ...]
    kind: Literal["list", "numbered", "tree"] = "list"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture: which, of what data, and what it shows in a sentence for whoever does not see it."""

    kind: str
    data: Mapping[str, Any]
    alt: str


Block = Text | Table | Items | Figure


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks from top to bottom."""

    blocks: tuple[Block, ...] = field(default=())


def items(texts: Sequence[str], title: str = "", kind: Literal["list", "numbered"] = "list") -> Items:
    """Lines of text as a list under a title.

    >>> items(["one", "two"]).items[1].lines
    ('two',)
    """
    return Items(tuple(Item((text,)) for text in texts), kind, title)


def left(name: str, rank: int = 0, least: int = 12) -> Column:
    """A column of text."""
    return Column(name, "", "left", rank, least)
