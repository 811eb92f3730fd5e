"""Pictures of an estimate: intervals by group, the power chain, chips over time, the swings of a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from capacity._version import __version__
from capacity.document.blocks import Column, Figure, Row, Scale, Share, Table, left
from capacity.document.words import label, line_scale, member_name, number_text, spread_cells
from capacity.errors import did_you_mean, fail
from capacity.load import DEFAULT_SCENARIO
from capacity.model import estimate as model
from capacity.model.estimate import Estimate
from capacity.model.page import STEPS
from capacity.model.sampling import DRAWS
from capacity.model.summary import Line
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.questions.drivers import moves, scaled
from capacity.questions.sensitivity import Influence, influences, resolve
from capacity.questions.series import timeline
from capacity.records.schedule import Every
from capacity.resolve import Scenario
from capacity.units import scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("intervals", "flow", "tornado", "stock", "timeline")
POWER = "power.facility.nameplate"
BARS = ("peak_flops.bf16.dense", POWER)
CHAIN = {"facility": "facility", "it": "IT", "server": "servers", "chip": "chips"}
MOST = 8  # inputs of a tornado
LEGENDS = {
    "intervals": "Dot: median; bar: 90 % interval.",
    "flow": "Medians; between the bars what is lost at each step.",
    "tornado": "Bars: the result with one input at its 5 % point (pale) or 95 % point (dark), all else in the middle. "
    "Line: the median of the result.",
    "stock": "Lines: medians; bands: 90 % intervals; expected after conversion, delivery, installation and failures.",
    "timeline": "Line: median in service; band: 90 % interval; dotted: as promised.",
}
ASSUMED = "* How the lot is split among these is not reported: it is assumed, and drawn."
MONTHS = (0, 3, 6, 9, 12, 18, 24)


def figure(answer: Estimate, kind: str = "intervals", quantity: str | None = None) -> Figure:
    """One picture of an estimate; a tornado needs the drivers of a result, see `tornado`."""
    if kind == "flow":
        return flow(answer)
    if kind == "stock":
        return stock(answer)
    if kind == "timeline":
        return timeline(answer, quantity)
    if kind == "intervals":
        return intervals(answer, quantity or _first(answer))
    raise fail(
        "kind", f"no picture {kind!r} of an estimate", did_you_mean(kind, ("intervals", "flow", "stock", "timeline"))
    )


def _first(answer: Estimate) -> str:
    have = [step.address for step, group in answer.results() if group.kind == "total"]
    return POWER if POWER in have or not have else have[0]


def _points_table(name: str, named: Sequence[tuple[str, Line]]) -> Table:
    columns = (left(name), Column("median"), Column("5 %"), Column("95 %"), left("unit"))
    rows = [(words, *spread_cells(line, line_scale(line)), line_scale(line).unit) for words, line in named]
    return Table(columns, tuple(rows))


def intervals(answer: Estimate, address: str) -> Figure:
    """One result for the total and each group."""
    lines = [line for line in answer.lines(lambda a, kind: a == address) if line.at is None]
    if not lines:
        raise fail("plot", f"the scenario gives no {address}", "; ".join(_reasons(answer, address)))
    factor, unit = scale(max(line.p95 for line in lines), lines[0].unit)
    drawn = _drawn_owners(answer.scenario)
    marks = ["*" if line.group == "owner" and line.member in drawn else "" for line in lines]
    names = [
        "total" if line.group == "total" else member_name(answer.scenario, line.group, line.member) + mark
        for line, mark in zip(lines, marks, strict=True)
    ]
    named = list(zip(names, lines, strict=True))
    title = label(lines[0].quantity, lines[0].basis)
    words = "; ".join(f"{name} {_words(line)}" for name, line in named[:8])
    data = {
        "title": title, "table": _points_table("of", named), "axis": Scale(factor, 0, unit),
        "rows": [(name, line.p5, line.p50, line.p95, line_scale(line)) for name, line in named],
        "legend": f"{LEGENDS['intervals']} {ASSUMED if any(marks) else ''}".rstrip(),
    }  # fmt: skip
    return Figure("intervals", data, f"{title}: {words}")


def _drawn_owners(scenario: Scenario) -> set[str | None]:
    """The owners whose part of some lot no source gives."""
    return {
        cell.owner
        for cell in scenario.cells
        if not (lot := scenario.file.lots[cell.lot]).count.each
        and len({c.owner for c in scenario.by_lot[cell.lot]}) > 1
        and cell.owner not in lot.shares
    }


def framed(figure: Figure, scenario: Scenario, title: str | None = None) -> Figure:
    """The figure with what it needs to stand by itself: whose it is and when, how to read it, whom to cite."""
    file = scenario.file
    keys = dict.fromkeys(key for name in file.counted for key in file.lots[name].count.source)
    sources = [file.sources[key] for key in keys]
    names = [f"{s.author or s.title}{f' ({s.published})' if s.published else ''}" for s in sources[:3]]
    more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
    credit = f"Sources: {'; '.join(names)}{more}. Estimate: capacity {__version__}, scenario {file.id}, " + \
             f"{scenario.sha256[:12]}, as of {file.as_of}."  # fmt: skip
    frame = {"subtitle": f"{file.name}, as of {file.as_of}", "credit": credit}
    if title is not None:
        frame |= {"title": title, "subtitle": ""}
    made = explained(figure)
    return replace(made, data={**made.data, **frame})


def explained(figure: Figure) -> Figure:
    """The figure with how to read it."""
    return replace(figure, data={"legend": LEGENDS[figure.kind], **figure.data})


def _reasons(answer: Estimate, address: str) -> list[str]:
    return answer.notes(address) if address in STEPS and address in answer.asked else []


def _words(line: Line) -> str:
    how = line_scale(line)
    low, high = number_text(line.p5, how, False), number_text(line.p95, how, False)
    middle = number_text(line.p50, how)
    return middle if low == high else f"{middle} ({low} to {high})"


def flow(answer: Estimate) -> Figure:
    """The power chain: what enters the facility and what of it reaches the chips, medians at nameplate."""
    total = answer.lines(lambda address, kind: kind == "total" and address.startswith("power."))
    by = {line.address: line for line in total if line.at is None}
    addresses = [f"power.{boundary}.nameplate" for boundary in CHAIN]
    if not all(address in by for address in addresses):
        raise fail("plot", "the scenario gives no power at every boundary", "intervals or tornado")
    lines = [by[address] for address in addresses]
    if not lines[0].p50:
        raise fail("plot", "the median is nought, so nothing flows", "intervals or tornado")
    named = list(zip(CHAIN.values(), lines, strict=True))
    words = "; ".join(f"{name} {number_text(line.p50, line_scale(line))}" for name, line in named)
    data = {
        "title": "From the grid to the chips (nameplate, medians)",
        "table": _points_table("boundary", [(label(line.quantity, line.basis), line) for line in lines]),
        "rows": [(name, line.p50, line_scale(line)) for name, line in named],
    }
    return Figure("flow", data, f"Power at nameplate, median: {words}")


def dates(scenario: Scenario) -> list[str]:
    """The days of a picture over time where none are named: over two years from the scenario's own."""
    return [(scenario.file.as_of + timedelta(days=round(m * 365.25 / 12))).isoformat() for m in MONTHS]


def stock(series: Estimate) -> Figure:
    """Chips delivered and in service at each date of a dated estimate."""
    lines = series.lines(lambda a, kind: kind == "total" and a in ("chips", "chips.delivered"))
    stages = {
        stage: [line for line in lines if line.address == address and line.view == "in_service"]
        for stage, address in (("delivered", "chips.delivered"), ("in service", "chips"))
    }
    days = [line.at or "" for line in stages["in service"]]
    if len(days) < 2:
        raise fail("plot", "chips over time need two dates", "--at DATE --at DATE")
    heads = [Column(f"{stage}, {point}") for stage in stages for point in ("median", "5 %", "95 %")]
    rows: list[Row] = [
        (day, *(cell for lines in stages.values() for cell in spread_cells(lines[i], line_scale(lines[i]))))
        for i, day in enumerate(days)
    ]
    title = "Chips delivered and in service over time"
    data = {
        "title": title, "table": Table((left("date"), *heads), tuple(rows)),
        "days": [date.fromisoformat(day) for day in days],
        "stages": {stage: [(x.p5, x.p50, x.p95) for x in lines] for stage, lines in stages.items()},
    }  # fmt: skip
    words = "; ".join(f"{stage} {_words(lines[-1])}" for stage, lines in stages.items())
    return Figure("stock", data, f"Chips expected by {days[-1]}: {words}")


def centred(rows: Sequence[Influence], middle: float) -> list[Influence]:
    """Swings about the median of the result, as multiples of it, rather than about the result at all medians.

    The two differ a little where inputs are skewed; readers compare a picture with the headline.
    """
    return [replace(row, low=row.low * middle / row.middle, high=row.high * middle / row.middle, middle=middle)
            if row.middle else row for row in rows]  # fmt: skip


def tornado(rows: Sequence[Influence], address: str, scenario: Scenario) -> Figure:
    """How far each input alone takes a result, from its 5 % to its 95 % point, all else at the median."""
    step = STEPS[address.partition("@")[0]]
    moved = sorted((row for row in rows if moves(row)), key=lambda row: -abs(row.high - row.low))[:MOST]
    if not moved:
        raise fail("plot", "nothing moves this result: it is exact")
    axis = scaled(moved, step.unit)
    title = f"How far each input alone moves {label(step.quantity, step.basis)}"
    named = [(driver_name(scenario, row.driver.name), row) for row in moved]
    columns = (left("input"), Column("low", axis.unit), Column("high", axis.unit), Column("share of the spread"))
    cells: list[Row] = [
        (name, number_text(row.low, axis, False), number_text(row.high, axis, False), Share(row.share))
        for name, row in named
    ]
    data = {
        "title": title, "table": Table(columns, tuple(cells)), "axis": axis, "middle": moved[0].middle,
        "rows": [(name, row.low, row.high) for name, row in named],
    }  # fmt: skip
    words = "; ".join(
        f"{name} from {number_text(row.low, axis, False)} to {number_text(row.high, axis, False)}"
        for name, row in named
    )
    return Figure("tornado", data, f"{title}, {axis.unit}: {words}")


def driver_name(scenario: Scenario, name: str) -> str:
    """An input as people say it: what an assumption means, how many of a lot there are; else its place.

    >>> driver_name(scenario_of("h200-china-2026-01"), "assumptions.peak_share")
    'Highest observed draw over the rating'
    """
    key = name.removeprefix("assumptions.").partition("@")[0]
    if key in scenario.defaults.assumptions:
        words = re.split(r"[(:;,]", scenario.defaults.assumptions[key].meaning)[0].strip()
        at = name.partition("@")[2]
        return f"{words}, {member_name(scenario, 'owner', at)}" if at in scenario.file.owners else words
    parts = name.split(".")
    if parts[0] == "lots" and len(parts) > 2 and parts[1] in scenario.file.lots:
        what = {"count": "how many", "amount": "how much", "shares": "how it is split"}.get(parts[2], parts[2])
        return f"{member_name(scenario, 'lot', parts[1])}: {what}"
    return name.replace("chips.", "").replace("_", " ")


def plotted(
    scenario: Asked = DEFAULT_SCENARIO,
    kind: str = "intervals",
    quantity: str = POWER,
    *,
    by: str | Sequence[str] = "owner",
    at: date | str | Sequence[date | str] = (),
    every: Every | None = None,
    until: date | str | None = None,
    title: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    specs: Library = None,
) -> Figure:
    """The figure that `plot` draws, as data, with what it needs to stand by itself."""
    address = resolve(quantity)
    shown = address.partition("@")[0]
    loaded = scenario_of(scenario, specs)
    if kind == "tornado":
        middle = float(np.median(model.estimate(loaded, draws, seed, show=shown).draws(address)))
        rows = centred(influences(loaded, [address], seed=seed)[address], middle)
        picture = tornado(rows, address, loaded)
    elif kind == "timeline":
        days = at or ([] if every else dates(loaded))
        dated = model.estimate(loaded, draws, seed, by=(), show=shown, at=days, every=every, until=until)
        picture = timeline(dated, shown)
    elif kind == "stock":
        picture = stock(model.estimate(loaded, draws, seed, by="total", show="chips", at=at or dates(loaded)))
    else:
        show = ("power",) if kind == "flow" else (shown,)
        picture = figure(model.estimate(loaded, draws, seed, by=by, show=show), kind, show[0])
    return framed(picture, loaded, title)


def plot(
    scenario: Asked = DEFAULT_SCENARIO,
    kind: str = "intervals",
    quantity: str = POWER,
    *,
    by: str | Sequence[str] = "owner",
    at: date | str | Sequence[date | str] = (),
    every: Every | None = None,
    until: date | str | None = None,
    title: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    specs: Library = None,
) -> Axes:
    """A picture of a scenario on axes of matplotlib (extra `report`).

    Parameters: `kind` intervals (of `quantity`, for the total and each group `by`), flow (the power chain), tornado
    (how far each input alone takes `quantity`), stock (chips over time, at the dates `at`, else over two years) or
    timeline (`quantity` by date with its band and what is promised; `every` period `until` a day, else as stock);
    `title` instead of its own.
    Raises `InputError` where the scenario has no such picture.

    >>> plot("h200-china-2026-01", "flow", draws=500).figure.get_suptitle().splitlines()[0]
    'From the grid to the chips (nameplate, medians)'
    """
    from capacity.document.drawing import axes

    return axes(
        plotted(
            scenario,
            kind,
            quantity,
            by=by,
            at=at,
            every=every,
            until=until,
            title=title,
            draws=draws,
            seed=seed,
            specs=specs,
        )
    )
