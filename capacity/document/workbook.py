"""Rows of records → a workbook or a Parquet file (needs the extra `frames`)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from capacity.document.rows import RUNS, flat, frame
from capacity.errors import fail, visible


def xlsx(sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """A sheet for each name, a row for each record; text is text, so that no cell can hold a formula."""
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
    except ImportError:
        raise fail("report", "openpyxl is not installed", "pip install '.[frames]'") from None
    book = Workbook()
    book.remove(book.active)
    for name, records in sheets.items():
        sheet = book.create_sheet(name)
        rows = [flat(record) for record in records]
        keys = list(dict.fromkeys(key for row in rows for key in row))
        for y, row in enumerate([dict(zip(keys, keys, strict=True)), *rows], 1):
            for x, key in enumerate(keys, 1):
                _put(sheet.cell(y, x), row.get(key))
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for column in sheet.columns:
            width = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = min(60, 2 + width)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Any, value: Any) -> None:
    """A number as a number; anything else as text, whatever it begins with."""
    if value is None:
        return
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        cell.value = value
        return
    cell.value = visible(str(value))[:32_000]
    cell.data_type = "s"
    cell.quotePrefix = RUNS.match(str(value)) is not None


def parquet(records: Sequence[Mapping[str, Any]], option: str = "report") -> bytes:
    """The records as a Parquet table, a row each; a fault is told of `option`."""
    out = io.BytesIO()
    try:
        frame(records).to_parquet(out, index=False)
    except ImportError:
        raise fail(option, "pyarrow is not installed", "pip install '.[frames]'") from None
    return out.getvalue()
