"""Sheets as people save them (.csv .tsv .xlsx, or a frame of pandas) → rows of cells, each with its place."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacity.errors import Fault, InputError, fail
from capacity.load.files import read_bytes

MOST_CELLS = 500_000  # of all sheets
MOST_SHEETS = 100
MOST_UNPACKED = 50  # times the size of a workbook; those that spreadsheets save take about ten
SMALL_UNPACKED = 500_000  # bytes, which any workbook may take
DELIMITERS = ",;\t|"
LOOK_AT = 20  # lines from which the mark between the cells is told


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet as texts: numbers without separators, days as ISO dates; `lines` are their row numbers.

    `broken` cells hold a formula whose result nobody stored.
    """

    file: str
    name: str
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    is_text: bool = False  # of a text file: places have a line and a column
    broken: tuple[str, ...] = ()

    def fault(self, row: int, column: int, what: str, allowed: str = "") -> Fault:
        """A fault at a cell: a text file names its line and field, a workbook its sheet."""
        is_placed = self.is_text and row < len(self.lines)
        line, place = (self.lines[row], column + 1) if is_placed else (None, None)
        return Fault(self.file, line, place, "" if self.is_text else f"sheet {self.name}", what, allowed)


def cell_name(column: int, line: int) -> str:
    """A cell as a spreadsheet names it.

    >>> cell_name(0, 1), cell_name(27, 7)
    ('A1', 'AB7')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{line}"


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of a file, blank rows left out; `InputError` where it is none of `SHEETS` or cannot be read."""
    raw = read_bytes(path)
    if path.suffix.lower() in (".xlsx", ".xlsm") or raw[:4] == b"PK\x03\x04":
        return _workbook(raw, path)
    text = decoded(raw, path)
    if not text.strip():
        raise InputError([Fault(str(path), 1, 1, "", "the file is empty")])
    mark = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    line = 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(tuple(cell.strip() for cell in row))
                lines.append(line + 1)
            line = reader.line_num
    except csv.Error as error:
        raise InputError([Fault(str(path), reader.line_num, 1, "", f"not CSV: {error}")]) from None
    return [Sheet(str(path), path.stem, tuple(rows), tuple(lines), is_text=True)]


def decoded(raw: bytes, path: Path) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or what can only be GBK.

    Bytes that are no UTF-8 may be any of many old encodings. They are GBK for sure where most pairs of them
    are characters of the first level of GB 2312, the common ones: letters with accents and Cyrillic are not.

    >>> decoded("芯片,数量".encode("gbk"), Path("x.csv"))
    '芯片,数量'
    """
    utf_16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return raw.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        if not utf_16 and (chinese := _chinese(raw)):
            return chinese
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - raw[: error.start].rfind(b"\n")
        allowed = "UTF-8, UTF-16 with its mark in front, or Chinese in GBK"
        raise InputError([Fault(str(path), line, column, "", "is not UTF-8", allowed)]) from None


def _chinese(raw: bytes) -> str:
    """The text where it can only be Chinese, else nothing."""
    try:
        text = raw.decode("gbk")
    except UnicodeDecodeError:
        return ""
    pairs = [c.encode("gbk") for c in text if not c.isascii() and c.isalpha()]
    common = sum(0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in pairs)
    return text if common > 0.8 * len(pairs) else ""


def _delimiter(text: str) -> str:
    """The mark between cells under which most of the first lines have the same number of them, two at least."""
    head = "\n".join(text.splitlines()[: 2 * LOOK_AT])

    def score(mark: str) -> tuple[int, int]:
        counts: list[int] = []
        try:
            for row in csv.reader(io.StringIO(head, newline=""), delimiter=mark):
                counts.append(len(row))
        except csv.Error:
            pass
        counts = [count for count in counts[:LOOK_AT] if count > 1]
        usual = max(set(counts), key=counts.count, default=0)
        return counts.count(usual), usual

    return max(DELIMITERS, key=score)


def _workbook(raw: bytes, path: Path) -> list[Sheet]:
    """The sheets of a workbook that are not hidden; values as stored, a formula's as last computed."""
    try:
        import openpyxl  # noqa: F401
    except ImportError:
        raise fail(str(path), "openpyxl is not installed", "pip install 'capacity[frames]', or save as CSV") from None
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out (drop-down lists, styles) is not read here
            sheets = list(_worksheets(raw, path))
    except InputError:
        raise
    except Exception as error:  # bytes that are no workbook fail anywhere in its reader, in any way
        reason = str(error) or type(error).__name__
        raise fail(str(path), f"is no workbook: {reason:.200}", "a file saved as .xlsx") from None
    if not sheets:
        raise fail(str(path), "shows no sheet", "one with deals")
    return sheets


def _worksheets(raw: bytes, path: Path) -> Iterator[Sheet]:
    """The sheets, one after the other."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        size = sum(part.file_size for part in packed.infolist())
        if size > max(SMALL_UNPACKED, MOST_UNPACKED * len(raw)):
            what = f"unpacks to {size / 1e6:,.0f} MB, {size // len(raw):,} times its size"
            raise fail(str(path), what, f"at most {MOST_UNPACKED} times")
        computes = any(b"<f" in packed.read(part) for part in packed.infolist() if "sheet" in part.filename)
    stored = openpyxl.load_workbook(io.BytesIO(raw), data_only=True, read_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(raw), data_only=False, read_only=True) if computes else stored
    visible = [sheet for sheet in stored.worksheets if sheet.sheet_state == "visible"]
    if len(visible) > MOST_SHEETS:
        raise fail(str(path), f"has {len(visible):,} sheets", f"at most {MOST_SHEETS}; hide or remove the others")
    cells = 0
    for sheet in visible:
        rows, lines, broken = [], [], []
        values = sheet.iter_rows(values_only=True)
        typed = formulas[sheet.title].iter_rows(values_only=True) if computes else itertools.repeat(())
        for number, (row, source) in enumerate(zip(values, typed, strict=False), 1):
            cells += len(row) + 1
            if cells > MOST_CELLS:
                raise fail(str(path), f"is too large at sheet {sheet.title}", f"at most {MOST_CELLS:,} cells")
            for column, (value, text) in enumerate(zip(row, source, strict=False)):
                if value is None and isinstance(text, str) and text.startswith("="):
                    broken.append(cell_name(column, number))
            texts = tuple(plain_text(value) for value in row)
            if any(texts):
                rows.append(texts)
                lines.append(number)
        yield Sheet(str(path), sheet.title, _even(rows), tuple(lines), broken=tuple(broken))


def frame_sheet(frame: Any, name: str = "frame") -> Sheet:
    """A frame of pandas as a sheet: its columns are the heads, its rows count from 2 as in a spreadsheet."""
    rows = [tuple(str(column) for column in frame.columns)]
    rows += [tuple(plain_text(value) for value in row) for row in frame.itertuples(index=False, name=None)]
    kept = [(row, line) for line, row in enumerate(rows, 1) if any(row)]
    return Sheet(name, name, tuple(row for row, _ in kept), tuple(line for _, line in kept))


def _even(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows of one length, without the empty columns on the right."""
    width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell), default=0)
    return tuple((*row[:width], *[""] * (width - len(row))) for row in rows)


def plain_text(value: Any) -> str:
    """A cell's value as text.

    >>> import datetime
    >>> plain_text(18000.0), plain_text(datetime.datetime(2026, 1, 28)), plain_text(None), plain_text(0.25)
    ('18000', '2026-01-28', '', '0.25')
    """
    if value is None or value != value:  # nan, NaT
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()[:10]
    if isinstance(value, float) or hasattr(value, "dtype"):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return str(value).strip()
