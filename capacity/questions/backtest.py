"""How often reality lies in our intervals: sites, deliveries and runs, predicted from what was said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any, ClassVar, TypeVar

import numpy as np

from capacity import load
from capacity._version import __version__
from capacity.document.answer import Answer
from capacity.document.blocks import (
    Block,
    Document,
    Text,
    items,
)
from capacity.equations.compute import Array
from capacity.questions import deliveries, measured, sites
from capacity.questions.score_tables import (
    Listed,
    adds_rows,
    families_table,
    goals,
    groups_table,
    is_headline,
    label,
    percentiles_table,
    rivals_table,
    rows_table,
)
from capacity.questions.scores import ScoredGroup
from capacity.questions.sites import Unscored
from capacity.records.case import Case
from capacity.records.outcome import Announcement, SiteFigure

DRAWS = 4096
_HALF = {"fit": "the fitting half", "score": "the half that was not fitted", "all": "all systems given"}
T = TypeVar("T", Case, SiteFigure, Announcement)
F = TypeVar("F")


@dataclass(frozen=True, slots=True, repr=False)
class Backtest(Answer):
    """Every group's scores, what is listed or could not be scored and why, and what the run rests on.

    `fitted` counts the measured figures of systems in the fitting half; `rows` are the scored sites and observations.
    """

    groups: tuple[ScoredGroup, ...]
    rows: tuple[Listed, ...]
    listed: tuple[Listed, ...]
    unscored: tuple[tuple[str, str], ...]
    cases: int
    systems: int
    fitted: int
    half: str
    draws: int
    seed: int
    notes: tuple[str, ...]
    name: ClassVar[str] = "groups"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.backtest/1`."""
        return {
            "schema": "capacity.backtest/1", "version": __version__, "half": self.half, "cases": self.cases,
            "systems": self.systems, "fitted": self.fitted, "draws": self.draws, "seed": self.seed,
        }  # fmt: skip

    def body(self) -> dict[str, Any]:
        """The groups, the rows of sites and announcements, what is listed and unscored, and notes."""
        return {
            "groups": [group.as_dict() for group in self.groups],
            "rows": [row.as_dict() for row in self.rows],
            "listed": [row.as_dict() for row in self.listed],
            "unscored": [{"case": case, "reason": reason} for case, reason in self.unscored],
            "notes": list(self.notes),
        }  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        """A row per group and forecast (`ours`, a family of ours, a rival)."""
        return [
            {**group.address, "forecast": forecast, "family": family, **scores.as_dict(),
             "pit": " ".join(map(str, scores.pit))}
            for group in self.groups
            for forecast, family, scores in (
                ("ours", "", group.ours), *(("ours", family, s) for family, s in group.families),
                *((name, "", s) for name, s in group.baselines),
            )
        ]  # fmt: skip

    def short_of(self, least: float) -> list[ScoredGroup]:
        """The headline groups (all groups where there is none) whose 90 % interval holds too rarely."""
        asked = [g for g in self.groups if is_headline(g)] or list(self.groups)
        return [g for g in asked if g.ours.coverage[-1] < least]

    def shortfalls(self, least: float) -> list[str]:
        """A line for each figure whose 90 % interval holds more rarely than asked, or one if nothing was scored."""
        if not self.groups:
            return ["no figure could be scored"]
        return [
            f"{label(g)}: {g.ours.coverage[-1]:.3f} of {g.ours.n} figures (at least {least:g})"
            for g in self.short_of(least)
        ]

    def document(self) -> Document:
        """Sites and deliveries first, with verdicts and rows, then the measured runs."""
        parts: list[Block] = []
        for workload, title in (("site", "Power of sites"), ("deployment", "Deliveries")):
            mine = [g for g in self.groups if g.workload == workload]
            if mine:
                last = [g for g in mine if g.months is None]
                parts += [Text(title, 2), *goals(mine), groups_table(last), rivals_table(last)]
                later = [g for g in mine if g.months is not None]
                parts += [groups_table(later, "By months: an observation within three of them")] if later else []
                parts += self._rows(workload)
        runs = [g for g in self.groups if g.workload not in ("site", "deployment")]
        if runs:
            parts += [Text("Measured runs", 2), *self._runs(runs)]
        if self.listed:
            parts.append(rows_table("Listed, not scored", self.listed))
        if self.unscored:
            parts.append(items([f"{case}: {reason}" for case, reason in self.unscored], "Not scored"))
        parts += [Text(f"Note: {note}") for note in self.notes]
        return Document((*parts, Text(self._cite())))

    def _rows(self, workload: str) -> Iterator[Block]:
        unit = "W" if workload == "site" else "share"
        mine = [row for row in self.rows if row.unit == unit]
        if mine:
            yield rows_table("What was seen, beside what we say (median, 5 % to 95 %)", mine)

    def _runs(self, groups: Sequence[ScoredGroup]) -> Iterator[Block]:
        yield Text(
            f"{self.cases:,} figures of {self.systems:,} systems, predicted from chip and count alone: "
            f"{_HALF[self.half]}."
        )
        if self.fitted and self.half != "fit":
            yield Text(f"{self.fitted:,} of these figures are of systems in the fitting half: no clean test.")
        shown = [g for g in groups if not g.trimmed or adds_rows(g, groups)]
        yield groups_table(shown)
        yield rivals_table([g for g in shown if not g.trimmed])
        heads = [g for g in shown if is_headline(g)]
        if heads:
            yield families_table(heads)
            yield percentiles_table(heads)

    def _cite(self) -> str:
        return f"capacity {__version__}, {self.draws:,} draws, seed {self.seed}"

    def sentence(self) -> str:
        """How often the 90 % intervals held: sites, announcements, measured figures without implausible rows."""
        told = []
        kinds = (("sites' watts", ("site",)), ("announcements", ("deployment",)),
                 (f"measured figures ({_HALF[self.half]})", ("hpl", "training", "claim")))  # fmt: skip
        for what, workloads in kinds:
            mine = [g for g in self.groups if g.workload in workloads and not g.trimmed and g.months is None]
            pooled = [g.ours for g in mine if g.basis == "all" or workloads[0] not in ("site", "deployment")]
            figures = sum(one.n for one in pooled)
            held = round(sum(one.n * one.coverage[-1] for one in pooled))
            told += [f"{held:,} of {figures:,} {what}"] if figures else []
        if not told:
            return f"No figure could be scored ({self._cite()})."
        listed = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
        return f"Predicted from what was said of them alone, {listed} lie inside our 90 % intervals ({self._cite()})."


# --- the run -----------------------------------------------------------------------------------------


def backtest(
    cases: str | Path | None = None, *, half: str | None = None, specs: load.Specs | None = None,
    draws: int = DRAWS, seed: int = 0,
) -> Backtest:  # fmt: skip
    """Score our intervals against the rows of a CSV file, known by its head as cases, sites or announcements.

    Nothing: the tables that ship, all of their sites and announcements. `half` is `fit`, `score` or `all`; where it is
    not given, the shipped cases are scored on the half that was not fitted, and a file of one's own is scored whole.
    Raises `InputError` where the file cannot be read.

    >>> answer = backtest(draws=1000)
    >>> answer.groups[0].workload, answer.groups[0].verdict
    ('site', 'inside the band')
    """
    reference = load.load_tables(*map(load.shipped_table, ("cases", "sites", "announced")))
    asked = load.load_tables(cases) if cases is not None else reference
    return run(asked, reference, specs or load.Specs(), half or ("score" if cases is None else "all"), draws, seed,
               whole=half is None)  # fmt: skip


def run(
    asked: load.Tables, reference: load.Tables, specs: load.Specs, half: str = "all", draws: int = DRAWS, seed: int = 0,
    *, whole: bool = False,
) -> Backtest:  # fmt: skip
    """Score the rows of a half (`fit`, `score` or `all`); rivals take their spread from the reference.

    `whole`: sites and announcements are scored whatever their half.
    """
    side = "all" if whole else half
    announced = [site_of_case(c) for c in _of_half(asked.cases, half) if _is_site(c)]
    unscored = [(row.case or f"line {row.line}", row.reason) for row in asked.bad]
    known = measured.knowledge({c.chip for c in (*reference.cases, *asked.cases)}, specs, draws, seed)
    shapes: dict[tuple[object, ...], Array] = {}
    cases = [c for c in _of_half(asked.cases, half) if not _is_site(c)]
    runs, reasons = predicted(cases, lambda case: (case, measured.shape(case, known, shapes)))
    unscored += reasons
    normal = np.array([NormalDist().inv_cdf((i + 0.5) / draws) for i in range(draws)])
    groups, rows = list[ScoredGroup](), list[tuple[Listed, str]]()

    watts = sites.old_watts()
    halls, reasons = predicted(
        [*_of_half(asked.sites, side), *announced], lambda r: sites.forecast(r, specs, watts, draws, seed)
    )
    unscored += reasons
    rows += [(_listed_site(f), f.row.listed) for f in halls]
    halls = [f for f in halls if not f.row.listed]
    if halls:
        base, _ = predicted(reference.sites, lambda r: sites.forecast(r, specs, watts, draws, seed))
        groups += sites.groups(halls, [f for f in base if not f.row.listed], side, normal)

    domestic, curves = deliveries.domestic_words(specs), deliveries.old_shares()
    plans, reasons = predicted(
        _of_half(asked.announcements, side), lambda r: deliveries.forecast(r, specs, domestic, curves, draws, seed)
    )
    unscored += reasons
    rows += [(_listed_share(f), f.row.listed) for f in plans]
    plans = [f for f in plans if not f.row.listed]
    if plans:
        others, _ = predicted(
            reference.announcements, lambda r: deliveries.forecast(r, specs, domestic, curves, draws, seed)
        )
        groups += deliveries.groups(plans, [f for f in others if not f.row.listed], side, seed)

    groups += measured.groups(runs, reference.cases, half, known, normal)
    trained = {c.system for c in reference.cases if c.half == "fit"}
    seen = [c for c, _ in runs]
    return Backtest(
        tuple(groups), tuple(row for row, reason in rows if not reason), tuple(row for row, reason in rows if reason),
        tuple(unscored), len(seen), len({c.system for c in seen}), sum(c.system in trained for c in seen), half, draws,
        seed, measured.notes(seen, known),
    )  # fmt: skip


def _of_half(rows: Sequence[T], half: str) -> list[T]:
    return [row for row in rows if half in ("all", row.half)]


def predicted(rows: Sequence[T], forecast: Callable[[T], F]) -> tuple[list[F], list[tuple[str, str]]]:
    """The forecast of every row, and the rows that have none, each with the reason."""
    told, reasons = [], []
    for row in rows:
        try:
            told.append(forecast(row))
        except Unscored as reason:
            name = row.event if isinstance(row, Announcement) else row.case or row.name
            reasons.append((name, str(reason)))
    return told, reasons


def _is_site(case: Case) -> bool:
    return (case.workload, case.metric) == ("site", "power") and bool(case.chips) and case.basis in sites.BASES[1:]


def site_of_case(case: Case) -> SiteFigure:
    """A site's announced power that stands among the measured cases, as a row of the table of sites."""
    return SiteFigure.model_validate({
        "case": case.case or case.name, "name": case.name, "chip": case.chip, "chips": case.chips, "watts": case.value,
        "basis": case.basis, "rating": "nameplate", "low": case.value, "high": case.value,
    })  # fmt: skip


def _listed_site(one: sites.Forecast) -> Listed:
    low, middle, high = np.quantile(one.watts, (0.05, 0.5, 0.95)).tolist()
    row = one.row
    told = f"{row.basis}, {row.rating}; {_held(one.outside(np.log([low, high])))}"
    return Listed(row.case, f"{told}; {row.listed}" if row.listed else told, (low, middle, high), row.watts, "W")


def _listed_share(one: deliveries.Forecast) -> Listed:
    low, middle, high = np.quantile(one.shares, (0.05, 0.5, 0.95)).tolist()
    row = one.row
    held = _held(np.array([low - one.share - 1e-9, high - one.share + 1e-9]))
    told = f"{one.route}, {row.months:g} months; {held}"
    return Listed(row.event, f"{told}; {row.listed}" if row.listed else told, (low, middle, high), one.share, "share")


def _held(ends: Array) -> str:
    """Where a figure lies of an interval whose ends lie so far off it."""
    return "below" if ends[0] > 0 else "above" if ends[1] < 0 else "inside"
