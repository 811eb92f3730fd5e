"""How large that is: shares of published stocks, flows and sites, each with its definition."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from capacity.errors import InputError, fail
from capacity.model import estimate as model
from capacity.model.estimate import Estimate
from capacity.model.page import SHOWN
from capacity.questions.equivalents import BASES, metric
from capacity.questions.points import Points, cited, drawn
from capacity.records.reference import Comparator, Comparators
from capacity.source import Source


@dataclass(frozen=True, slots=True)
class Compared:
    """The fleet as a share of one comparator, on one basis; or why it is not divided."""

    id: str
    comparator: Comparator
    basis: str | None
    share: Points | None
    why_not: str | None
    sources: tuple[Source, ...]

    @property
    def known_from(self) -> str:
        """When the figure was published, so far as is known."""
        return max((s.published for s in self.sources if s.published), default=self.comparator.date.isoformat())

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": self.id, "name": self.comparator.name, "definition": self.comparator.definition,
            "date": self.comparator.date.isoformat(), "basis": self.basis, "why_not": self.why_not,
            "share": self.share.as_dict() if self.share else None, "grade": self.comparator.quantity.grade,
            "sources": [source.title for source in self.sources],
        }  # fmt: skip


def check_comparators(table: Comparators) -> None:
    """Every result that a comparator names is on the page; `InputError` otherwise."""
    for key, entry in table.comparators.items():
        if entry.result is not None and entry.result not in SHOWN:
            raise fail("comparators.yaml", f"unknown result {entry.result!r}", "an address", place=f"comparators.{key}")


def share_of(answer: Estimate, table: Comparators, key: str, address: str) -> Points:
    """A result as a share of a comparator of the same definition.

    Raises `InputError` where the comparator's definition is another: unlike definitions are not divided.
    """
    entry = table.comparators[key]
    if entry.result != address:
        allowed = entry.undefined or (f"{entry.result}" if entry.result else "equivalents by chip")
        raise fail(
            "context", f"{address} is not divided by {key}, whose definition is another: {entry.definition}", allowed
        )
    return Points.of(answer.draws(address) / drawn(answer, f"comparators.{key}", entry.quantity))


def compare(answer: Estimate, table: Comparators) -> list[Compared]:
    """The fleet of an estimate beside every comparator; chips that comparators name must be at hand."""
    check_comparators(table)
    wanted = [c.result for c in table.comparators.values() if c.result]
    ours = model.estimate(
        answer.scenario, answer.worlds.draws, answer.worlds.seed, by="total", show=[*wanted, "h100_equivalents"]
    )
    found: list[Compared] = []
    for key, entry in table.comparators.items():
        sources = tuple(cited(entry.quantity, table.sources))
        if entry.undefined:
            found.append(Compared(key, entry, None, None, entry.undefined, sources))
        elif entry.chip:
            shares = _by_chip(ours, key, entry)
            found += [Compared(key, entry, basis, points, None, sources) for basis, points in shares.items()]
        else:
            assert entry.result is not None
            try:
                share, why = share_of(ours, table, key, entry.result), None
            except InputError as error:
                share, why = None, str(error)
            found.append(Compared(key, entry, entry.result, share, why, sources))
    return found


def _by_chip(ours: Estimate, key: str, entry: Comparator) -> Mapping[str, Points]:
    """The fleet over a number of chips of one kind, on every basis that all sheets give."""
    assert entry.chip is not None
    count = drawn(ours, f"comparators.{key}", entry.quantity)
    found = {}
    for basis in BASES:
        each, unit = metric(ours, entry.chip, basis), metric(ours, ours.scenario.reference, basis)
        address = f"h100_equivalents.{basis}"
        if each is None or unit is None:
            continue
        with suppress(InputError):  # a basis that some chip of the fleet cannot give
            found[basis] = Points.of(ours.draws(address) * unit / (count * each))
    return found
