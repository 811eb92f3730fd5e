"""An estimate as a workbook or a Parquet file (needs the extra `frames`)."""

from __future__ import annotations

import io
from typing import Any

from capacity.document.citations import signature
from capacity.errors import fail
from capacity.model.estimate import Estimate, summarize
from capacity.writing.data import to_json
from capacity.writing.frame import to_frame
from capacity.writing.text import headline, view_words


def xlsx(answer: Estimate) -> bytes:
    """Four sheets: summary, lines, assumptions, sources; text is text, so that no cell can hold a formula."""
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
    except ImportError:
        raise fail("report", "openpyxl is not installed", "pip install 'capacity[frames]'") from None
    data = to_json(answer)
    file = answer.scenario.file
    sheets: dict[str, list[list[Any]]] = {
        "summary": [
            ["scenario", file.name], ["id", file.id], ["as of", file.as_of.isoformat()],
            ["answer", headline(answer, summarize(answer))], ["view", view_words(answer.scenario)],
            ["citation", signature(answer)], ["points", "p5, p50 and p95 are the 5, 50 and 95 % points; SI units"],
        ],
        "lines": _table(data["lines"]),
        "assumptions": _table([{**row, "sources": " ".join(row["sources"])} for row in data["assumptions"]]),
        "sources": _table(data["sources"]),
    }  # fmt: skip
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for y, row in enumerate(rows, 1):
            for x, value in enumerate(row, 1):
                _put(sheet.cell(y, x), value)
        for cell in sheet["A"] if name == "summary" else sheet[1]:
            cell.font = Font(bold=True)
        if name != "summary":
            sheet.freeze_panes = "A2"
        for column in sheet.columns:
            width = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = min(60, 2 + width)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _table(records: list[dict[str, Any]]) -> list[list[Any]]:
    keys = list(dict.fromkeys(key for record in records for key in record))
    return [keys, *([record.get(key) for key in keys] for record in records)]


def _put(cell: Any, value: Any) -> None:
    """A number as a number; anything else as text, whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if value is None:
        return
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", str(value))[:32_000]
    cell.data_type = "s"
    cell.quotePrefix = str(value)[:1] in ("=", "+", "-", "@", "\t", "\r")


def parquet(answer: Estimate) -> bytes:
    """The lines as a Parquet table, a row each, SI units."""
    frame = to_frame(answer)
    out = io.BytesIO()
    try:
        frame.to_parquet(out, index=False)
    except ImportError:
        raise fail("report", "pyarrow is not installed", "pip install 'capacity[frames]'") from None
    return out.getvalue()
