"""What the reader of numbers at dates should be told beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from capacity.errors import first_notes
from capacity.model.deployed import WAITING, before
from capacity.model.limits import limited_sites
from capacity.resolve import Scenario
from capacity.units import number

if TYPE_CHECKING:
    from capacity.model.estimate import Estimate


def dated_remarks(scenario: Scenario, days: Sequence[date], promised: bool) -> Iterator[str]:
    """What is taken of the lots at dates: those said later, those without a day, and what each class must pass."""
    first = min(days, default=date.max)
    late = (
        f"nothing of lot {name}, dated {began}, is counted at {', '.join(d.isoformat() for d in days if d < began)}"
        for name in scenario.file.counted
        if (began := scenario.file.lots[name].came.begin) > first and not scenario.file.lots[name].promised
    )
    yield from first_notes(late, "more lots are dated after a day that was asked for")
    if not days:
        return
    lots = {name: scenario.file.lots[name] for name in scenario.file.counted}
    if promised and (silent := [n for n, lot in lots.items() if before(lot, "shipped") and not lot.promised]):
        yield f"no day is promised for lot {_listed(silent)}: in service counts them, promised does not"
    routes: dict[str, dict[str, None]] = {}
    for cell in scenario.cells:
        lot = lots[cell.lot]
        stated = lot.route or (cell.owner and scenario.file.owners[cell.owner].route)
        if before(lot, "shipped") and not stated and lot.conversion is None:
            routes.setdefault(scenario.route(cell), {})[cell.lot] = None
    for route, names in routes.items():
        yield f"{route}: lot {_listed(list(names))}, by the owner's region and the chip's maker (route: says another)"


def waiting_remark(answer: Estimate) -> Iterator[str]:
    """How many chips wait for the power of their site on the last day asked for, and since when some do."""
    waits = {line.at: line for line in answer.lines(lambda address, kind: (address, kind) == (WAITING, "total"))}
    since = next((day for day, line in waits.items() if line.p95 >= 1), None)
    if since is None:
        return
    day, line = list(waits.items())[-1]
    sites = _listed([site.name for site in limited_sites(answer.scenario).values()])
    middle, low, high = (number(point, 0) for point in (line.p50, line.p5, line.p95))
    yield (
        f"{middle} chips ({low} to {high}) wait for the power of {sites} at {day}; {since} "
        "is the first day asked for at which some do"
    )


def _listed(names: Sequence[str]) -> str:
    """Up to four names, and how many more.

    >>> _listed(["a", "b"]), _listed(list("abcdef"))
    ('a, b', 'a, b, c and 3 more')
    """
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"
