"""Rules that a chip's sheet must keep: ratios between its rates, and what is physically possible."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from capacity.errors import did_you_mean
from capacity.quantity import Quantity, SourceIds
from capacity.records.chip import Chip
from capacity.source import Grade, Number, Record, Slug, Source
from capacity.units import field_unit, sheet_unit

Fields = Annotated[tuple[str, ...], Field(min_length=1)]
Ends = Annotated[tuple[Number, ...], Field(min_length=2, max_length=2)]
Kinds = Literal["chips", "SRAM chips", "prices", "grids", "sites"]


class Ratio(Record):
    """How many times the rates of `top` are those of `bottom`, as the architecture has it.

    Each rate of `top` is held against the largest of `bottom`. With `each`, the two are groups
    (`sparse_tflops`, `dense_tflops`), and rates of one precision are held against each other.
    """

    top: Fields
    bottom: Fields
    each: bool = False
    ratio: Number
    why: str
    source: SourceIds
    grade: Grade


class Bound(Record):
    """The least and the most that a figure, or a figure over another, can be, in the sheet's units.

    `memory` and `not_memory`: of chips with these kinds of memory only, or with others only. `as_printed`: of two
    figures as a sheet prints them, not where one of them is changed to see what would be.
    """

    of: str
    over: str | None = None
    memory: tuple[str, ...] = ()
    not_memory: tuple[str, ...] = ()
    as_printed: bool = False
    low: Number | None = None
    high: Number | None = None
    why: str
    source: SourceIds
    grade: Grade


class Integrity(Record):
    """The file `integrity.yaml`: the rules, and how far a printed rate may be rounded.

    `slip`: how many times a ratio a rate that is typed may be off; beyond it another unit is meant. `ranges`: the
    least and the most that parts of each kind have at a figure, in its own unit.
    """

    tolerance: Number
    slip: Annotated[Number, Field(gt=1)]
    ratios: dict[Slug, Ratio]
    bounds: dict[Slug, Bound]
    ranges: dict[Kinds, dict[str, Ends]]
    sources: dict[Slug, Source]

    @model_validator(mode="after")
    def _check(self) -> Self:
        cited = [r.source for r in self.ratios.values()] + [b.source for b in self.bounds.values()]
        for key in (key for keys in cited for key in keys):
            if key not in self.sources:
                raise ValueError(f"unknown source {key!r} ({did_you_mean(key, self.sources)})")
        return self


class Breach(NamedTuple):
    """A rule that a sheet breaks: where, what, what would be right, and the figure that it is held against."""

    path: tuple[str, ...]
    what: str
    allowed: str
    over: str | None = None


def breaches(chip: Chip, table: Integrity) -> Iterator[Breach]:
    """Every rule that the sheet breaks without an exception, and every exception that it does not need."""
    for key in chip.exceptions:
        if key not in table.ratios:
            yield Breach(("exceptions", key), f"unknown exception {key!r}", did_you_mean(key, table.ratios))
    for key, rule in table.ratios.items():
        broken = dict(_broken(chip, rule, table.tolerance))
        shown = chip.exceptions[key].shown if key in chip.exceptions else {}
        for field, found in broken.items():
            if field not in shown:
                allowed = f"{rule.ratio:g} times, or the field under exceptions.{key} with the page that shows it"
                yield Breach(tuple(field.split(".")), f"is {found:.3g} times {' or '.join(rule.bottom)}", allowed)
        for field in shown:
            path = ("exceptions", key, "shown", field)
            if field not in broken:
                yield Breach(path, "the exception is not needed", "no exception, or the figures that need it")
            elif fault := _shown_nowhere(chip, field, rule, shown[field]):
                yield Breach(path, fault, "a source with an address that both figures of this basis cite")
    yield from _out_of_bounds(chip, table.bounds.values())


def slips(chip: Chip, table: Integrity, field: str) -> Iterator[Breach]:
    """What a figure that was typed into a sheet cannot be: bounds it breaks, rates of the sheet that rule it out."""
    for breach in _out_of_bounds(chip, [rule for rule in table.bounds.values() if not rule.as_printed]):
        if field in (".".join(breach.path), breach.over):
            yield breach
    for key, rule in table.ratios.items():
        shown = chip.exceptions[key].shown if key in chip.exceptions else {}
        for top, found in _broken(chip, rule, table.slip - 1):
            below = next(bottoms for name, bottoms in _pairs(chip, rule) if name == top)
            if field in (top, *below) and top not in shown:
                what = f"makes {top} {found:.3g} times {' or '.join(below)}: {rule.why}"
                yield Breach(tuple(field.split(".")), what, f"{rule.ratio:g} times, or near it")


def beyond(kind: str, figures: Mapping[str, Quantity], table: Integrity) -> Iterator[tuple[str, str]]:
    """The figures that no part of a kind has, each with a sentence that says so; units are those of the fields."""
    ranges = next((listed for name, listed in table.ranges.items() if name == kind), {})
    for field, quantity in figures.items():
        low, high = ranges.get(field) or ranges.get(field.rpartition(".")[2]) or (0.0, math.inf)
        if quantity.ends[0] < low or quantity.ends[1] > high:
            unit = field_unit(*sheet_unit(field.partition(".")[0]))
            yield field, f"{quantity.stated} {unit}".rstrip() + f" is beyond all {kind} here ({low:g} to {high:g})"


def kind_of_chip(chip: Chip) -> str:
    """The kind under `ranges` whose figures a chip's are held against."""
    return "SRAM chips" if chip.memory_type == "SRAM" else "chips"


def _shown_nowhere(chip: Chip, field: str, rule: Ratio, pages: tuple[str, ...]) -> str | None:
    """What keeps a page, or pages, from showing an odd ratio: no address, or not cited by both of its figures."""
    bottoms = next(bottoms for top, bottoms in _pairs(chip, rule) if top == field)
    above = set(found.source) if (found := chip.sheet(field)) else set()
    below = {key for figure in map(chip.sheet, bottoms) if figure is not None for key in figure.source}
    for page in pages:
        if page not in chip.sources or chip.sources[page].url is None:
            return f"{page!r} is no source with an address"
        if page not in above | below:
            return f"{page!r} is cited neither by {field} nor by what it is held against"
    if not (above & set(pages) and below & set(pages)):
        return f"{' and '.join(pages)} do not hold both {field} and what it is held against"
    return None


def _broken(chip: Chip, rule: Ratio, tolerance: float) -> Iterator[tuple[str, float]]:
    """The fields that miss the ratio, with the ratio found (of interval midpoints)."""
    for top, bottoms in _pairs(chip, rule):
        above = _middle(chip, top)
        below = max((m for m in (_middle(chip, b) for b in bottoms) if m is not None), default=None)
        off = above / below / rule.ratio if above is not None and below else 1.0
        if abs(off - 1) > tolerance or off * (1 + tolerance) < 1:
            yield top, off * rule.ratio


def _pairs(chip: Chip, rule: Ratio) -> Iterator[tuple[str, tuple[str, ...]]]:
    if rule.each:
        for key in getattr(chip, rule.top[0]):
            yield f"{rule.top[0]}.{key}", tuple(f"{name}.{key}" for name in rule.bottom)
    else:
        for top in rule.top:
            yield top, rule.bottom


def _printed(chip: Chip, field: str) -> tuple[float, float] | None:
    """The ends of a figure in the sheet's own units."""
    if field == "dies":
        return None if chip.dies is None else (float(chip.dies), float(chip.dies))
    found = chip.sheet(field)
    return None if found is None else found.ends


def _middle(chip: Chip, field: str) -> float | None:
    ends = _printed(chip, field)
    return None if ends is None else sum(ends) / 2


def _out_of_bounds(chip: Chip, bounds: Iterable[Bound]) -> Iterator[Breach]:
    for rule in bounds:
        if (rule.memory and chip.memory_type not in rule.memory) or chip.memory_type in rule.not_memory:
            continue
        group = getattr(chip, rule.of)
        fields = [f"{rule.of}.{key}" for key in group] if isinstance(group, dict) else [rule.of]
        for field in fields:
            ends = _printed(chip, field)
            under = _printed(chip, rule.over) if rule.over else (1.0, 1.0)
            if ends is None or under is None or 0 in under:
                continue
            low, high = ends[0] / under[1], ends[1] / under[0]
            if (rule.low is not None and low < rule.low) or (rule.high is not None and high > rule.high):
                shown = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
                of = f" per {rule.over}" if rule.over else ""
                allowed = " and ".join(
                    f"{word} {end:g}"
                    for word, end in (("at least", rule.low), ("at most", rule.high))
                    if end is not None
                )
                what = f"{shown}{of} is not possible: {rule.why}"
                yield Breach(tuple(field.split(".")), what, allowed, rule.over)
