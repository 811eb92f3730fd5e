"""One site, several reports: what chip count, megawatts and spend each amount to, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from capacity.document.answer import Answer
from capacity.document.blocks import Column, Document, Missing, Number, Row, Share, Table, Text, items, left
from capacity.document.citations import cited, head
from capacity.document.rows import line_dict
from capacity.document.words import line_scale, spoken
from capacity.equations import siting
from capacity.equations.compute import Array
from capacity.errors import fail
from capacity.load import Specs, load_site, open_specs, scenario_from
from capacity.model.estimate import Estimate, estimate
from capacity.model.limits import BOUNDARIES, chosen, kinds_of
from capacity.model.sampling import DRAWS
from capacity.model.summary import Line, line_of
from capacity.questions.asked import Library
from capacity.questions.fit import boundary_of, limit_of
from capacity.records.site import Site, SpendPart
from capacity.resolve import Input, Scenario
from capacity.units import justified, number

_PARTS: dict[SpendPart, tuple[str, ...]] = {
    "chips": ("capex.chips",), "it": ("capex.chips", "capex.servers"),
    "construction": ("capex.construction",), "total": ("capex.total",),
}  # fmt: skip
FLOPS = "peak_flops.bf16.dense"
COMBINED = "Combined: means of the logarithms, weighted by one over the variance of each path."


@dataclass(frozen=True)
class ReportPath:
    """One report of a site and the chips that it amounts to, shape (draws,)."""

    name: str
    report: str
    chips: Array
    weight: float


@dataclass(frozen=True)
class Conflict:
    """How far two paths lie apart, in standard deviations of the logarithm of their ratio."""

    first: str
    second: str
    score: float
    ratio: Line

    @property
    def verdict(self) -> str:
        """`agree` below 1, `pull apart` below 2, else `conflict`."""
        return "agree" if self.score < 1 else "pull apart" if self.score < 2 else "conflict"


@dataclass(frozen=True, slots=True, repr=False)
class Reconciled(Answer):
    """All paths of a site, combined with weights of one over the variance of each path's logarithm."""

    scenario: Scenario
    site: Site
    draws: int
    seed: int
    paths: tuple[ReportPath, ...]
    combined: Array
    flops_per_chip: Array | None
    conflicts: tuple[Conflict, ...]
    sentences: tuple[str, ...]

    def lines(self) -> list[Line]:
        """Chips and dense BF16 peak by each path, then combined."""
        found = []
        for name, chips in [*((p.name, p.chips) for p in self.paths), ("combined", self.combined)]:
            found.append(line_of(f"chips.{name}", "chips", "chips", chips))
            if self.flops_per_chip is not None:
                found.append(line_of(f"{FLOPS}.{name}", "peak_flops", "FLOP/s", chips * self.flops_per_chip))
        return found

    def head(self) -> dict[str, Any]:
        """Schema `capacity.paths/1`."""
        return {**head("paths", self.scenario, self.draws, self.seed), "site": self.site.id}

    def body(self) -> dict[str, Any]:
        """The paths, their numbers, how far they lie apart, and what that says."""
        return {
            "paths": [{"path": p.name, "report": p.report, "weight": p.weight} for p in self.paths],
            "lines": [line_dict(line) | {"path": line.address.rpartition(".")[2]} for line in self.lines()],
            "conflicts": [{"between": [c.first, c.second], "score": c.score, "verdict": c.verdict,
                           "ratio": line_dict(c.ratio)} for c in self.conflicts],
            "sentences": list(self.sentences),
        }  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        """A row per path and number, with the site, the report and its weight."""
        reports = {p.name: {"report": p.report, "weight": p.weight} for p in self.paths}
        names = ((line, line.address.rpartition(".")[2]) for line in self.lines())
        return [
            {"site": self.site.id, "path": name, **line_dict(line), **reports.get(name, {})} for line, name in names
        ]

    def document(self) -> Document:
        """Each report's chips side by side, the combined number, and where they pull apart."""
        lines = {line.address: line for line in self.lines()}
        reports = {p.name: (p.report, Share(p.weight)) for p in self.paths}
        rows: list[Row] = []
        for name in [*reports, "combined"]:
            chips, peak = lines[f"chips.{name}"], lines.get(f"{FLOPS}.{name}")
            how = line_scale(chips)
            flops = Number(peak.p50, line_scale(peak)) if peak else Missing("which chips is not known")
            report, weight = reports.get(name, ("", None))
            points = (Number(x, how) for x in (chips.p50, chips.p5, chips.p95))
            rows.append((name, report, *points, flops, weight))
        columns = (left("path"), left("report", least=20), Column("chips"), Column("5 %"), Column("95 %"),
                   Column("peak, BF16 dense", None, rank=1), Column("weight", rank=2))  # fmt: skip
        apart = [f"{c.first} and {c.second} {c.verdict}: {c.score:.1f} standard deviations apart, ratio "
                 f"{c.ratio.p50:.2f} ({c.ratio.p5:.2f} to {c.ratio.p95:.2f})" for c in self.conflicts]  # fmt: skip
        notes = [*apart, *self.sentences]
        table = Table(columns, tuple(rows), self.site.name)
        return Document((table, Text(COMBINED), *((items(notes),) if notes else ())))

    def sentence(self) -> str:
        """What the reports come to together, and whether they agree."""
        combined = next(line for line in self.lines() if line.address == "chips.combined")
        verdicts = [f"{c.first} and {c.second} {c.verdict}" for c in self.conflicts]
        text = f"{self.site.name}: {', '.join(p.name for p in self.paths)} come to {spoken(combined)} chips"
        return f"{'; '.join([text, *verdicts])} ({cited(self.scenario, self.draws, self.seed)})."


def mixed(site_id: str, mix: Mapping[str, float], specs: Specs) -> Scenario:
    """One chip of a mix at a site: a scenario whose results are those of one mean chip."""
    lots = {
        f"mix-{index}": {
            "chip": chip, "stage": "installed", "date": "2026-01-01", "site": site_id,
            "count": {"value": share, "source": "mix", "grade": "D"},
        }
        for index, (chip, share) in enumerate(mix.items())
    }  # fmt: skip
    data = {
        "id": f"paths-{site_id}", "name": f"One mean chip at {site_id}", "as_of": "2026-01-01",
        "lots": lots, "counted": list(lots), "sources": {"mix": {"title": "the mix asked for", "kind": "user"}},
    }  # fmt: skip
    return scenario_from(data, specs, "mix")


ROUNDING = 0.011  # how far rounded shares, such as three of 0.33, may miss 1


def _whole(mix: Mapping[str, float]) -> dict[str, float]:
    """The shares of a mix, made exactly 1 together where rounding alone keeps them from it."""
    whole = sum(mix.values())
    if mix and abs(whole - 1) > ROUNDING:
        raise fail("mix", f"the shares come to {whole:.4g}", "shares that come to 1")
    return {chip: share / whole for chip, share in mix.items()}


def reported_mix(site: Site) -> dict[str, float]:
    """The chips that a site's reports name, as shares of the count; empty where they name none."""
    counts = {chip: q.midpoint for chip, q in site.chips.items()}
    return {chip: count / sum(counts.values()) for chip, count in counts.items()}


def paths(
    site_id: str,
    mix: Mapping[str, float] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    specs: Library = None,
) -> Reconciled:
    """The chips of a site by each of its reports (count, megawatts, spend), combined, with their conflicts.

    Each reported figure carries an error of its own (`report_error`); the combined number is the mean of the
    logarithms, weighted by one over their variances.

    Parameters: `site_id` a site of the library (`capacity list sites`); `mix` shares by chip, which come to 1, used
    where no count is reported. Arrays of the answer have shape (draws,), in chips.
    Raises `InputError` where the site reports nothing that can be turned into chips.

    >>> [path.name for path in paths("colossus-1", draws=100).paths]
    ['count', 'power', 'spend']
    """
    library, mix = open_specs(specs), _whole(mix or {})
    site = load_site(site_id, library)
    shares = mix or reported_mix(site)
    if not shares:
        raise fail(site_id, "names no chips", "a mix: CHIP=SHARE,…")
    scenario = mixed(site_id, shares, library)
    answer = estimate(scenario, draws, seed, by="site")
    counted = not mix or set(mix) == set(site.chips)
    raw = _paths(answer, site_id, site, counted)
    if not raw:
        raise fail(site_id, "reports neither a chip count nor megawatts nor a spend that can be priced")
    spread = {name: float(np.log(chips).std()) ** 2 for name, (_, chips) in raw.items()}
    whole = sum(1 / s for s in spread.values())
    each = tuple(ReportPath(n, report, chips, 1 / spread[n] / whole) for n, (report, chips) in raw.items())
    combined = np.exp(sum((p.weight * np.log(p.chips) for p in each), np.zeros(draws)))
    flops = answer.draws(FLOPS) if FLOPS in _given(answer) else None
    conflicts = tuple(_conflict(a, b) for a, b in combinations(each, 2))
    remarks = tuple(_sentences(answer, site, each))
    if site.chips and not counted:
        remarks += (f"the count reported, {_reported(site)}, is left out: it is of other chips than the mix",)
    return Reconciled(scenario, site, draws, seed, each, combined, flops, conflicts, remarks)


def _paths(answer: Estimate, site_id: str, site: Site, count: bool) -> dict[str, tuple[str, Array]]:
    """Each report in words and the chips it amounts to."""
    found: dict[str, tuple[str, Array]] = {}
    if site.chips and count:
        items = [Input(f"sites.{site_id}.chips.{c}", q, "chips", f"sites.{site_id}.chips.{c}", "scenario", ())
                 for c, q in site.chips.items()]  # fmt: skip
        chips = sum((answer.worlds.values(i) for i in items), np.zeros(answer.worlds.draws))
        found["count"] = (_reported(site), chips * _error(answer, site_id, "count"))
    limit = limit_of(answer, site_id, site)
    if limit is not None and site.capacity_mw is not None and "power.contracted.nameplate" in _given(answer):
        need = chosen(boundary_of(answer, site_id, site), [answer.draws(f"power.{b}.nameplate") for b in BOUNDARIES])
        report = f"{site.capacity_mw.says or site.capacity_mw.stated} MW"
        found["power"] = (report, limit * _error(answer, site_id, "power") / need)
    each = _spend_each(answer, site)
    if each is not None and site.spend_usd is not None:
        place = f"sites.{site_id}.spend_usd"
        spend = answer.worlds.values(Input(place, site.spend_usd, "USD", place, "scenario", ()))
        stated = site.spend_usd.scaled(1e-9).stated
        found["spend"] = (f"{stated} bn USD on {_spent_on(site)}", spend * _error(answer, site_id, "spend") / each)
    return found


def _reported(site: Site) -> str:
    """The chips that a site's reports name, in words: `100,000 h100-sxm`."""
    return ", ".join(
        f"{q.says or (f'{q.value:,.0f}' if q.value else q.stated)} {chip}" for chip, q in site.chips.items()
    )


def _given(answer: Estimate) -> set[str]:
    """The results that the mix can give."""
    return {step.address for step, group in answer.results() if group.kind == "total"}


def _error(answer: Estimate, site_id: str, path: str) -> Array:
    """The error that any reported figure carries, as a factor; shape (draws,)."""
    sigma = answer.worlds.values(answer.scenario.assumption("report_error", None))
    blocks = answer.worlds.blocks()
    z = np.concatenate([block.normal(f"sites.{site_id}.report_error.{path}") for block in blocks])
    found: Array = np.exp(sigma * z)
    return found


def _spend_each(answer: Estimate, site: Site) -> Array | None:
    """What one chip of the mix costs in the part of the spend that is reported; None where it has no price."""
    parts = _PARTS[site.spend_part]
    if site.spend_usd is None or not _given(answer).issuperset(parts):
        return None
    return np.asarray(sum((answer.draws(p) for p in parts), np.zeros(answer.worlds.draws)))


def _spent_on(site: Site) -> str:
    return {"chips": "chips", "it": "IT", "construction": "construction", "total": "chips, IT and building"}[
        site.spend_part
    ]


def _conflict(a: ReportPath, b: ReportPath) -> Conflict:
    ratio = np.log(a.chips) - np.log(b.chips)
    score = float(abs(ratio.mean()) / ratio.std())
    return Conflict(a.name, b.name, score, line_of(f"{a.name}/{b.name}", "ratio", "ratio", np.exp(ratio)))


def _sentences(answer: Estimate, site: Site, paths: tuple[ReportPath, ...]) -> Iterator[str]:
    """What would have to be true for the count to fit each other report."""
    known = {path.name: path for path in paths}
    if "count" not in known:
        return
    count = known["count"].chips
    if "power" in known and site.capacity_mw is not None:
        limit = limit_of(answer, site.id or "", site)
        assert limit is not None
        watts = limit * _error(answer, site.id or "", "power")
        it = answer.draws("power.it.nameplate")
        if kinds_of(site, answer.scenario)["it"] < 1:
            needed = float(np.median(siting.pue_needed(watts, count * it)))
            pue = line_of("pue", "pue", "ratio", answer.draws("power.facility.nameplate") / it)
            yield (f"the count would need PUE {needed:.2f} to draw that much; assumed {pue.p5:.2f} to {pue.p95:.2f}")
        else:
            own = line_of("it", "it", "W", it)
            needed = float(np.median(watts / count))
            yield f"the count would need {_beside(own, needed, 'W')} of IT a chip; assumed {_beside(own)}"
    each = _spend_each(answer, site)
    if "spend" in known and each is not None:
        price = line_of("each", "each", "USD", each)
        needed = float(np.median(known["spend"].chips * each / count))
        yield (
            f"the count would need {_beside(price, needed, 'USD')} of {_spent_on(site)} a chip; "
            f"assumed {_beside(price)}"
        )


def _beside(line: Line, value: float | None = None, unit: str = "") -> str:
    """A value, or the interval itself, in the digits that the interval of a line leaves standing."""
    decimals = justified(line.p50, line.p5, line.p95, line.mc_error)
    if value is None:
        return f"{number(line.p5, decimals)} to {number(line.p95, decimals)}"
    return f"{number(value, decimals)} {unit}"
