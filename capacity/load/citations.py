"""Every quantity in a record, and whether the sources that it cites are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from capacity.errors import Fault, did_you_mean
from capacity.load.input_file import InputFile
from capacity.quantity import Quantity

_PLAIN = (str, float, int, date)  # what holds no quantity; most of a lot's fields


def quantities(record: BaseModel, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Quantity]]:
    """Every quantity inside a record with its place."""
    for name in type(record).model_fields:
        value = getattr(record, name)
        if value and not isinstance(value, _PLAIN):
            yield from _quantities_in(value, (*path, name))


def _quantities_in(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Quantity]]:
    if isinstance(value, Quantity):
        yield path, value
        if value.buyers is not None:
            yield (*path, "buyers"), value.buyers
    elif isinstance(value, BaseModel):
        yield from quantities(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _quantities_in(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _quantities_in(inner, (*path, index))


def source_faults(document: InputFile, part: BaseModel, path: tuple[str, ...]) -> Iterator[Fault]:
    """A source that is cited and not there, and a grade above D for what somebody remembers."""
    common = getattr(part, "sources", {})
    for place, quantity in quantities(part, path):
        known = _within(part, place[len(path) :], common)
        cited: list[tuple[tuple[str | int, ...], str]] = [(("source",), key) for key in quantity.source]
        for index, dispute in enumerate(quantity.disputed):
            cited += [(("disputed", index, "source"), key) for key in dispute.source]
        for inner, key in cited:
            if key not in known:
                yield document.fault((*place, *inner), f"unknown source {key!r}", did_you_mean(key, known))
        cites = [known[key].kind for key in quantity.source if key in known]
        if quantity.grade != "D" and (quantity.kind == "memory" or (cites and set(cites) == {"memory"})):
            yield document.fault((*place, "grade"), f"grade {quantity.grade} for a figure from memory", "D")


def _within(part: BaseModel, place: tuple[str | int, ...], common: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sources that a quantity may cite: the part's, and those of the chip or site inside it whose it is."""
    holders = getattr(part, str(place[0])) if len(place) > 2 else None
    own = getattr(holders.get(place[1]), "sources", None) if isinstance(holders, dict) else None
    return {**common, **own} if own else common
