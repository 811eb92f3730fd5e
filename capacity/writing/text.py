"""Rows → a grid that fits a width, for the commands whose answers are no documents yet."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from capacity.document.markdown import escaped


def _wrap(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _titled(title: str, items: Sequence[str], width: int) -> str:
    return "\n".join([title, *(_wrap(item, width, "    ") for item in items)])


NARROWEST = 12  # of a column that is wrapped


class Markdown(int):
    """A width that no line reaches, on which `grid` sets its rows as a Markdown table.

    So whatever prints for a terminal prints for a document too: see `forms.as_markdown`.
    """


MARKDOWN = Markdown(1_000_000)


def grid(rows: Sequence[Sequence[str]], width: int, numbers: int, heads: int = 1) -> str:
    """Rows in columns, the first `heads` over a rule; the last `numbers` columns are set to the right.

    The other columns are wrapped where the whole would be wider than `width`, the widest first.

    >>> print(grid([("path", "report", "chips"), ("count", "200,000 h100-sxm and h200-sxm", "200,000")], 32, 1))
    path   report              chips
    --------------------------------
    count  200,000 h100-sxm  200,000
           and h200-sxm
    >>> print(grid([("path", "chips"), ("count", "200,000")], MARKDOWN, 1))
    | path | chips |
    |---|---:|
    | count | 200,000 |
    """
    if isinstance(width, Markdown):
        return _piped(rows, numbers, heads)
    sizes = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    texts = range(max(1, len(sizes) - numbers))
    gaps = 2 * (len(sizes) - 1)
    while sum(sizes) + gaps > width:
        widest = max(texts, key=lambda i: sizes[i])
        if sizes[widest] <= NARROWEST:
            break
        sizes[widest] -= 1
    sizes[0] = max(sizes[0], min(NARROWEST, width - gaps - sum(sizes[1:])))
    out: list[str] = []
    for index, row in enumerate(rows):
        if index == heads:
            out.append("-" * min(width, sum(sizes) + gaps))
        cells = [[text] for text in row]
        for i in texts:
            cells[i] = textwrap.wrap(row[i], sizes[i], subsequent_indent="" if i else "  ") or [""]
        for line in range(max(map(len, cells))):
            parts = [cell[line] if line < len(cell) else "" for cell in cells]
            set_ = [t.ljust(n) if i in texts else t.rjust(n) for i, (t, n) in enumerate(zip(parts, sizes, strict=True))]
            out.append("  ".join(set_).rstrip())
    return "\n".join(out)


def _piped(rows: Sequence[Sequence[str]], numbers: int, heads: int) -> str:
    """Rows as a table in Markdown, which knows one row of heads: those of several are put together."""
    head = [" ".join(filter(None, (row[i].strip() for row in rows[:heads]))) for i in range(len(rows[0]))]
    lines = [f"| {' | '.join(map(escaped, row))} |" for row in (head, *rows[heads:])]
    return "\n".join([lines[0], "|---" * (len(head) - numbers) + "|---:" * numbers + "|", *lines[1:]])


def fitted(rows: Sequence[Sequence[str]], width: int, numbers: int) -> str:
    """The grid, with columns left out from the right where it would be wider than the width even so."""
    while numbers > 1:
        text = grid(rows, width, numbers)
        if max(map(len, text.splitlines())) <= width:
            return text
        rows, numbers = [row[:-1] for row in rows], numbers - 1
    return grid(rows, width, numbers)
