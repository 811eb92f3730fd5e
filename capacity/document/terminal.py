"""A document → plain text that is never wider than the width, addresses of pages apart, which are not broken.

Where a table has no room, its texts and heads are wrapped, the widest first; then columns are left out, the highest
rank first, and a line says which; those of a series go on in further tables; where not even the others fit, each row
is a short list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import combining, east_asian_width

from capacity.document.blocks import Block, Column, Document, Figure, Item, Items, Section, Table, Text
from capacity.document.words import cell_text

GAP = 2


def text(document: Document, width: int = 80) -> str:
    """The document as plain text, no line wider than `width` (at least 20).

    >>> print(text(Document((Text("Power", 1), Text("It is enough."))), 40), end="")
    Power
    <BLANKLINE>
    It is enough.
    """
    blocks = ("\n".join(_block(block, width)) for block in document.blocks)
    return "\n\n".join(filter(None, blocks)) + "\n"


def _block(block: Block, width: int) -> list[str]:
    if isinstance(block, Text):
        return [line for part in block.text.split("\n") for line in wrap(part, width)]
    if isinstance(block, Figure):
        return wrap(block.alt, width)
    title = wrap(block.title, width) if block.title else []
    return [*title, *(table(block, width) if isinstance(block, Table) else _items(block, width))]


def wrap(line: str, width: int, first: str = "", rest: str = "", whole: str = "://") -> list[str]:
    """A line in lines of the width; an address stays whole, on a line of its own, for it is there to be copied.

    What has `whole` in it is an address; where a line cannot be wider (a picture), a line break, which no word has.
    """
    words = line.split()
    narrow = width - max(width_of(first), width_of(rest))
    breaks = any(width_of(word) > narrow and whole not in word for word in words)
    lines: list[str] = []
    indent, here = first, ""
    for word in words:
        while word:
            room = width - width_of(indent)
            gap = " " if here else ""
            head = _cut(word, room - width_of(here + gap))
            if head == word or (not here and not breaks):
                here, word = here + gap + word, ""
                continue
            if breaks and _cut(word, room) != word:
                head = head or ("" if here else word[0])
                here, word = (here + gap + head).rstrip(), word[len(head) :]
            lines.append(indent + here)
            indent, here = rest, ""
    return [*lines, indent + here] if here else lines or [first.rstrip()]


def width_of(text: str) -> int:
    """How many columns a text takes: two for each Chinese, Japanese or Korean sign, none for a mark above another.

    >>> width_of("ByteDance"), width_of("字节跳动"), width_of("é")
    (9, 8, 1)
    """
    if text.isascii():
        return len(text)
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _cut(text: str, room: int) -> str:
    """As much of the beginning of a text as has room."""
    if text.isascii():
        return text[: max(room, 0)]
    for end, sign in enumerate(text):
        room -= width_of(sign)
        if room < 0:
            return text[:end]
    return text


def _padded(text: str, size: int, align: str) -> str:
    space = " " * (size - width_of(text))
    return text + space if align == "left" else space + text


def _items(block: Items, width: int) -> list[str]:
    if block.kind == "tree":
        return [line for item in block.items for line in _tree(item, "", "", width)]
    out: list[str] = []
    for number, item in enumerate(block.items, 1):
        out += _listed(item, f"[{number}] " if block.kind == "numbered" else "- ", "", width)
    return out


def _listed(item: Item, mark: str, indent: str, width: int) -> Iterator[str]:
    inner = indent + ("    " if mark.startswith("[") else "  ")
    for index, line in enumerate(item.lines):
        yield from wrap(line, width, inner if index else indent + mark, inner)
    for below in item.items:
        yield from _listed(below, "- ", inner, width)


def _tree(item: Item, first: str, rest: str, width: int) -> Iterator[str]:
    """An item and all below it, with the branches drawn; where they go too deep for the width, without."""
    if len(rest) > width // 2:
        first = rest = " " * (width // 2)
    inner = rest + ("│ " if item.items else "  ")
    for index, line in enumerate(item.lines):
        yield from wrap(line, width, inner if index else first, inner if not index else inner + "  ")
    for number, below in enumerate(item.items, 1):
        last = number == len(item.items)
        yield from _tree(below, rest + ("└ " if last else "├ "), rest + ("  " if last else "│ "), width)


def table(block: Table, width: int) -> list[str]:
    """The lines of a table; see the top of this module for what is done where it is too wide."""
    columns = list(range(len(block.columns)))
    while True:
        sizes = _sizes(block, columns, width, least=True)
        if _total(sizes) <= width:
            break
        spare = [i for i in columns if block.columns[i].rank]
        if not spare:
            sizes = _sizes(block, columns, width, least=False)
            break
        columns.remove(max(spare, key=lambda i: (block.columns[i].rank, i)))
    parts = _parts(block, columns, width) if _total(sizes) > width else []
    if len(parts) > 1:
        return [line for part in parts for line in ["", *table(part, width)]][1:]
    lines = _grid(block, columns, sizes, width) if _total(sizes) <= width else _stacked(block, columns, width)
    out = [column.name for i, column in enumerate(block.columns) if i not in columns]
    between = "; " if any("," in name for name in out) else ", "
    return lines + (wrap(f"Not shown at this width: {between.join(out)}.", width) if out else [])


def _parts(block: Table, columns: Sequence[int], width: int) -> list[Table]:
    """The table as several, each with as many columns of the series as fit, and no row that says nothing in it."""
    series = [i for i in columns if block.columns[i].series]
    groups: list[list[int]] = [[]]
    for index in series:
        here = sorted({*columns} - {*series} | {*groups[-1], index})
        if groups[-1] and _total(_sizes(block, here, width, least=True)) > width:
            groups.append([])
        groups[-1].append(index)
    tables = []
    for group in groups:
        kept = [i for i in columns if i in group or i not in series]
        rows = [
            row if isinstance(row, Section) else tuple(row[i] for i in kept)
            for row in block.rows
            if isinstance(row, Section) or any(row[i] is not None for i in group)
        ]
        tables.append(Table(tuple(block.columns[i] for i in kept), tuple(rows)))
    return tables


def _total(sizes: Sequence[int]) -> int:
    return sum(sizes) + GAP * (len(sizes) - 1)


def _texts(block: Table, columns: Sequence[int]) -> list[tuple[Column, list[str]]]:
    """Each column with the text of its cells; a section leaves an empty one."""
    return [
        (c, ["" if isinstance(row, Section) else " ".join(cell_text(row[i], c.unit is None).split())
             for row in block.rows])
        for i, c in ((i, block.columns[i]) for i in columns)
    ]  # fmt: skip


def _sizes(block: Table, columns: Sequence[int], width: int, least: bool) -> list[int]:
    """Widths of the columns: as wide as their texts, then narrower, the widest text first, down to what it allows."""
    sizes, bounds = [], []
    for column, cells in _texts(block, columns):
        words = [word for cell in (*cells, column.name) for word in cell.split()]
        longest = max(map(width_of, words), default=1)
        inside = max([1, width_of(column.unit or ""), *map(width_of, cells)])
        size = max(inside, width_of(column.name))
        sizes.append(size)
        narrow = max(column.least, min(longest, 40)) if least else min(longest, 12)
        head = max(map(width_of, column.name.split()), default=1)
        bounds.append(min(size, narrow) if column.align == "left" else max(inside, head))
    while _total(sizes) > width:
        able = [i for i in range(len(sizes)) if sizes[i] > bounds[i]]
        if not able:
            break
        sizes[max(able, key=lambda i: sizes[i])] -= 1
    return sizes


def _grid(block: Table, columns: Sequence[int], sizes: Sequence[int], width: int) -> list[str]:
    shown = _texts(block, columns)
    names = [wrap(column.name, size) or [""] for (column, _), size in zip(shown, sizes, strict=True)]
    tallest = max(map(len, names))
    names = [[*[""] * (tallest - len(name)), *name] for name in names]
    heads = [[name[index] for name in names] for index in range(tallest)]
    if any(column.unit for column, _ in shown):
        heads.append([column.unit or "" for column, _ in shown])
    lines = [line for head in heads for line in _line(head, shown, sizes)] + ["-" * _total(sizes)]
    for index, row in enumerate(block.rows):
        lines += (
            wrap(row.title, width)
            if isinstance(row, Section)
            else _line([cells[index] for _, cells in shown], shown, sizes)
        )
    return lines


def _line(cells: Sequence[str], shown: Sequence[tuple[Column, list[str]]], sizes: Sequence[int]) -> list[str]:
    """One row in as many lines as its tallest cell needs; what hangs below the first cell is set in."""
    tall: list[list[str]] = []
    for i, (cell, size, (column, _)) in enumerate(zip(cells, sizes, shown, strict=True)):
        rest = "  " if i == 0 and size > GAP + max(map(width_of, cell.split()), default=0) else ""
        tall.append(wrap(cell, size, "", rest) if column.align == "left" else [cell])
    out = []
    for index in range(max(map(len, tall))):
        parts = [cell[index] if index < len(cell) else "" for cell in tall]
        set_ = [_padded(part, size, column.align) for part, size, (column, _) in zip(parts, sizes, shown, strict=True)]
        out.append((" " * GAP).join(set_).rstrip())
    return out


def _stacked(block: Table, columns: Sequence[int], width: int) -> list[str]:
    """Each row as its name and a line for each of its cells."""
    lines: list[str] = []
    for row in block.rows:
        if isinstance(row, Section):
            lines += wrap(row.title, width)
            continue
        lines += wrap(cell_text(row[columns[0]], True), width)
        for i in columns[1:]:
            column = block.columns[i]
            text_ = cell_text(row[i], column.unit is None)
            if text_:
                lines += wrap(f"{column.name}: {text_} {column.unit or ''}".strip(), width, "  ", "    ")
    return lines
