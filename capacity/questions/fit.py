"""Do these chips fit these sites: what they need, what the sites have, which of the two binds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from capacity import load
from capacity.document.answer import Answer
from capacity.document.blocks import Column, Document, Number, Row, Scale, Table, Text, items, left
from capacity.document.citations import cited, head
from capacity.document.rows import line_dict
from capacity.document.words import line_scale, number_text, share_text, spoken
from capacity.equations import siting
from capacity.equations.compute import Array
from capacity.errors import fail
from capacity.load.input_file import InputFile
from capacity.model.estimate import Estimate, estimate
from capacity.model.limits import BOUNDARIES, Index, boundary_index, chosen, kinds_of, limit_at
from capacity.model.sampling import DRAWS
from capacity.model.summary import Line, line_of
from capacity.quantity import Quantity
from capacity.questions.asked import Asked, Library, scenario_of
from capacity.records.site import Boundary, Site
from capacity.resolve import Input, Scenario

SHOW = ("chips", "power.it.nameplate", "power.facility.nameplate", "power.contracted.nameplate")

NAMES = {
    "chips": "chips", "need": "power needed", "limit": "power at hand", "filled": "needed over at hand",
    "fit": "chips that fit", "left": "chips left over", "sites": "sites of that size",
}  # fmt: skip
POWER_WORDS = {"it": "IT power", "facility": "facility power", "contracted": "contracted grid power"}


@dataclass(frozen=True)
class Fit:
    """One site with the chips that are meant for it; arrays of shape (draws,), watts at the site's boundary.

    `limit` is None where no megawatts are published; `kind` says what the
    site's megawatts mean.
    """

    id: str
    site: Site
    chips: Array
    need: Array
    limit: Array | None
    kind: str

    @property
    def chance(self) -> float | None:
        """The share of worlds in which all chips fit."""
        return None if self.limit is None else float((self.need <= self.limit).mean())

    @property
    def binds(self) -> str:
        """`power` where the site's watts run out first in most worlds, else `chips`; or `unknown`."""
        return "unknown" if self.chance is None else "chips" if self.chance >= 0.5 else "power"

    def lines(self) -> list[Line]:
        """Chips, watts needed and at hand, how full that makes the site, chips that fit and that do not."""
        found = [("chips", "chips", self.chips), ("need", "W", self.need)]
        if self.limit is not None:
            fit = siting.chips_that_fit(self.chips, self.need, self.limit)
            found += [("limit", "W", self.limit), ("filled", "ratio", self.need / self.limit),
                      ("fit", "chips", fit), ("left", "chips", self.chips - fit)]  # fmt: skip
        return [line_of(name, name, unit, values) for name, unit, values in found]


@dataclass(frozen=True)
class Unplaced:
    """Chips whose site nobody names, and how many sites of one size they would need."""

    chips: Array
    need: Array
    boundary: Boundary
    sites: Array | None

    def lines(self) -> list[Line]:
        """Chips, watts, and whole sites where a size was given."""
        found = [("chips", "chips", self.chips), ("need", "W", self.need)]
        if self.sites is not None:
            found.append(("sites", "sites", self.sites))
        return [line_of(name, name, unit, values) for name, unit, values in found]


@dataclass(frozen=True, slots=True, repr=False)
class Fits(Answer):
    """Each site with what it has and what it would need, and the chips whose site nobody names.

    `size` is the size of the sites that were asked for, as typed.
    """

    scenario: Scenario
    sites: tuple[Fit, ...]
    rest: Unplaced | None
    size: str | None
    draws: int
    seed: int

    def head(self) -> dict[str, Any]:
        """Schema `capacity.fit/1`."""
        return head("fit", self.scenario, self.draws, self.seed)

    def _site(self, fit: Fit) -> dict[str, Any]:
        return {
            "site": fit.id, "name": fit.site.name, "capacity_type": fit.kind,
            "energised": fit.site.energised, "probability": fit.chance, "binds": fit.binds,
        }  # fmt: skip

    def body(self) -> dict[str, Any]:
        """The sites and the rest, each with its lines."""
        sites = [{**self._site(fit), "lines": [line_dict(line) for line in fit.lines()]} for fit in self.sites]
        rest = self.rest and {"boundary": self.rest.boundary, "lines": [line_dict(line) for line in self.rest.lines()]}
        return {"sites": sites, "site_unknown": rest}

    def records(self) -> list[dict[str, Any]]:
        """A row per site and number, and per number of the chips without a site."""
        rows = [{**self._site(fit), **line_dict(line)} for fit in self.sites for line in fit.lines()]
        if self.rest:
            rows += [{"boundary": self.rest.boundary, **line_dict(line)} for line in self.rest.lines()]
        return rows

    def document(self) -> Document:
        """A table per site with a verdict below it, when each is there, and the chips without a site."""
        blocks: list[Text | Table] = []
        for fit in self.sites:
            blocks += [numbers_table(fit.site.name, fit.lines()), Text(verdict(fit, self.scenario))]
        when = (items(list(remarks(list(self.sites)))),) if self.sites else ()
        rest: list[Text | Table] = []
        if self.rest is not None:
            title = f"site unknown, {POWER_WORDS[self.rest.boundary]}"
            rest.append(numbers_table(title + (f", sites of {self.size}" if self.size else ""), self.rest.lines()))
            if not self.size:
                rest.append(Text("Give --size '100 MW' to count sites, or --site ID to try one."))
        return Document((*blocks, *when, *rest))

    def sentence(self) -> str:
        """A sentence per site, and one for the chips whose site nobody names."""
        texts = []
        for fit in self.sites:
            need = {line.quantity: line for line in fit.lines()}
            have = f" where {spoken(need['limit'])} are at hand" if "limit" in need else ""
            end = verdict(fit, self.scenario).removesuffix(".")
            texts.append(f"{fit.site.name} needs {spoken(need['need'])} for {spoken(need['chips'])} chips{have}: "
                         f"{end[:1].lower()}{end[1:]}")  # fmt: skip
        if self.rest is not None:
            need = {line.quantity: line for line in self.rest.lines()}
            sites = ""
            if "sites" in need:
                row = need["sites"]
                middle, low, high = (number_text(x, Scale()) for x in (row.p50, row.p5, row.p95))
                sites = f", {middle} sites of that size (90 % interval {low} to {high})"
            texts.append(f"{spoken(need['chips'])} chips whose site nobody names need {spoken(need['need'])} of "
                         f"{POWER_WORDS[self.rest.boundary]}{sites}")  # fmt: skip
        cite = cited(self.scenario, self.draws, self.seed)
        return "\n".join(f"{text} ({cite})." for text in texts)


def fit(
    scenario: Asked = load.DEFAULT_SCENARIO,
    site: str | None = None,
    size: str | None = None,
    boundary: Boundary = "facility",
    draws: int = DRAWS,
    seed: int = 0,
    *,
    at: date | str | None = None,
    specs: Library = None,
) -> Fits:
    """Whether chips fit their sites: what they need, what the sites have, which binds, by how much.

    Parameters: `scenario` an id, a path, a mapping or a `Scenario`; `site` the id of a site for the counted lots that
    name none; else `size` (`100 MW`) says of which size the sites are that those need, measured at `boundary`;
    `at` a day: the chips promised for it (else in service) against the limits of that day.
    Arrays of the answer have shape (draws,), in chips and W. Raises `InputError` where scenario, site or size is wrong.

    >>> answer = fit("h200-china-2026-01", size="100 MW", draws=100)
    >>> [line.quantity for line in answer.rest.lines()]
    ['chips', 'need', 'sites']
    """
    library = load.open_specs(specs)
    wanted = load.measured_quantity(size, "W", "size", library) if size else None
    if wanted and (wanted.low or wanted.value or 0.0) < 1:
        raise fail("size", f"{size!r} is no size of a site", "a watt or more")
    loaded = scenario_of(scenario, library)
    if site is not None:
        loaded = _at_site(loaded, site, library)
    answer = estimate(loaded, draws, seed, by="site", show=SHOW, at=() if at is None else at)
    if at is not None:
        answer = answer.seen_at(
            at, "promised" if any(view.name == "promised" for view in answer.views) else "in_service"
        )
    return Fits(loaded, tuple(fits(answer)), unplaced(answer, wanted, boundary), size, draws, seed)


def _at_site(scenario: Scenario, site: str, specs: load.Specs) -> Scenario:
    """The scenario with its counted lots that name no site at this one."""
    homeless = [name for name in scenario.file.counted if scenario.file.lots[name].site is None]
    if not homeless:
        raise fail("site", "every counted lot names its site already", "a lot without one")
    lots = {**scenario.document["lots"]}
    lots |= {name: {**lots[name], "site": site} for name in homeless}
    labels = {f"lots.{name}.site": "site" for name in homeless}
    moved = load.join_scenario(InputFile(scenario.id, {**scenario.document, "lots": lots}), specs, labels)
    return replace(moved, commanded=scenario.commanded)


def numbers_table(title: str, lines: Sequence[Line]) -> Table:
    """Numbers of a site by their names, with median, 5 % and 95 % points; there is no half of a site."""
    rows: list[Row] = []
    for line in lines:
        how = Scale() if line.unit == "sites" else line_scale(line)
        points = (Number(x, how) for x in (line.p50, line.p5, line.p95))
        rows.append((NAMES.get(line.quantity, line.quantity), *points, how.unit))
    return Table((left(title, least=20), Column("median"), Column("5 %"), Column("95 %"), left("unit")), tuple(rows))


def verdict(fit: Fit, scenario: Scenario) -> str:
    """Whether all chips fit, as a sentence, and which of the two binds."""
    if fit.chance is None:
        return "No megawatts are published for this site: whether they fit cannot be said."
    what = {"power": "The site's power binds", "chips": "The chips bind: the site has room"}[fit.binds]
    return f"All chips fit in {share_text(fit.chance)} of the worlds ({fit.kind}). {what}."


def fits(answer: Estimate) -> list[Fit]:
    """Every site that the scenario's lots name against the chips there; needs `by="site"` and `SHOW`.

    Of an estimate that is seen at a date: the chips of its view against the limit of that day.
    """
    found = []
    day = answer.seen.at
    for group in answer.groups[1:]:
        if group.kind == "site" and group.id != "unknown":
            site = answer.scenario.sites[group.id]
            chips = answer.draws(f"chips@{group.id}")
            limit = limit_of(answer, group.id, site)
            kind, words = boundary_of(answer, group.id, site), kind_words(site, answer.scenario)
            if day and site.limits:
                at = [limit_at(answer.scenario, block, group.id, day) for block in answer.worlds.blocks()]
                kind, limit = (np.concatenate(parts) for parts in zip(*at, strict=True))
                begun = [phase for phase in site.phases if phase.date <= day]
                words = f"{POWER_WORDS[begun[-1].basis]} from {begun[-1].date}" if begun else words
            table = [answer.draws(f"power.{b}.nameplate@{group.id}") for b in BOUNDARIES]
            need = chosen(kind, table)
            found.append(Fit(group.id, site, chips, need, limit, words))
    return found


def unplaced(answer: Estimate, size: Quantity | None, boundary: Boundary) -> Unplaced | None:
    """The chips without a site, and how many sites of `size` watts they need; None where all have one."""
    if not any(g.kind == "site" and g.id == "unknown" for g in answer.groups):
        return None
    need = answer.draws(f"power.{boundary}.nameplate@unknown")
    sites = None
    if size is not None:
        item = Input("size", size, "W", "size", "command", ())
        sites = siting.sites_needed(need, answer.worlds.values(item))
    return Unplaced(answer.draws("chips@unknown"), need, boundary, sites)


def limit_of(answer: Estimate, name: str, site: Site) -> Array | None:
    """A site's megawatts in every world, in W; None where no figure is published."""
    return None if site.capacity_mw is None else answer.worlds.values(answer.scenario.site_power(name, "capacity_mw"))


def boundary_of(answer: Estimate, name: str, site: Site) -> Index:
    """Which boundary the site's figure means in each world, as an index into `BOUNDARIES`; shape (draws,)."""
    return np.concatenate([boundary_index(answer.scenario, block, name, site) for block in answer.worlds.blocks()])


def kind_words(site: Site, scenario: Scenario) -> str:
    """What a site's megawatts mean, in words: `IT power`, `a mixture: 25 % IT, 45 % facility …`."""
    words = {"it": "IT", "facility": "facility", "contracted": "contracted"}
    chances = kinds_of(site, scenario)
    sure = [b for b in BOUNDARIES if chances[b] == 1]
    if sure:
        return f"{words[sure[0]]} power"
    return "not stated; taken as " + ", ".join(f"{p:.0%} {words[b]}" for b, p in chances.items() if p)


def remarks(found: list[Fit]) -> Iterator[str]:
    """When each site is there, where anything is known of it."""
    for fit in found:
        when = f"energised {fit.site.energised}" if fit.site.energised else "no date of energising is known"
        yield f"{fit.site.name}: {when}"
