"""Tables of what was measured or came: the rows of a CSV file, known by its head as cases, sites or announcements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from capacity.errors import Fault, InputError
from capacity.load.files import read_text
from capacity.load.specs import built_in_specs

if TYPE_CHECKING:
    from capacity.records.case import BadRow, Case
    from capacity.records.outcome import Announcement, SiteFigure
    from capacity.source import Record

Row = Mapping[str, str]
_BASES = {"unknown": "unstated", "": "unstated", "billable": "it", "leased": "it", "critical it": "it"}
_MORE = re.compile(r"(?i)\b(?:more than|over|above|at least)\s+[\d.,]+\s*[kmg]w\b")
_LESS = re.compile(r"(?i)\b(?:less than|under|below|at most|up to)\s+[\d.,]+\s*[kmg]w\b")


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
    from capacity.load.cases import case_of
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


def number_in(row: Row, column: str, factor: float = 1.0) -> float | None:
    """The number in a cell times a factor; None where it is empty. Raises `ValueError`, which names the column."""
    text = row.get(column, "")
    try:
        return float(text.replace("_", "x")) * factor if text else None
    except ValueError:
        raise ValueError(f"{column} is not a number") from None


def first_fault(error: ValidationError) -> str:
    """The first thing that is wrong with a record, in a line."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}".removeprefix(": ")


def site_of(row: Row) -> SiteFigure | str:
    """The site in a row, or why it is none.

    >>> site_of({"case": "a", "chip": "h20", "power_mw": "2", "power_basis": "unknown", "power_rating": "peak"}).basis
    'unstated'
    """
    from capacity.records.outcome import SiteFigure

    basis = row.get("power_basis", "").lower()
    try:
        chips, watts = number_in(row, "chips"), number_in(row, "power_mw", 1e6)
        low, high = number_in(row, "value_low", 1e6), number_in(row, "value_high", 1e6)
        if watts is None:
            return "no power_mw"
        low, high = _ends(row, watts, low, high)
        return SiteFigure.model_validate({
            "case": row.get("case", ""), "name": row.get("name", ""), "operator": row.get("operator", ""),
            "chip": row.get("chip", ""), "chips": chips, "words": row.get("count_words", ""),
            "system": row.get("system_or_rack", ""), "watts": watts, "basis": _BASES.get(basis, basis),
            "rating": row.get("power_rating", "").lower() or "nameplate", "low": low, "high": high,
            "listed": _listed(row),
        })  # fmt: skip
    except ValidationError as error:
        return first_fault(error)
    except ValueError as error:
        return str(error)


def _ends(row: Row, watts: float, low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """What the source allows: a range, one end where it says "more than" or "under", else the figure itself."""
    source, note = row.get("source_power", ""), row.get("note", "").lower()
    more, less = _MORE.search(source) is not None, _LESS.search(source) is not None
    if not more and not less:
        more, less = "lower bound" in note, "upper bound" in note
    if more != less:
        return (low or watts, None) if more else (None, high or watts)
    if low is None and high is None:
        return watts, watts
    return low and min(low, watts), high and max(high, watts)


def _listed(row: Row) -> str:
    """Why a row is no test: it fed the model, or its source reckoned one figure from the other."""
    if row.get("independent", "").lower() == "no":
        return "its source reckoned the count from the megawatts, or the reverse"
    fed = row.get("in_model", "") or "no"
    if fed == "backtest":
        return "fitted: the mean of an HPL run, which stands among the cases"
    return "" if fed == "no" else f"no independent check: the figure feeds {fed}"


def announcement_of(row: Row) -> Announcement | str:
    """The observation in a row, or why it is none."""
    from capacity.records.outcome import Announcement

    try:
        fed = row.get("in_model", "") or "no"
        return Announcement.model_validate({
            "event": row.get("event", ""), "buyer": row.get("buyer", ""), "country": row.get("country", ""),
            "words": row.get("chip_or_unit", ""), "stage": row.get("stage", ""), "stated": row.get("date_stated", ""),
            "promised": row.get("promised_by") or None, "reached": row.get("observed_stage", ""),
            "observed": row.get("date_observed", ""), "months": number_in(row, "months"),
            "share": number_in(row, "share_realised_at_observation"), "kind": row.get("kind", ""),
            "listed": "" if fed == "no" else f"no independent check: the figure feeds {fed}",
        })  # fmt: skip
    except ValidationError as error:
        return first_fault(error)
    except ValueError as error:
        return str(error)
