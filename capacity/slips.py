"""Figures that somebody sets: what cannot be, for another unit is meant, and what no part of the kind has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from capacity.quantity import Quantity
from capacity.records.chip import Chip
from capacity.records.integrity import Integrity, beyond, kind_of_chip, slips

Figures = dict[tuple[str, str], dict[str, Quantity]]  # by kind and id of the part, then by figure


def set_figures(
    sets: Mapping[str, Quantity], chips: Mapping[str, Chip], others: Mapping[str, Collection[str]]
) -> Figures:
    """What is set at figures of parts that exist, in the unit of each place; `others`: ids of grids and sites."""
    figures: Figures = {}
    for place, quantity in sets.items():
        kind, _, rest = place.partition(".")
        if kind not in ("chips", "prices", *others) or "@" in place:
            continue
        ids = others.get(kind, chips)
        part = max((name for name in ids if rest.startswith(f"{name}.")), key=len, default="")
        figure = rest.removeprefix(f"{part}.")
        known = figure in chips[part].figures() if part and kind == "chips" else bool(part)
        if known and not figure.startswith(("assumptions.", "domestic_chips.")):
            figures.setdefault((kind, part), {})[figure] = quantity
    return figures


def figure_slips(
    sets: Mapping[str, Quantity], chips: Mapping[str, Chip], table: Integrity
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The places of sheets at which something is set that cannot be: what is wrong, what is allowed."""
    for (kind, part), figures in set_figures(sets, chips, {}).items():
        if kind != "chips":
            continue
        sheet = chips[part].having(figures)
        for field in figures:
            breach = next(slips(sheet, table, field), None)
            if breach:
                yield f"chips.{part}.{field}", (breach.what, breach.allowed)


def figure_notes(
    sets: Mapping[str, Quantity], chips: Mapping[str, Chip], others: Mapping[str, Collection[str]], table: Integrity
) -> Iterator[str]:
    """A note on each figure that is set and that no part of its kind has."""
    for (kind, part), figures in set_figures(sets, chips, others).items():
        yield from part_notes(f"{kind}.{part}", kind_of_chip(chips[part]) if kind == "chips" else kind, figures, table)


def part_notes(part: str, kind: str, figures: Mapping[str, Quantity], table: Integrity) -> Iterator[str]:
    """A note on each figure of a part that no part of its kind has."""
    for field, what in beyond(kind, figures, table):
        yield f"{part}.{field}: {what}: is the unit right?"
