"""Rules that a chip's sheet must keep: ratios between its rates, and what is physically possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from capacity.errors import did_you_mean
from capacity.quantity import Quantity, SourceIds
from capacity.records.chip import Chip
from capacity.source import Grade, Number, Record, Slug, Source

Fields = Annotated[tuple[str, ...], Field(min_length=1)]


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
    """The least and the most that a figure, or a figure over another, can be, in the sheet's units."""

    of: str
    over: str | None = None
    low: Number | None = None
    high: Number | None = None
    why: str
    source: SourceIds
    grade: Grade


class Integrity(Record):
    """The file `integrity.yaml`: the rules, and how far a printed rate may be rounded."""

    tolerance: Number
    ratios: dict[Slug, Ratio]
    bounds: dict[Slug, Bound]
    sources: dict[Slug, Source]

    @model_validator(mode="after")
    def _check(self) -> Self:
        cited = [r.source for r in self.ratios.values()] + [b.source for b in self.bounds.values()]
        for key in (key for keys in cited for key in keys):
            if key not in self.sources:
                raise ValueError(f"unknown source {key!r} ({did_you_mean(key, self.sources)})")
        return self


class Breach(NamedTuple):
    """A rule that a sheet breaks: where, what, and what would be right."""

    path: tuple[str, ...]
    what: str
    allowed: str


def breaches(chip: Chip, table: Integrity) -> Iterator[Breach]:
    """Every rule that the sheet breaks without an exception, and every exception that it does not need."""
    for key in chip.exceptions:
        if key not in table.ratios:
            yield Breach(("exceptions", key), f"unknown exception {key!r}", did_you_mean(key, table.ratios))
    for key, rule in table.ratios.items():
        broken = list(_broken(chip, rule, table.tolerance))
        if key not in chip.exceptions:
            for field, found in broken:
                allowed = f"{rule.ratio:g} times, or `{key}` under exceptions with the reason"
                yield Breach(tuple(field.split(".")), f"is {found:.3g} times {' or '.join(rule.bottom)}", allowed)
        elif not broken:
            yield Breach(
                ("exceptions", key), "the exception is not needed", "no exception, or the figures that need it"
            )
    yield from _out_of_bounds(chip, table)


def _broken(chip: Chip, rule: Ratio, tolerance: float) -> Iterator[tuple[str, float]]:
    """The fields that miss the ratio, with the ratio found (of interval midpoints)."""
    for top, bottoms in _pairs(chip, rule):
        above = _middle(chip, top)
        below = max((m for m in (_middle(chip, b) for b in bottoms) if m is not None), default=None)
        if above is not None and below and abs(above / below / rule.ratio - 1) > tolerance:
            yield top, above / below


def _pairs(chip: Chip, rule: Ratio) -> Iterator[tuple[str, tuple[str, ...]]]:
    if rule.each:
        for key in getattr(chip, rule.top[0]):
            yield f"{rule.top[0]}.{key}", tuple(f"{name}.{key}" for name in rule.bottom)
    else:
        for top in rule.top:
            yield top, rule.bottom


def _printed(chip: Chip, field: str) -> tuple[float, float] | None:
    """The ends of a figure in the sheet's own units."""
    name, _, key = field.partition(".")
    found = getattr(chip, name)
    found = found.get(key) if key else found
    if isinstance(found, int):
        return float(found), float(found)
    return found.ends if isinstance(found, Quantity) else None


def _middle(chip: Chip, field: str) -> float | None:
    ends = _printed(chip, field)
    return None if ends is None else sum(ends) / 2


def _out_of_bounds(chip: Chip, table: Integrity) -> Iterator[Breach]:
    for rule in table.bounds.values():
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
                yield Breach(tuple(field.split(".")), f"{shown}{of} is not possible: {rule.why}", allowed)
