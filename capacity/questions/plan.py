"""A pipeline of deals over time: each site's megawatts against its limit, what waits, what it costs and emits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from capacity.document.answer import Answer
from capacity.document.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Interval,
    Missing,
    Number,
    Row,
    Section,
    Share,
    Table,
    Text,
    items,
    left,
)  # fmt: skip
from capacity.document.citations import cited, head
from capacity.document.words import interval_text, label, line_scale, member_name, number_text, scale_of, spoken
from capacity.load import DEFAULT_SCENARIO
from capacity.model import estimate as model
from capacity.model.dates import as_date
from capacity.model.deployed import WAITING
from capacity.model.limits import limited_sites
from capacity.model.page import STEPS
from capacity.model.sampling import DRAWS
from capacity.model.summary import Line
from capacity.questions import planned
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.questions.planned import BOUNDARIES, POWER, TOTALS, Compared, Standing
from capacity.records.schedule import Every
from capacity.resolve import Scenario

BY_SITE = "In service by site"
YEARS = 2  # of a plan where neither a day nor a promise ends it
HEAT = (0.25, 0.6, 0.85, 1.0)  # shares of a limit at which the colour of a cell deepens
SITES = 40  # that the tables show
READING = (
    "MW: facility power at nameplate of what is in service, median (5 to 95 %), or the power on which the site's limit "
    "is stated. All numbers of a date are sums in the same worlds: sites' intervals do not add up to the total's."
)


@dataclass(frozen=True, slots=True, repr=False)
class Plan(Answer):
    """What a pipeline needs and gives at the end of each period: by site against its limit, in total, by firmness."""

    scenario: Scenario
    every: Every
    days: tuple[date, ...]
    sites: tuple[Standing, ...]
    totals: Mapping[str, tuple[Line, ...]]
    firmness: Mapping[str, Mapping[str, Line]]
    compared: tuple[Compared, ...]
    notes: tuple[str, ...]
    draws: int
    seed: int
    name: ClassVar[str] = "rows"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.plan/1`."""
        dates = {"every": self.every, "dates": [day.isoformat() for day in self.days]}
        return {**head("plan", self.scenario, self.draws, self.seed), **dates}

    def body(self) -> dict[str, Any]:
        """The rows, and the notes."""
        return {self.name: self.records(), "notes": list(self.notes)}

    def records(self) -> list[dict[str, Any]]:
        """A row per site and date, per total and date, per class of firmness, per statement compared; SI units."""
        blank = {
            "limit": None,
            "promised": None,
            "waiting": None,
            "chance_full": None,
            "coverage": None,
            "lacking": None,
            "stated": None,
        }
        rows: list[dict[str, Any]] = []
        for one in self.sites:
            promised, waiting = (line.p50 if line else 0.0 for line in (one.promised, one.waiting))
            more = {"limit": one.limit, "promised": promised, "waiting": waiting,
                    "chance_full": one.chance_full}  # fmt: skip
            rows.append({"of": "site", "member": one.site, **_numbers(one.power), **blank, **more})
        for lines in self.totals.values():
            rows += [{"of": "total", "member": "", **_numbers(line), **blank, "coverage": line.coverage,
                      "lacking": "; ".join(line.lacking) or None} for line in lines]  # fmt: skip
        for firmness, by_address in self.firmness.items():
            rows += [{"of": "firmness", "member": firmness, **_numbers(line), **blank} for line in by_address.values()]
        rows += [{"of": "statement", "member": c.where, **_numbers(c.ours), **blank, "stated": c.stated}
                 for c in self.compared]  # fmt: skip
        return rows

    def full(self, site: str) -> date | None:
        """The first date at which chips wait for a site's power in more than half of the worlds; None: at none."""
        return next((one.at for one in self._at(site) if one.limit and one.chance_full > 0.5), None)

    def over(self, site: str) -> Standing | None:
        """The first date at which a site needs more than its limit if all comes as promised; None: at none."""
        limited = (one for one in self._at(site) if one.limit and one.promised)
        return next((one for one in limited if one.promised and one.promised.p50 > (one.limit or 0.0)), None)

    def _at(self, site: str) -> list[Standing]:
        return [one for one in self.sites if one.site == site]

    def document(self) -> Document:
        """Headline; site × date against limits; totals by date; firmness; statements beside ours; notes."""
        file = self.scenario.file
        blocks: list[Block] = [Text(f"{file.name}: plan to {self.days[-1]} (as of {file.as_of})", 1)]
        blocks += [Text(self.headline()), *self.tables()]
        shown = list(self.notes)
        return Document((*blocks, Text(READING), *([items(shown, "Notes")] if shown else ()),
                         Text(cited(self.scenario, self.draws, self.seed))))  # fmt: skip

    def tables(self) -> list[Table]:
        """The tables of the plan, those that have rows."""
        made = (self._site_table(), self._total_table(), self._full_table(), self._firm_table(), self._compared_table())
        return [table for table in made if table.rows]

    def headline(self) -> str:
        """The plan in a few sentences: what is there in the end, and which sites it does not fit."""
        last = self.totals[POWER][-1] if POWER in self.totals else None
        middle, _, ends = spoken(self.totals["chips"][-1]).partition(" (")
        begin = f"By {self.days[-1]} {middle} chips" + (f" ({ends}" if ends else "") + " are expected in service"
        begin += f", with {spoken(last)} of facility power at nameplate." if last else "."
        sites = dict.fromkeys(one.site for one in self.sites if one.limit is not None)
        told = [words for site in sites if (words := self._told(site))]
        if sites and not told:
            told = ["Every site with a known limit has room."]
        more = [f"{len(told) - 3} more sites are full."] if len(told) > 3 else []
        return " ".join([begin, *told[:3], *more])

    def _told(self, site: str) -> str:
        """What a site's limit means, in a sentence; nothing where all fits."""
        full, over = self.full(site), self.over(site)
        words = []
        if over and over.promised and over.limit:
            how = line_scale(over.promised)
            need, limit = number_text(over.promised.p50, how), number_text(over.limit, how)
            words.append(f"would need {need} of its {limit} from {over.at} if all came as promised")
        if full:
            words.append(f"is expected to be full from {full}")
        return f"{self._site(site)} {' and '.join(words)}." if words else ""

    def sentence(self) -> str:
        """The headline, with what to cite."""
        return f"{self.headline()} ({cited(self.scenario, self.draws, self.seed)})."

    def _site(self, site: str) -> str:
        return member_name(self.scenario, "site", site)

    def _site_table(self) -> Table:
        """A row a site and one for its limit, a column a date, in megawatts."""
        by_site: dict[str, list[Standing]] = {}
        for one in self.sites:
            by_site.setdefault(one.site, []).append(one)
        size = max((one.power.p50 for one in self.sites), default=0.0) or None
        rows: list[Row | Section] = []
        largest = sorted(by_site, key=lambda s: -max(one.power.p95 for one in by_site[s]))[:SITES]
        for site in (s for s in by_site if s in largest):
            mine = by_site[site]
            basis = dict(mine[0].power.basis)["boundary"]
            what = "" if basis == "facility" else f", {'IT' if basis == 'it' else basis} power"
            rows.append((f"{self._site(site)}{what}", *(_interval(one.power, size) for one in mine)))
            if any(one.limit is not None for one in mine):
                how = line_scale(mine[-1].power, size)
                rows.append(
                    ("– limit", *(Missing("–") if one.limit is None else Number(one.limit, how) for one in mine))
                )
            if any(one.promised for one in mine):
                rows.append(
                    ("– if as promised", *(_interval(p, size) if (p := one.promised) else None for one in mine))
                )
            if any(one.waiting and one.waiting.p95 >= 1 for one in mine):
                rows.append(("– chips that wait", *(_chips(one.waiting) for one in mine)))
        if POWER in self.totals and len(by_site) > 1:
            rows.append(("all sites, facility power", *(_interval(line, size) for line in self.totals[POWER])))
        unit = line_scale(self.sites[0].power, size).unit if self.sites else ""
        columns = (left("site", least=18), *(Column(str(day), unit, series=True) for day in self.days))
        return Table(columns, tuple(rows), BY_SITE)

    def heat(self) -> list[dict[str, Any]]:
        """The table of sites for a page: each cell's words, and how near the site is to its limit, in five steps."""
        rows = []
        size = max((one.power.p50 for one in self.sites), default=0.0) or None
        for site in dict.fromkeys(one.site for one in self.sites):
            cells = []
            for one in self._at(site):
                how = line_scale(one.power, size)
                need = max(one.power.p50, one.promised.p50 if one.promised else 0.0)
                share = need / one.limit if one.limit else 0.0
                level = sum(share > step for step in HEAT)
                promised, limit = (number_text(watts, how) if watts else "" for watts in (
                    one.promised.p50 if one.promised else 0.0, one.limit or 0.0))  # fmt: skip
                cells.append({"text": number_text(one.power.p50, how), "promised": promised, "limit": limit,
                              "level": f"h{level}"})  # fmt: skip
            rows.append({"name": self._site(site), "cells": cells})
        return rows[:SITES]

    def _total_table(self) -> Table:
        """A row a date, a column a total; what a column covers in its head."""
        columns: list[Column] = [left("total at", least=10)]
        cells: list[list[Cell]] = []
        for address, lines in self.totals.items():
            size = max(line.p50 for line in lines) or None
            how = line_scale(lines[-1], size)
            part = lines[-1].coverage
            covers = "" if part > 0.999 else f", of {part:.0%}"
            name = "chips" if address == "chips" else label(STEPS[address].quantity, STEPS[address].basis)
            columns.append(Column(f"{name}{covers}", how.unit, rank=list(self.totals).index(address) // 3))
            cells.append([_interval(line, size) for line in lines])
        rows = [(str(day), *(column[i] for column in cells)) for i, day in enumerate(self.days)]
        return Table(tuple(columns), tuple(rows), "In service, all lots")

    def _full_table(self) -> Table:
        """When each site with a limit is full, as promised and as expected, and what waits in the end."""
        last = {one.site: one for one in self.sites if one.at == self.days[-1]}
        rows: list[Row] = []
        for site, one in last.items():
            if all(s.limit is None for s in self._at(site)):
                continue
            over, full = self.over(site), self.full(site)
            words = (str(over.at) if over else "fits", str(full) if full else "not in most worlds")
            rows.append((self._site(site), *words,
                         Share(one.chance_full), _chips(one.waiting)))  # fmt: skip
        columns = (left("site"), left("full, as promised"), left("full, as expected"),
                   Column(f"chance on {self.days[-1]}", rank=1), Column("chips that then wait"))  # fmt: skip
        return Table(columns, tuple(rows), "When sites are full")

    def _firm_table(self) -> Table:
        """What is live, ordered, planned and wanted, all of it installed and running."""
        addresses = list(next(iter(self.firmness.values()), {}))
        rows = [
            (firm, *(_interval(by[a], None) if a in by else Missing("–") for a in addresses))
            for firm, by in self.firmness.items()
        ]
        columns = (left("as stated"), *(Column(label(STEPS[a].quantity, STEPS[a].basis), None)
                                        for a in addresses))  # fmt: skip
        return Table(columns, tuple(rows), "How firm it is")

    def _compared_table(self) -> Table:
        rows = [
            (
                c.where,
                Number(c.stated, line_scale(c.ours)),
                _interval(c.ours, None),
                label(c.ours.quantity, c.ours.basis),
            )
            for c in self.compared
        ]
        columns = (left("stated beside a count"), Column("stated", None), Column("ours", None), left("as", rank=1))
        return Table(columns, tuple(rows), "Megawatts of the sheet beside ours (compared, not combined)")


def plan(
    scenario: Asked = DEFAULT_SCENARIO,
    *,
    every: Every = "quarter",
    from_: date | str | None = None,
    until: date | str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    specs: Library = None,
) -> Plan:
    """What a scenario's lots need and give at the end of each period.

    Parameters: `scenario` an id, a path (a sheet too), a mapping or a `Scenario`; `every` month, quarter, half or year;
    `from_` the scenario's date where not said; `until` a day, else the last promised, else two years on. Everything
    is drawn in the same `draws` worlds. Records are in SI units.
    Raises `InputError` with all that is wrong with the scenario, or where no period ends between the days.

    >>> answer = plan("h200-china-2026-01", every="year", until="2027-12-31", draws=300)
    >>> [str(day) for day in answer.days]
    ['2026-12-31', '2027-12-31']
    """
    loaded = scenario_of(scenario, specs)
    lots = [loaded.file.lots[name] for name in loaded.file.counted]
    if until is None and not any(lot.promised for lot in lots):
        begin = as_date(from_, "from_") if from_ is not None else loaded.file.as_of
        until = date(begin.year + YEARS, 12, 31)
    limited = limited_sites(loaded)
    # Of a site only what its limit is held against is asked, of all together everything.
    shows = ["chips", *(f"power.{boundary}.nameplate" for boundary in BOUNDARIES), *([WAITING] if limited else [])]
    by_site, whole = (
        model.estimate(loaded, draws, seed, by=by, show=show, every=every, from_=from_, until=until)
        for by, show in (("site", shows), ("total", TOTALS))
    )
    days = tuple(view.at for view in whole.in_service if view.at)
    notes = tuple(dict.fromkeys((*loaded.notes, *by_site.notes(), *whole.notes())))
    return Plan(
        loaded, every, days, tuple(planned.sites(by_site, days)), planned.totals(whole),
        planned.firm(loaded, draws, seed), tuple(planned.compared(loaded, draws, seed)), notes, draws, seed,
    )  # fmt: skip


def _numbers(line: Line) -> dict[str, Any]:
    keys = ("unit", "mean", "p5", "p50", "p95", "mc_error")
    return {"at": line.at, "address": line.address, **{key: getattr(line, key) for key in keys}}


def _interval(line: Line, size: float | None) -> Interval:
    return Interval(line.p5, line.p50, line.p95, line_scale(line, size))


def _chips(line: Line | None) -> str:
    """Chips that wait, in words: none, or the interval."""
    if line is None or line.p95 < 1:
        return "no chips" if line is None else "0"
    how = scale_of(line.p5, line.p50, line.p95, line.mc_error, "")
    return interval_text(Interval(line.p5, line.p50, line.p95, how), with_unit=False)
