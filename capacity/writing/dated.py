"""Lines of several views → one table: as stated, and beside it what is in service at each date."""

from __future__ import annotations

from collections.abc import Sequence

from capacity.document.words import interval, label
from capacity.model.page import STAGED
from capacity.model.summary import Line
from capacity.units import scale, shared

AS_STATED = "as stated"


def viewed(line: Line) -> str:
    """The result in words with its date where it has one.

    >>> viewed(Line("chips", "chips", (("stage", "delivered"),), "in_service", "2026-08-31", "total", "", "chips",
    ...             0, 0, 0, 0, 0))
    'chips, delivered (2026-08-31)'
    """
    return label(line.quantity, line.basis) + (f" ({line.at})" if line.at else "")


def cell(line: Line | None, size: float) -> tuple[str, str]:
    """The line as `32,700 (0–196,000)`, and its unit; nothing where there is none."""
    if line is None:
        return "", ""
    middle, low, high, unit = interval(line, size)
    return (middle if low == high else f"{middle} ({low}–{high})"), unit


def columns_of(lines: Sequence[Line]) -> list[str]:
    """The heads of the table: `as stated`, then the dates in order."""
    return [AS_STATED, *dict.fromkeys(line.at for line in lines if line.at)]


def rows_of(lines: Sequence[Line], addresses: Sequence[str], member: tuple[str, str]) -> list[tuple[str, ...]]:
    """A row per result: its name, the cell of each view, its unit, which serves the large and the small."""
    found = {(line.address, line.at): line for line in lines if (line.group, line.member) == member}
    dates = [None, *columns_of(lines)[1:]]
    rows = []
    for address in addresses:
        here = [found.get((address, day)) for day in dates]
        known = [line for line in here if line]
        if not known:
            continue
        size = shared((line.p50 or line.p95 for line in known), known[0].unit)
        cells = [cell(line, size) for line in here]
        unit = next((unit for _, unit in cells if unit), scale(size, known[0].unit)[1] if size else "")
        rows.append((_name(known, address), *(text for text, _ in cells), "" if unit == "chips" else unit))
    return rows


def _name(lines: Sequence[Line], address: str) -> str:
    if address == "chips":
        return "chips: stated, in service"
    return label(lines[0].quantity, lines[0].basis)


def parts(heads: Sequence[str], rows: Sequence[tuple[str, ...]], width: int) -> list[list[tuple[str, ...]]]:
    """The rows in as many tables as the width needs, `as stated` in the first only; heads on top of each.

    A row that has nothing in a table is left out of it.
    """
    sizes = [max(len(heads[i]), *(len(row[i + 1]) for row in rows)) + 2 for i in range(len(heads))]
    room = width - max(12, min(26, max(len(row[0]) for row in rows))) - max(len(row[-1]) for row in rows) - 2
    groups: list[list[int]] = [[]]
    for index, size in enumerate(sizes):
        if groups[-1] and sum(sizes[i] for i in groups[-1]) + size > room:
            groups.append([])
        groups[-1].append(index)
    found = []
    for group in groups:
        here = [row for row in rows if any(row[i + 1] for i in group)]
        cells = [(row[0], *(row[i + 1] for i in group), row[-1]) for row in here]
        found.append([("total", *(heads[i] for i in group), ""), *cells])
    return found


BY_DATE = (*STAGED, "chips", "peak_flops.bf16.dense", "power.facility.nameplate")
