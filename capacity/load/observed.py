"""Tables of what was measured or came: the rows of a CSV file, known by its head as cases, sites or announcements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from capacity.errors import Fault, InputError
from capacity.load.cases import Row, announcement_of, case_of, site_of
from capacity.load.files import read_text
from capacity.load.specs import built_in_specs

if TYPE_CHECKING:
    from capacity.records.case import BadRow, Case
    from capacity.records.outcome import Announcement, SiteFigure
    from capacity.source import Record


OLD_COLUMNS = ("kind", "name", "basis", "months", "value")


@dataclass(slots=True)
class Tables:
    """What one or several files hold: measured cases, sites with their watts, announcements, and rows that are none."""

    cases: list[Case] = field(default_factory=list)
    sites: list[SiteFigure] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def shipped_table(name: str) -> Path:
    """The path of a table that ships: cases, sites or announced."""
    return built_in_specs() / "backtest" / f"{name}.csv"


def load_tables(*paths: str | Path) -> Tables:
    """The rows of CSV files, each known by its head, and those that are none, each with the reason.

    Raises `InputError` where a file cannot be read or its head is that of no table.
    """
    from capacity.records.case import NEEDED, BadRow, Case
    from capacity.records.outcome import ANNOUNCEMENT_COLUMNS, SITE_COLUMNS, Announcement, SiteFigure

    tables = Tables()
    kinds: tuple[tuple[Sequence[str], Callable[[Row], Record | str]], ...] = (
        (SITE_COLUMNS, site_of), (ANNOUNCEMENT_COLUMNS, announcement_of), (NEEDED, case_of),
    )  # fmt: skip
    for path in paths:
        head, rows = read_rows(Path(path))
        fitting = (pair for pair in kinds if set(pair[0]) <= set(head))
        needed, reader = next(fitting, (NEEDED, case_of))
        if missing := [name for name in needed if name not in head]:
            raise InputError([Fault(str(path), 1, 1, "", f"no column {', '.join(missing)}", ", ".join(needed))])
        for line, row in rows:
            record = reader(row)
            if isinstance(record, Case):
                tables.cases.append(record)
            elif isinstance(record, SiteFigure):
                tables.sites.append(record)
            elif isinstance(record, Announcement):
                tables.announcements.append(record)
            else:
                tables.bad.append(BadRow(line=line, case=next(iter(row.values()), "")[:80], reason=str(record)))
    return tables


def read_rows(file: Path) -> tuple[list[str], list[tuple[int, Row]]]:
    """The head of a CSV file, and its rows by column, each with its line; rows of nothing are left out."""
    import csv
    import io

    reader = csv.reader(io.StringIO(read_text(file), newline=""))
    rows: list[tuple[int, Row]] = []
    try:
        head = [name.strip() for name in next(reader, [])]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, dict(zip(head, (cell.strip() for cell in cells), strict=False))))
    except csv.Error as error:
        raise InputError([Fault(str(file), reader.line_num, 1, "", f"not CSV: {error}")]) from None
    return head, rows


def old_numbers(path: str | Path | None = None) -> list[tuple[str, str, str, float, float]]:
    """What an older version said, as kind (power or share), name, basis, months, value; nothing: version 0.2.0's.

    Power is that of one chip, W, its median; a share is the median after so many months. Raises `InputError` with the
    first row that is none.
    """
    file = Path(path) if path is not None else shipped_table("version-0.2.0")
    numbers = []
    for line, row in read_rows(file)[1]:
        try:
            value, months = float(row["value"]), float(row["months"] or 0)
        except (KeyError, ValueError):
            raise InputError([Fault(str(file), line, 1, row.get("name", ""), "months or value is no number")]) from None
        numbers.append((row["kind"], row["name"], row["basis"], months, value))
    return numbers


def load_cases(path: str | Path | None = None) -> tuple[list[Case], list[BadRow]]:
    """The cases of a CSV file (nothing: the shipped ones) in SI, and the rows that are none, each with the reason.

    Raises `InputError` where the file cannot be read or lacks a column.
    """
    tables = load_tables(path if path is not None else shipped_table("cases"))
    return tables.cases, tables.bad
