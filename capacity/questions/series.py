"""Results by date: the total, and each group of the headline result, in service beside what is promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

from capacity.document.blocks import Column, Figure, Interval, Number, Row, Scale, Section, Table, left
from capacity.document.words import label, line_scale, member_name, spoken
from capacity.errors import fail
from capacity.model.estimate import Estimate
from capacity.model.page import STAGED, STEPS
from capacity.model.summary import Line
from capacity.records.schedule import last_day
from capacity.units import scale, shared

HEADLINE = ("power.facility.nameplate", "peak_flops.bf16.dense", "chips")
FEW = 3  # dates that stand beside what is stated; more have tables of their own
ACROSS = 4  # dates that stand beside each other in a table of groups
WORDS = {"promised": "promised", "in_service": "in service"}
POINTS = ("p50", "p5", "p95")


def addresses(answer: Estimate) -> list[str]:
    """The results by date, the headline first: power, FLOP/s, chips; else those that were asked for."""
    there = [a for a in answer.asked if a not in STAGED and any(step.address == a for step, _ in answer.results())]
    return [a for a in HEADLINE if a in there] or there


def tables(answer: Estimate) -> list[Table]:
    """The total by date, and each group by date, of an estimate with many dates."""
    lines = [line for line in answer.lines() if line.at]
    return [_total(answer, lines), *_groups(answer, lines)]


def _total(answer: Estimate, lines: Sequence[Line]) -> Table:
    """A section a result, in it a row a date: what is promised, and what is in service."""
    views = list(dict.fromkeys(line.view for line in lines))
    rows: list[Row | Section] = []
    for address in addresses(answer)[:3]:
        mine = [line for line in lines if (line.address, line.group) == (address, "total")]
        at = {(line.view, line.at): line for line in mine}
        rows.append(Section(_label(address)))
        for day in dict.fromkeys(line.at for line in mine):
            rows.append((str(day), *(_interval(at[view, day], _size(mine)) for view in views)))
    return Table((left("total"), *(Column(WORDS[view], None) for view in views)), tuple(rows), "Total by date")


def _groups(answer: Estimate, lines: Sequence[Line]) -> list[Table]:
    """A row a group, a column a date, some dates a table: medians of the headline result."""
    address = next(iter(addresses(answer)), "")
    found = []
    for kind in dict.fromkeys(line.group for line in lines if line.group != "total"):
        mine = [line for line in lines if (line.address, line.group) == (address, kind)]
        days = list(dict.fromkeys(str(line.at) for line in mine))
        found += [_group(answer, mine, kind, days[i : i + ACROSS]) for i in range(0, len(days), ACROSS)]
    return found


def _group(answer: Estimate, lines: Sequence[Line], kind: str, days: Sequence[str]) -> Table:
    at = {(line.view, line.member, line.at): line for line in lines}
    size = _size(lines)
    rows: list[Row | Section] = []
    for view in dict.fromkeys(line.view for line in lines):
        rows.append(Section(WORDS[view]))
        for member in dict.fromkeys(line.member for line in lines):
            cells = (Number(at[view, member, d].p50, line_scale(at[view, member, d], size)) for d in days)
            rows.append((member_name(answer.scenario, kind, member), *cells))
    columns = (left(f"by {kind}"), *(Column(day, line_scale(lines[0], size).unit) for day in days))
    return Table(columns, tuple(rows), f"{_label(lines[0].address)}, medians")


def wide(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of an estimate with a column for each date and point: one a result, group and view, for a pivot.

    >>> day = {"quantity": "chips", "view": "in_service", "unit": "chips", "mean": 5, "mc_error": 0}
    >>> wide([{**day, "at": "2027-12-31", "p5": 1, "p50": 5, "p95": 9}])[0]["2027-12-31 p50"]
    5
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in rows:
        kept = {key: value for key, value in record.items() if key not in ("at", "mean", "mc_error", *POINTS)}
        row = found.setdefault(tuple(kept.items()), kept)
        row.update({f"{record['at'] or 'stated'} {point}": record[point] for point in POINTS})
    return list(found.values())


def timeline(answer: Estimate, address: str | None = None) -> Figure:
    """A result by date with its band, what is promised as steps behind it, and limits where a site has them."""
    address = address or next(iter(addresses(answer)), "")
    lines = answer.lines(lambda a, kind: (a, kind) == (address, "total"))
    views = {view: [line for line in lines if line.view == view] for view in WORDS}
    views = {view: mine for view, mine in views.items() if mine}
    if len(views.get("in_service", ())) < 2:
        raise fail("plot", "a timeline needs two dates", "--every quarter --until DATE")
    factor, unit = scale(max(line.p95 for line in lines), lines[0].unit)
    days = [str(line.at) for line in views["in_service"]]
    rows: list[Row] = [(day, *(_interval(views[v][i], _size(lines)) for v in views)) for i, day in enumerate(days)]
    data = {
        "title": f"{_label(address)} by date",
        "table": Table((left("date"), *(Column(WORDS[view], None) for view in views)), tuple(rows)),
        "axis": Scale(factor, 0, unit), "days": [date.fromisoformat(day) for day in days],
        "views": {WORDS[view]: [(x.p5, x.p50, x.p95) for x in mine] for view, mine in views.items()},
        "limits": _limits(answer, address),
    }  # fmt: skip
    last = "; ".join(f"{spoken(mine[-1])} {WORDS[view]}" for view, mine in views.items())
    return Figure("timeline", data, f"{_label(address)} at {days[-1]}: {last}")


def _limits(answer: Estimate, address: str) -> list[tuple[str, date, date | None, float]]:
    """The name, days and watts of each phase of the one site where all chips stand, on the basis of a result."""
    basis = address.split(".")[1] if address.startswith("power.") else ""
    limits: list[tuple[str, date, date | None, float]] = []
    sites = dict.fromkeys(cell.site for cell in answer.scenario.cells)
    for name in [name for name in sites if name] if len(sites) == 1 else []:  # of all, or it is no limit of the total
        site = answer.scenario.sites[name]
        if not site.phases and site.capacity_mw and site.capacity_type == basis:
            begins = last_day(site.energised) if site.energised else date.min
            limits.append((site.name, begins, None, site.capacity_mw.midpoint * 1e6))
        ends = [phase.date for phase in site.phases[1:]]
        limits += [
            (site.name, phase.date, end, phase.limit.midpoint * 1e6)
            for phase, end in zip_longest(site.phases, ends)
            if phase.basis == basis
        ]
    return limits


def sentence(answer: Estimate) -> str:
    """What is promised, delivered and in service at the dates, of many dates at the last: `2026-12-31: 1,000 …`."""
    total = {(line.address, line.view, line.at): line for line in answer.lines(lambda _, kind: kind == "total")}
    words = (("chips", "promised"), ("chips.delivered", "in_service"), ("chips", "in_service"))
    parts = []
    for view in answer.in_service if len(answer.in_service) <= FEW else answer.in_service[-1:]:
        day = str(view.at)
        counts = [
            f"{spoken(total[address, name, day])} {'delivered' if '.' in address else WORDS[name]}"
            for address, name in words
            if (address, name, day) in total
        ]
        if counts:
            parts.append(f"{day}: {', '.join(counts)}")
    return "; ".join(parts) + "." if parts else ""


def _size(lines: Sequence[Line]) -> float | None:
    """The number in whose unit all of some lines are printed."""
    return (shared((line.p50 or line.p95 for line in lines), lines[0].unit) if lines else 0) or None


def _label(address: str) -> str:
    return label(STEPS[address].quantity, STEPS[address].basis)


def _interval(line: Line, size: float | None) -> Interval:
    return Interval(line.p5, line.p50, line.p95, line_scale(line, size))
