"""The columns of a sheet: which heading means what, how its dates and decimals are written, what is wrong below it."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from capacity.errors import Fault, InputError, did_you_mean, fail
from capacity.load.tables import Sheet, cell_name
from capacity.words.headings import HeadingTable, plain_heading

ORDERS = ("day-first", "month-first")
COMMA = "decimal-comma"
POINT = "decimal-point"
HOWS = (*ORDERS, COMMA, POINT)
MOST_COLUMNS = 1000  # of one sheet
HEADS = 20  # rows among which the headings are
SHOWN_VALUES, SHOWN_CELLS = 4, 4
DATES = ("date", "due", "since", "until", "begins")
NUMBERS = ("amount", "racks", "servers", "power", "spend", "limit", "pue")
_NUMERIC = re.compile(r"[-+]?[0-9][0-9.,' \u00a0\u202f]*")
_NUMERIC_DAY = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{2}|[0-9]{4})")
_COMMA_SURE = (
    r"[-+]?(?:[0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9]{1,3}(?:[. ][0-9]{3})+,[0-9]+|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,}))"
)
_POINT_SURE = (
    r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3}){2,}|[0-9]{1,3}(?:[, '][0-9]{3})+\.[0-9]+|[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,}))"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read: what it holds, where it stands, what its heading says of unit and writing."""

    role: str
    index: int
    heading: str
    unit: str = ""
    how: str = ""


@dataclass
class Problems:
    """What is wrong in the cells of a sheet, by column and cause, so that a hundred like faults are one line."""

    sheet: Sheet
    found: dict[tuple[int, str], list[tuple[int, str, str]]] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)

    def add(self, column: Column, row: int, cause: str, value: str, detail: str) -> None:
        """A cell that is wrong: `cause` in a few words that many cells share, `detail` of this one alone."""
        self.headings[column.index] = column.heading
        self.found.setdefault((column.index, cause), []).append((row, value, detail))

    def faults(self) -> Iterator[Fault]:
        """A fault for each column and cause, at its first cell."""
        for (index, cause), cells in self.found.items():
            by_value: dict[str, list[str]] = {}
            for row, value, _ in cells:
                by_value.setdefault(value, []).append(cell_name(index, self.sheet.lines[row]))
            what, _, allowed = cells[0][2].partition(" (")
            if len(by_value) > 1:
                shown = [f"{value[:40]!r} ({_listed(names)})" for value, names in by_value.items()][:SHOWN_VALUES]
                more = f" and {len(by_value) - len(shown):,} more" if len(by_value) > len(shown) else ""
                what = f"{len(by_value):,} values {cause}: {', '.join(shown)}{more}"
            else:
                what = f"{what} ({_listed(next(iter(by_value.values())))})"
            heading = f"column {self.headings[index]!r}"
            yield self.sheet.fault(cells[0][0], index, f"{heading}: {what}", allowed.removesuffix(")"))


def _listed(cells: Sequence[str]) -> str:
    more = f" and {len(cells) - SHOWN_CELLS:,} more" if len(cells) > SHOWN_CELLS else ""
    return ", ".join(cells[:SHOWN_CELLS]) + more


def find_head(sheet: Sheet, kind: str, table: HeadingTable, named: Mapping[str, str]) -> tuple[int, int]:
    """The row of headings among the first of a sheet, the one with most that are known, and how many these are."""

    def known(row: Sequence[str]) -> int:
        return len(
            {
                cell
                for cell in row[:MOST_COLUMNS]
                if cell and (plain_heading(cell) in named or table.heading(cell, kind)[0])
            }
        )

    scores = [known(row) for row in sheet.rows[:HEADS]]
    best = max(range(len(scores)), key=lambda i: (scores[i], -i), default=0)
    return best, scores[best] if scores else 0


def typed_columns(typed: Sequence[str], option: str = "--columns") -> dict[str, str]:
    """What was typed as `HEADING=COLUMN`, by plain heading; the column may be followed by how it is written.

    >>> typed_columns(["GPU type=chip", "Date=date day-first"])
    {'gpu type': 'chip', 'date': 'date day-first'}
    """
    columns: dict[str, str] = {}
    for text in typed:
        heading, equals, column = (part.strip() for part in text.rpartition("="))
        if not (heading and equals and column):
            raise fail(option, f"{text!r} names no column", "HEADING=COLUMN, such as 'GPU type=chip'")
        columns[plain_heading(heading)] = column
    return columns


def find_columns(
    sheet: Sheet, head: int, kind: str, table: HeadingTable, named: Mapping[str, str],
    is_region: Callable[[str], bool],
) -> tuple[list[Column], list[Column]]:  # fmt: skip
    """The columns of a sheet that are read, and those that mean nothing here.

    Raises `InputError` where two columns mean one thing, a heading is nearly one that is missing, or `named` speaks of
    no heading or no column.
    """
    if len(sheet.rows[head]) > MOST_COLUMNS:
        what = f"the row of headings has {len(sheet.rows[head]):,} cells"
        raise InputError([sheet.fault(head, MOST_COLUMNS, what, f"at most {MOST_COLUMNS:,}")])
    roles = [*getattr(table, kind)]
    faults: list[Fault] = []
    columns: list[Column] = []
    others: list[Column] = []
    for index, text in enumerate(sheet.rows[head]):
        below = [row[index] for row in sheet.rows[head + 1 :] if index < len(row) and row[index]]
        if not text and not below:
            continue
        candidates, unit = table.heading(text, kind)
        how = ""
        if plain_heading(text) in named:
            role, *hows = named[plain_heading(text)].split()
            how = hows[0] if hows else ""
            if role not in (*roles, "note") or how not in ("", *HOWS):
                faults.append(Fault("--columns", None, None, "", f"{text}: no column {' '.join([role, *hows])!r}",
                                    f"{', '.join(roles)}; then if needed {', '.join(HOWS)}"))  # fmt: skip
                continue
            candidates = (role,)
        column = Column(_told(candidates, below, is_region), index, text, unit, how)
        (columns if candidates else others).append(column)
    unknown = sorted(named.keys() - {plain_heading(text) for text in sheet.rows[head]})
    if unknown and kind == "deals":
        allowed = did_you_mean(unknown[0], [plain_heading(text) for text in sheet.rows[head] if text])
        faults.append(Fault("--columns", None, None, "", f"the sheet has no heading {unknown[0]!r}", allowed))
    faults += _twice(sheet, head, columns)
    filled = {column.role for column in columns}
    for column in others:
        near = difflib.get_close_matches(plain_heading(column.heading), set(roles) - filled, n=1, cutoff=0.8)
        if near and len(column.heading) > 2:
            what, heading = f"unknown column {column.heading!r}", column.heading
            allowed = f"did you mean {near[0]}? --columns '{heading}={near[0]}', or '{heading}=note'"
            faults.append(sheet.fault(head, column.index, what, allowed))
    if faults:
        raise InputError(faults)
    return [replace(column, how=column.how or _written(column, sheet, head)) for column in columns], others


def _told(candidates: Sequence[str], below: Sequence[str], is_region: Callable[[str], bool]) -> str:
    """Of several columns that a heading may mean the one that what stands below it tells: numbers, names, regions."""
    if len(candidates) < 2:
        return candidates[0] if candidates else ""
    numeric = sum(bool(_NUMERIC.fullmatch(text)) for text in below) > len(below) / 2
    if "region" in candidates and below and all(map(is_region, dict.fromkeys(below))):
        return "region"
    fits = [role for role in candidates if (role in NUMBERS) == numeric and role != "region"]
    return fits[0] if fits else candidates[0]


def _twice(sheet: Sheet, head: int, columns: Sequence[Column]) -> Iterator[Fault]:
    by_role: dict[str, list[Column]] = {}
    for column in columns:
        by_role.setdefault(column.role, []).append(column)
    for role, several in by_role.items():
        if len(several) > 1 and role != "note":
            names = " and ".join(repr(column.heading) for column in several)
            allowed = f"one: --columns '{several[-1].heading}=note', or what else it is"
            yield sheet.fault(head, several[1].index, f"columns {names} both mean {role}", allowed)


def _written(column: Column, sheet: Sheet, head: int) -> str:
    """How a column's dates or decimals are written where some of its cells tell; nothing where none does."""
    texts = [row[column.index] for row in sheet.rows[head + 1 :] if column.index < len(row)]
    if column.role in DATES:
        days = [match for text in texts if (match := _NUMERIC_DAY.fullmatch(text)) and match[2] != "."]
        day_first = any(int(match[1]) > 12 for match in days)
        month_first = any(int(match[3]) > 12 for match in days)
        return "" if day_first == month_first else ORDERS[month_first]
    if column.role in NUMBERS:
        comma, point = (any(re.fullmatch(sure, text) for text in texts) for sure in (_COMMA_SURE, _POINT_SURE))
        return "" if comma == point else COMMA if comma else POINT
    return ""


def numeric_day(text: str, how: str) -> datetime.date | str | None:
    """A day in figures, `31.12.2026` or `03/04/2026` in the order of its column; why not where that is not told.

    None where the text is no such day. Days with points begin with the day.

    >>> numeric_day("31.12.2026", ""), numeric_day("03/04/2026", "month-first")
    (datetime.date(2026, 12, 31), datetime.date(2026, 3, 4))
    """
    match = _NUMERIC_DAY.fullmatch(text)
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4]) + (2000 if len(match[4]) == 2 else 0)
    order = "day-first" if match[2] == "." or first == second else how
    if not order:
        return "may be two days"
    day, month = (first, second) if order == "day-first" else (second, first)
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return "is no date"


def plain_number(text: str, how: str) -> str:
    """A number as the reader of numbers takes it, where its column has a decimal comma.

    >>> plain_number("1.200,5", "decimal-comma"), plain_number("1.200", "decimal-point"), plain_number("about 5", "")
    ('1200.5', '1.2', 'about 5')
    """
    if not _NUMERIC.fullmatch(text):
        return text
    if how == COMMA:
        return text.replace(".", "").replace(" ", "").replace("\u00a0", "").replace(",", ".")
    if how == POINT:
        text = text.replace(",", "")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return text
