"""A document → a PDF to hand out, on A4 (needs the extra `report`)."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

from capacity.document.blocks import Block, Document, Figure, Item, Items, Section, Table, Text
from capacity.document.drawing import WIDTH, height, png
from capacity.document.fonts import fonts_for, missing_words
from capacity.document.terminal import text
from capacity.document.words import cell_text
from capacity.errors import fail

FIGURE = 110  # mm across
LONGEST = 400  # letters of a cell
_HEADS = {1: 15.0, 2: 11.0, 3: 9.0}


def pdf(document: Document, title: str) -> bytes:
    """A PDF of the document. Raises `InputError` where the extra `report` is missing."""
    try:
        from fpdf import FPDF
        from matplotlib import get_data_path
    except ImportError:
        raise fail("report", "fpdf2 is not installed", "pip install '.[report]'") from None
    page = FPDF(format="A4")
    for style, name in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold")):
        page.add_font("DejaVu", style, f"{get_data_path()}/fonts/ttf/{name}.ttf")
    fonts, missing = fonts_for(_letters(document))
    for number, font in enumerate(fonts):
        for style in ("", "B"):
            page.add_font(f"other{number}", style, font.path)
    page.set_fallback_fonts([f"other{number}" for number in range(len(fonts))], exact_match=False)
    page.set_title(title)
    page.set_auto_page_break(True, margin=15)
    page.add_page()
    for block in (*document.blocks, *([Text(missing_words(missing))] if missing else ())):
        _put(page, block)
    log = logging.getLogger("fpdf")
    level = log.level
    log.setLevel(logging.ERROR)  # what is missing stands in the document, in a sentence
    try:
        return bytes(page.output())
    finally:
        log.setLevel(level)


def _letters(document: Document) -> str:
    """All that a document says, that its pictures say too."""
    return text(document, 200) + "".join(str(block.data) for block in document.blocks if isinstance(block, Figure))


def _write(page: Any, words: str, size: float = 9, bold: bool = False) -> None:
    page.set_font("DejaVu", "B" if bold else "", size)
    page.multi_cell(0, size * 0.5, words, align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(size * 0.2)


def _put(page: Any, block: Block) -> None:
    if isinstance(block, Text):
        _write(page, block.text, _HEADS.get(block.level, 9.0), bold=block.level > 0)
    elif isinstance(block, Figure):
        if page.will_page_break(FIGURE * height(block) / WIDTH + 20):  # title and legend stay with it
            page.add_page()
        _write(page, block.data["title"], 9, bold=True)
        page.image(io.BytesIO(png(block)), w=FIGURE, alt_text=block.alt)
        page.ln(1)
        _write(page, block.data["legend"], 7)
        page.ln(2)
    elif isinstance(block, Table):
        _table(page, block)
    else:
        if block.title:
            _write(page, block.title, 9, bold=True)
        _write(page, "\n".join(_lines(block)), 8)


def _lines(block: Items) -> Iterator[str]:
    for number, item in enumerate(block.items, 1):
        yield from _item(item, f"[{number}] " if block.kind == "numbered" else "– ", 0)


def _item(item: Item, mark: str, depth: int) -> Iterator[str]:
    yield "   " * depth + mark + _flat(" ".join(item.lines))
    for below in item.items:
        yield from _item(below, "– ", depth + 1)


def _flat(words: str) -> str:
    """A text without line breaks of its own."""
    return " ".join(words.split())


def _table(page: Any, block: Table) -> None:
    """A table whose columns are as wide as their texts ask for; its heads come again on each page.

    A row with a text that would fill a page is no row: of such a table each stands as a paragraph.
    """
    if block.title:
        _write(page, block.title, 9, bold=True)
    page.set_font("DejaVu", "", 8)
    heads = [f"{c.name}, {c.unit}" if c.unit else c.name for c in block.columns]
    rows = [
        [row.title, *[""] * (len(heads) - 1)]
        if isinstance(row, Section)
        else [_flat(cell_text(cell, c.unit is None)) for cell, c in zip(row, block.columns, strict=True)]
        for row in block.rows
    ]
    if any(len(text) > LONGEST for row in rows for text in row):
        for name, *texts in rows:
            said = "; ".join(f"{head}: {text}" for head, text in zip(heads[1:], texts, strict=True) if text)
            _write(page, f"{name}\n{said}".rstrip(), 8)
        return
    widths = tuple(min(60, max(6, *(len(row[i]) for row in rows), len(heads[i]) // 2)) for i in range(len(heads)))
    align = tuple("LEFT" if c.align == "left" else "RIGHT" for c in block.columns)
    with page.table(col_widths=widths, text_align=align) as table:
        for row in (heads, *rows):
            table.row(row)
    page.ln(4)
