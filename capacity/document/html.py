"""A document → a fragment of HTML: for a notebook and for the page of a report; every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from capacity.document.blocks import Block, Document, Figure, Item, Items, Section, Table, Text
from capacity.document.words import cell_text

Draw = Callable[[Figure], str]


def html(document: Document, draw: Draw | None = None) -> str:
    """The document as semantic HTML; `draw` makes the inline picture of a figure, else its words stand there.

    >>> html(Document((Text("a < b"),)))
    '<p>a &lt; b</p>'
    """
    return "\n".join(_block(block, draw) for block in document.blocks)


def linked(text: str) -> str:
    """A text, escaped, with the addresses of pages as links."""
    parts = re.split(r"(https?://[^\s<>\"']+)", text)
    return "".join(
        f'<a href="{escape(p)}" rel="noopener">{escape(p)}</a>' if i % 2 else escape(p) for i, p in enumerate(parts)
    )


def _block(block: Block, draw: Draw | None) -> str:
    if isinstance(block, Text):
        tag = f"h{block.level + 1}" if block.level else "p"
        return f"<{tag}>{'<br>'.join(map(linked, block.text.split(chr(10))))}</{tag}>"
    if isinstance(block, Figure):
        picture = draw(block) if draw else ""
        return f"<figure>{picture}<figcaption>{escape(block.alt)}</figcaption></figure>"
    return _table(block) if isinstance(block, Table) else _items(block)


def _table(block: Table) -> str:
    caption = f"<caption>{escape(block.title)}</caption>" if block.title else ""
    heads = "".join(
        f'<th scope="col"{_side(c.align)}>{escape(c.name)}{f" <small>{escape(c.unit)}</small>" if c.unit else ""}</th>'
        for c in block.columns
    )
    rows = []
    for row in block.rows:
        if isinstance(row, Section):
            rows.append(f'<tr><th scope="rowgroup" colspan="{len(block.columns)}">{escape(row.title)}</th></tr>')
            continue
        texts = [linked(cell_text(cell, c.unit is None)) for cell, c in zip(row, block.columns, strict=True)]
        cells = [f"<td{_side(c.align)}>{text}</td>" for text, c in zip(texts[1:], block.columns[1:], strict=True)]
        rows.append(f'<tr><th scope="row">{texts[0]}</th>{"".join(cells)}</tr>')
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _side(align: str) -> str:
    return ' style="text-align:right"' if align == "right" else ' style="text-align:left"'


def _items(block: Items) -> str:
    title = f"<h4>{escape(block.title)}</h4>" if block.title else ""
    return title + _list(block.items, "ol" if block.kind == "numbered" else "ul")


def _list(items: tuple[Item, ...], tag: str) -> str:
    inner = (
        f"<li>{'<br>'.join(map(linked, item.lines))}{_list(item.items, 'ul') if item.items else ''}</li>"
        for item in items
    )
    return f"<{tag}>{''.join(inner)}</{tag}>" if items else ""
