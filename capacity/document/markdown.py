"""A document → Markdown; what the files say is escaped, so that a cell stays a cell and text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from capacity.document.blocks import Block, Document, Figure, Item, Items, Section, Table, Text
from capacity.document.words import cell_text

_URL = re.compile(r"(https?://\S+)")
_MARKUP = re.compile(r"([\\`*<|$]|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[:]))|~(?=~)|&(?=#?\w+;)")
# Signs that would end a cell or the address, or open or close markup.
_IN_URL = re.compile(r"[][|<>`\\*$]|~(?=~)|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_OPENING = re.compile(r"^(\s*)([#>+-]|\d+(?=[.)]))(?=[\s.)#>]|$)")


def markdown(document: Document) -> str:
    """The document in Markdown: pipe tables, lists, headings from level 2.

    >>> print(markdown(Document((Text("Power", 1), Text("a|b *now*")))), end="")
    ## Power
    <BLANKLINE>
    a\\|b \\*now\\*
    """
    return "\n\n".join(filter(None, map(_block, document.blocks))) + "\n"


def escaped(text: str) -> str:
    """A text on one line whose signs mean themselves; addresses of pages stay as they are."""
    parts = _URL.split(" ".join(text.split()))
    return "".join(
        _IN_URL.sub(lambda m: f"%{ord(m[0]):02X}", part) if i % 2 else _MARKUP.sub(r"\\\g<0>", part)
        for i, part in enumerate(parts)
    )


def _opened(text: str) -> str:
    """The same at the beginning of a line, where `#`, `-` and `1.` would open a block."""
    return _OPENING.sub(lambda m: f"{m[1]}\\{m[2]}" if not m[2].isdigit() else f"{m[1]}{m[2]}\\", escaped(text))


def _block(block: Block) -> str:
    if isinstance(block, Text):
        if block.level:
            return f"{'#' * (block.level + 1)} {escaped(block.text)}"
        return "  \n".join(_opened(line) for line in block.text.split("\n"))
    if isinstance(block, Figure):
        return _opened(block.alt)
    body = _table(block) if isinstance(block, Table) else "\n".join(_items(block))
    return "\n\n".join(filter(None, (f"### {escaped(block.title)}" if block.title else "", body)))


def _table(block: Table) -> str:
    heads = [escaped(f"{c.name} ({c.unit})" if c.unit else c.name) for c in block.columns]
    rules = ["---" if c.align == "left" else "---:" for c in block.columns]
    lines = [_row(heads), f"|{'|'.join(rules)}|"]
    for row in block.rows:
        if isinstance(row, Section):
            lines.append(_row([f"**{escaped(row.title)}**", *[""] * (len(heads) - 1)]))
        else:
            cells = zip(row, block.columns, strict=True)
            lines.append(_row([escaped(cell_text(cell, c.unit is None)) for cell, c in cells]))
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _items(block: Items) -> Iterator[str]:
    for number, item in enumerate(block.items, 1):
        yield from _item(item, f"{number}. " if block.kind == "numbered" else "- ", "")


def _item(item: Item, mark: str, indent: str) -> Iterator[str]:
    first, *rest = item.lines
    yield f"{indent}{mark}" + "; ".join([_opened(first), *map(escaped, rest)])
    for below in item.items:
        yield from _item(below, "- ", indent + " " * len(mark))
