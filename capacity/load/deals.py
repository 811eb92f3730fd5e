"""The rows of a sheet of deals, read column by column: chips, stages, days, amounts, or all that is wrong with them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from capacity.errors import Fault, InputError, did_you_mean, fail, first_faults
from capacity.load.columns import Column, Problems, find_columns, numeric_day, plain_number
from capacity.load.input_file import InputFile
from capacity.load.names import bearers, meant_chips, part_names
from capacity.load.records import load_headings, load_vocabulary
from capacity.load.settings import slug
from capacity.load.specs import Specs
from capacity.load.tables import Sheet
from capacity.quantity import typed_quantity
from capacity.words.amounts import COUNTED, read_amount
from capacity.words.dates import DateError, read_days
from capacity.words.headings import heading_words, plain_heading
from capacity.words.stages import StageError, read_stage
from capacity.words.tokens import WordsError

HERE = ("delivered", "installed", "in service")  # stages of what has come
MOST_UNKNOWN = 10  # names that are looked up in vain before the rest is left alone


@dataclass
class Deal:
    """One deal: its row in the sheet, and its cells by column."""

    at: int
    line: int
    cells: dict[str, str]
    lot: dict[str, Any] = field(default_factory=dict)


class DealSheet:
    """The rows of one sheet of deals, read column by column."""

    kind = "deals"

    def __init__(
        self, sheet: Sheet, head: int, specs: Specs, document: InputFile, named: Mapping[str, str], day: date | None
    ) -> None:
        self.sheet, self.head, self.specs, self.document, self.day = sheet, head, specs, document, day
        self.table, self.vocabulary = load_headings(specs), load_vocabulary(specs)
        self.problems = Problems(sheet)
        # Many rows say the same: each text is read once.
        self.parsed_day, self.parsed_stage = functools.cache(self._parsed_day), functools.cache(self._parsed_stage)
        self.parsed_amount, self.plain = functools.cache(self._parsed_amount), functools.cache(plain_heading)
        self.grids = functools.cache(lambda: part_names("grids", specs))
        self.region_id = functools.cache(self._region_id)
        self.yes, self.no = heading_words(self.table.yes), heading_words(self.table.no)
        self.faults: list[Fault] = []
        if len(sheet.rows) < 2 and not sheet.rows:
            raise fail(sheet.file, "the table has no deals", "a row each")
        columns, others = find_columns(sheet, head, self.kind, self.table, named, self.is_region)
        self.columns = {column.role: column for column in columns}
        self.notes = [column for column in columns if column.role == "note"]
        self.others = others
        self._check_columns()

    def _check_columns(self) -> None:
        ways = ("amount", "racks", "servers", "power", "spend")
        lacking = []
        if not any(way in self.columns for way in ways):
            lacking.append(("amount", "a heading such as Qty, GPUs, Racks, MW or Spend"))
        if "chip" not in self.columns:
            lacking.append(("chip", "a heading such as GPU model or Accelerator"))
        self.faults += [
            self.sheet.fault(self.head, 0, f"no column says {role}", f"{words}; --columns 'HEADING={role}'")
            for role, words in lacking
        ]
        if self.faults:
            raise InputError(self.faults)

    def is_region(self, text: str) -> bool:
        """Whether a text names a grid."""
        return bool(self.region_id(text))

    def _region_id(self, text: str) -> str:
        """The grid that a text names; nothing where none or several do."""
        low = text.lower()
        if self.specs.path("grids", low):
            return low
        ids = bearers(text, ("grids",), self.specs)
        return ids[0][1] if len(ids) == 1 else ""

    # -- rows

    def deals(self) -> list[Deal]:
        """The deals, their lots filled with what is read; `InputError` with all that is wrong."""
        rows = list(self._rows())
        if self.sheet.broken:
            cells = ", ".join(self.sheet.broken[:4])
            what = f"{len(self.sheet.broken):,} cells hold a formula whose result is not stored: {cells}"
            self.faults.append(self.sheet.fault(0, 0, what, "open the workbook in a spreadsheet and save it"))
        if not rows and not self.faults:
            self.faults.append(self.sheet.fault(self.head, 0, "the table has no deals", "a row each"))
        self._read_chips(rows)
        for row in rows:
            self._read_stage(row)
        self._read_days(rows)
        for row in rows:
            self._read_amount(row)
            self._read_words(row)
        faults = [*self.faults, *self.problems.faults()]
        if faults:
            raise InputError(first_faults(iter(faults), self.sheet.file))
        return rows

    def _rows(self) -> Iterator[Deal]:
        """The rows that are deals: no totals, no remarks below the table."""
        width = len(self.sheet.rows[self.head])
        totals = set(heading_words(self.table.totals))
        for at in range(self.head + 1, len(self.sheet.rows)):
            row, line = self.sheet.rows[at], self.sheet.lines[at]
            texts = [text for text in row if text]
            first = self.plain(texts[0])
            if first in totals or first.partition(" ")[0] in ("total", "subtotal", "合计", "总计"):
                self._note_total(row, line)
            elif len(texts) == 1 and not self._is_deal(row):
                self.document.notes.append(f"row {line} is a remark and is left out: {texts[0][:60]!r}")
            elif (len(row) > width and any(row[width:])) or (self.sheet.is_text and len(row) < width):
                what = "the row has another number of fields than the head"
                self.faults.append(self.sheet.fault(at, 0, what, f"{width}; it has {len(row)}"))
            else:
                cells = {role: row[c.index] for role, c in self.columns.items() if c.index < len(row) and row[c.index]}
                yield Deal(at, line, cells)

    def _is_deal(self, row: Sequence[str]) -> bool:
        return any(c.index < len(row) and row[c.index] for role, c in self.columns.items() if role == "chip")

    def _note_total(self, row: Sequence[str], line: int) -> None:
        column = self.columns.get("amount")
        given = row[column.index] if column and column.index < len(row) else ""
        self.document.notes.append(f"row {line} is a total{f' ({given})' if given else ''} and is left out")

    # -- columns

    def _read_chips(self, rows: Sequence[Deal]) -> None:
        """The chip and the system of each row, each name looked up once."""
        column = self.columns["chip"]
        looked: dict[str, tuple[tuple[str, ...], str | None] | str] = {}
        unknown = 0
        for row in rows:
            text = row.cells.get("chip", "")
            if not text:
                self.problems.add(column, row.at, "are empty", "", "no chip is named")
                continue
            if text not in looked and unknown <= MOST_UNKNOWN:
                looked[text] = self._chip(text)
                unknown += isinstance(looked[text], str)
            result = looked.get(text, "")
            if isinstance(result, str):
                if text in looked:
                    self.problems.add(column, row.at, "are no chip", text, result)
                continue
            row.lot |= {"chips": list(result[0])} if result[0][1:] else {"chip": result[0][0]}
            system = row.cells.get("system") or result[1]
            if system:
                row.lot["system"] = self._system(system)

    def _chip(self, text: str) -> tuple[tuple[str, ...], str | None] | str:
        """A chip and its system by name, or why it is none."""
        try:
            chips, system, notes = meant_chips(text, self.specs, "")
        except InputError as error:
            fault = error.faults[0]
            return f"{fault.what} ({fault.allowed})"
        self.document.notes += notes
        return chips, system

    def _system(self, text: str) -> str:
        if self.specs.path("systems", text):
            return text
        ids = bearers(text, ("systems",), self.specs)
        return ids[0][1] if len(ids) == 1 else slug(text)

    def _read_stage(self, row: Deal) -> None:
        if text := row.cells.get("stage"):
            stage, fault = self.parsed_stage(text)
            if fault:
                self.problems.add(self.columns["stage"], row.at, "are no stage", text, fault)
            row.lot["stage"] = stage

    def _parsed_stage(self, text: str) -> tuple[str, str]:
        """A stage, or what is wrong with it."""
        try:
            return read_stage(text, self.vocabulary.stages), ""
        except StageError as error:
            return "", str(error)

    def _read_days(self, rows: Sequence[Deal]) -> None:
        """The days of all rows; of what is here the day of its coming is the day of the statement."""
        for row in rows:
            for role in ("date", "due", "since", "until"):
                if row.cells.get(role) and (day := self._day(row, role)):
                    row.lot[role] = day
        live = [row.lot["due"] for row in rows if row.lot.get("stage") in HERE and "due" in row.lot]
        default = self.day.isoformat() if self.day else max(live, default="")
        lacking = [row for row in rows if "date" not in row.lot and "date" not in row.cells]
        for row in rows:
            if row.lot.get("stage") in HERE and "due" in row.lot and row.lot["due"] <= row.lot.get("date", "9999"):
                row.lot["date"] = row.lot.pop("due")
            elif row in lacking and default:
                row.lot["date"] = default
        undated = [row for row in lacking if "date" not in row.lot]
        if undated:
            rows_ = f"{len(undated):,} rows" if undated[1:] else f"row {undated[0].line}"
            what = f"no day of the statement is given for {rows_}"
            self.faults.append(self.sheet.fault(undated[0].at, 0, what, "a column date, or --date YYYY-MM-DD"))
        elif lacking and not self.day:
            self.document.notes.append(f"no day of the statement is given: {default}, the latest day of what is live")

    def _day(self, row: Deal, role: str) -> str:
        """A cell as an ISO day; nothing where it is none, which is put down as a problem."""
        day, cause, detail = self.parsed_day(role, row.cells[role])
        if cause:
            self.problems.add(self.columns[role], row.at, cause, row.cells[role], detail)
        return day

    def _parsed_day(self, role: str, text: str) -> tuple[str, str, str]:
        """The last day that words allow, of `since` the first; or nothing, what is wrong in short, and in full."""
        column = self.columns[role]
        numeric = numeric_day(text, column.how)
        if isinstance(numeric, date):
            return numeric.isoformat(), "", ""
        if numeric == "may be two days":
            allowed = f"--columns '{column.heading}={role} day-first', or month-first"
            return "", numeric, f"{text!r} may be two days ({allowed})"
        if re.fullmatch(
            r"[0-9]{5,}(\.[0-9]*)?", text
        ):  # days from 1900 or from 1904, or seconds: the file does not say
            return (
                "",
                "are numbers, no dates",
                f"{text} is a number, no date (2026-11-23; in a workbook a cell of dates)",
            )
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+Z?", text):
            text = text[:10]
        try:
            days = read_days(text, self.day, self.vocabulary.dates, ahead=role == "due")
        except DateError as error:
            return "", "are no date", str(error) if text in str(error) else f"{text!r}: {error}"
        if days is None or days[1].strip(" ."):
            return "", "are no date", f"{text!r} is no date (2026-11-23, Q3 2027, by the end of 2026, 2026年底)"
        return (days[0].first if role == "since" else days[0].last).isoformat(), "", ""

    def _read_amount(self, row: Deal) -> None:
        """How much a row states: chips, racks or servers, else megawatts, else money."""
        units = {"amount": "", "racks": "racks", "servers": "servers", "power": "MW", "spend": "USD"}
        texts = {role: self._with_unit(row, role, unit) for role, unit in units.items() if row.cells.get(role)}
        if not texts:
            way = next(self.columns[role] for role in units if role in self.columns)
            self.problems.add(way, row.at, "are empty", "", "no amount is given: the count is missing")
            return
        role, text = next(iter(texts.items()))
        key, quantity, fault = self.parsed_amount(text)
        if fault:
            self.problems.add(self.columns[role], row.at, "cannot be read", row.cells[role], fault)
            return
        row.lot[key] = quantity
        row.cells["said"] = text
        if role not in ("power", "spend") and "power" in texts:
            row.cells["stated power"] = texts["power"]
        for other in texts.keys() - {role, "power"}:
            row.cells[f"kept {other}"] = f"{self.columns[other].heading}: {texts[other]}"

    def _parsed_amount(self, text: str) -> tuple[str, dict[str, Any], str]:
        """Under which key an amount stands, and how; or what is wrong with it."""
        try:
            words = read_amount(text, self.vocabulary)
        except WordsError as error:
            return "", {}, str(error)
        if words.kind in COUNTED:
            return "count", typed_quantity(text, ""), ""
        return "amount", {"says": text, "source": "", "grade": "C"}, ""

    def _with_unit(self, row: Deal, role: str, unit: str) -> str:
        """A cell with the unit of its heading, where it holds a number alone."""
        column = self.columns[role]
        text = plain_number(row.cells[role], column.how)
        if not re.fullmatch(r"[-+]?[0-9][0-9.,' ]*", text):
            return text
        unit = column.unit or unit
        if role == "power":
            unit = f"{column.unit or ('GW' if 'gw' in plain_heading(column.heading).split() else 'MW')}"
            unit += self._basis(column)
        return f"{text} {unit}".strip()

    def _basis(self, column: Column) -> str:
        """What a heading says of its megawatts: IT, facility or contracted; nothing where it does not."""
        plain = plain_heading(re.sub(r"[(\[].{0,80}?[)\]]", "", column.heading))
        for basis, words in self.table.bases.items():
            if plain in heading_words(words) and plain not in ("total", "site", "campus"):
                return {"it": " of IT load", "contracted": " contracted"}.get(basis, " facility")
        return ""

    def _read_words(self, row: Deal) -> None:
        """Region, counted, and the fields that a lot has as they stand."""
        if text := row.cells.get("region"):
            region = self.region_id(text)
            if not region:
                near = did_you_mean(text.lower(), self.grids())
                detail = f"{text!r} is no region ({near})"
                self.problems.add(self.columns["region"], row.at, "are no region", text, detail)
            row.cells["region"] = region
        text = self.plain(row.cells.get("counted", ""))
        if text and text not in self.no and text not in self.yes:
            detail = f"{text!r} is neither yes nor no"
            self.problems.add(self.columns["counted"], row.at, "are neither yes nor no", text, detail)
        for role in ("phases", "per", "route"):
            if role in row.cells:
                row.lot[role] = row.cells[role]
