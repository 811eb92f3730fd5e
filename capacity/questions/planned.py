"""What a pipeline of deals needs and gives by date: of each site, in total, by firmness; measured for `plan`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from capacity.model import estimate as model
from capacity.model.deployed import WAITING
from capacity.model.limits import kinds_of, limited_sites
from capacity.model.summary import Line
from capacity.records.scenario import Stage
from capacity.records.schedule import last_day
from capacity.resolve import Scenario

POWER = "power.facility.nameplate"
TOTALS = ("chips", POWER, "peak_flops.bf16.dense", "capex.total", "electricity_cost", "carbon.combustion")
BOUNDARIES = ("it", "facility", "contracted")
FIRMNESS: Mapping[str, tuple[Stage, ...]] = {
    "live": ("installed", "in service"),
    "ordered": ("ordered", "licensed", "approved", "shipped", "delivered"),
    "planned": ("planned",),
    "wanted": ("demand",),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One site at one date: what is in service, what would be as promised, its limit in watts, chips that wait for
    power, and in which share of worlds some do."""

    site: str
    at: date
    power: Line
    promised: Line | None
    limit: float | None
    waiting: Line | None
    chance_full: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Megawatts that a sheet states beside a count, and ours."""

    where: str
    stated: float
    ours: Line


def sites(answer: model.Estimate, days: Sequence[date]) -> Iterator[Standing]:
    """Each site at each date, on the basis of its limit."""
    mine = answer.lines(lambda _, kind: kind == "site")
    lines = {(line.address, line.member, line.at): line for line in mine if line.view == "in_service"}
    promised = {(line.address, line.member, line.at): line for line in mine if line.view == "promised"}
    limited = limited_sites(answer.scenario)
    for site in dict.fromkeys(group.id for group in answer.groups if group.kind == "site"):
        for day in days:
            basis, watts = _limit(answer.scenario, site, day)
            key = (f"power.{basis}.nameplate", site, day.isoformat())
            if key not in lines:
                continue
            waits = lines.get((WAITING, site, day.isoformat())) if site in limited else None
            full = float(np.mean(answer.draws(f"{WAITING}@{site}", "in_service", day) >= 1)) if waits else 0.0
            yield Standing(site, day, lines[key], promised.get(key), watts, waits, full)


def _limit(scenario: Scenario, site: str, day: date) -> tuple[str, float | None]:
    """The boundary of a site's latest limit and its median watts on a day; facility where no limit says another."""
    record = scenario.sites.get(site)
    if record is None or not record.limits:
        return "facility", None
    if record.phases:
        phases = [(phase, number) for number, phase in enumerate(record.phases, 1)]
        begun = [(phase, number) for phase, number in phases if phase.date <= day]
        phase, number = begun[-1] if begun else phases[0]
        power = scenario.site_power(site, f"phases.{number}.limit").quantity.midpoint
        return phase.basis, power if begun else 0.0
    chances = kinds_of(record, scenario)
    basis = max(chances, key=lambda kind: chances[kind])
    begins = last_day(record.energised) if record.energised else None
    power = scenario.site_power(site, "capacity_mw").quantity.midpoint
    return basis, power if begins is None or begins <= day else 0.0


def totals(answer: model.Estimate) -> dict[str, tuple[Line, ...]]:
    """Each total at each date, where some lots lack a figure of those that have it."""
    wanted = answer.lines(lambda address, kind: kind == "total" and address in TOTALS, partial=True)
    dated = [line for line in wanted if line.view == "in_service"]
    by_address = {address: tuple(line for line in dated if line.address == address) for address in TOTALS}
    return {address: lines for address, lines in by_address.items() if lines}


def firm(scenario: Scenario, draws: int, seed: int) -> dict[str, dict[str, Line]]:
    """The results of what is live, ordered, planned, wanted, as stated, in the same worlds."""
    firm: dict[str, dict[str, Line]] = {}
    for name, stages in FIRMNESS.items():
        lots = tuple(lot for lot in scenario.file.counted if scenario.file.lots[lot].stage in stages)
        if lots:
            part = model.estimate(scenario.having({"counted": lots}), draws, seed, by="total", show=TOTALS[:3])
            firm[name] = {line.address: line for line in part.lines()}
    return firm


def compared(scenario: Scenario, draws: int, seed: int) -> Iterator[Compared]:
    """The claims of a sheet on the power of its sites and lots, beside ours."""
    claims = {
        c.check: c.text for c in scenario.file.claims if c.check and c.check.startswith("power.") and "@" in c.check
    }
    if not claims:
        return
    shows = dict.fromkeys(check.partition("@")[0] for check in claims)
    ours = model.estimate(scenario, draws, seed, by=("site", "lot"), show=[*shows])
    lines = {f"{line.address}@{line.member}": line for line in ours.lines(lambda _, kind: kind != "total")}
    for check, text in claims.items():
        address, _, rest = check.partition(" ")
        number, _, unit = rest.partition(" ")
        if address in lines and unit == "MW":
            yield Compared(text.partition(" for ")[2] or address, float(number) * 1e6, lines[address])
