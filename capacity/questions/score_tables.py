"""Scores of a backtest as tables: goals, groups, rivals, families, rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from capacity.document.blocks import Block, Column, Interval, Number, Row, Scale, Section, Table, items, left
from capacity.document.words import scale_of
from capacity.questions.scores import BAND, VERDICT_FROM, ScoredGroup

HEADLINE = (
    ("site", "power"), ("deployment", "share"), ("hpl", "achieved_flops"), ("hpl", "power"),
    ("training", "achieved_fraction"),
)  # fmt: skip
LOG_ERROR = 0.15
_WORKLOAD = {"hpl": "HPL", "training": "training", "site": "site", "claim": "claimed"}
_METRIC = {"peak_flops": "peak", "achieved_flops": "achieved", "achieved_fraction": "utilisation", "power": "power"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A row that is printed and not scored, why, and the 5, 50 and 95 % points of what we say beside what was seen.

    `unit`: W, or `share`.
    """

    case: str
    reason: str
    points: tuple[float, float, float]
    seen: float
    unit: str

    def as_dict(self) -> dict[str, Any]:
        """The row under the names of the interface."""
        low, middle, high = self.points
        return {"case": self.case, "reason": self.reason, "unit": self.unit, "value": self.seen,
                "p5": low, "p50": middle, "p95": high}  # fmt: skip


def is_headline(group: ScoredGroup) -> bool:
    """True of the quantities that the calibration aims at, pooled, as reported without implausible rows."""
    pooled = (group.basis == "all" and group.months is None) or group.workload not in ("site", "deployment")
    return (group.workload, group.metric) in HEADLINE and not group.trimmed and pooled


def label(group: ScoredGroup) -> str:
    """The figure in words: `HPL achieved, FP64`."""
    if group.workload == "deployment":
        return "all events" if group.basis == "all" else group.basis
    if group.workload == "site":
        return "all sites" if group.basis == "all" else {"it": "IT"}.get(group.basis, group.basis)
    basis = group.basis if group.basis == "facility" else group.basis.upper().replace("_TENSOR", " tensor")
    tail = ", with implausible rows" if group.trimmed else ""
    return f"{_WORKLOAD[group.workload]} {_METRIC[group.metric]}, {basis}{tail}"


def goals(groups: Sequence[ScoredGroup]) -> list[Block]:
    """What was aimed at for a table as a whole, met or missed."""
    pooled = next((g for g in groups if g.basis == "all" and g.months is None), None)
    if pooled is None:
        return []
    ours, (low, high) = pooled.ours, pooled.bands[-1]
    told = [
        f"90 % intervals hold {ours.coverage[-1]:.2f} of {ours.n} figures; right ones hold {low:.2f} to {high:.2f} in "
        f"19 of 20 samples of this size: {pooled.verdict}."
    ]
    if pooled.workload == "deployment":
        sides = ours.below > 0 and ours.above > 0
        told.append(f"Misses on both sides ({ours.below} below, {ours.above} above): {_met(sides)}.")
    else:
        told.append(
            f"Median error of the logarithm {ours.median_error:.2f}, at most {LOG_ERROR}: "
            f"{_met(ours.median_error < LOG_ERROR)}."
        )
    for name, rival in pooled.baselines:
        told.append(f"CRPS {ours.crps:.3f} against {rival.crps:.3f} of {name}"
                    + (f" (which has {rival.n} of the rows)" if rival.n < ours.n else "")
                    + f": {_met(ours.crps <= rival.crps)}.")  # fmt: skip
    return [items(told)]


def _signed(value: float) -> str:
    """With its sign, never `-0.00`."""
    return f"{round(value, 2) + 0.0:+.2f}"


def _met(holds: bool) -> str:
    return "met" if holds else "missed"


def groups_table(groups: Sequence[ScoredGroup], title: str = "") -> Table:
    """The share of figures inside our intervals by group, misses on either side, and the verdict of the band."""
    rows: list[Row | Section] = []
    for place, g in enumerate(groups):
        low, high = g.bands[-1]
        if g.months is not None and (place == 0 or groups[place - 1].months != g.months):
            rows.append(Section(f"after {g.months} months"))
        rows.append((
            label(g), str(g.ours.n), *(f"{c:.2f}" for c in g.ours.coverage), f"{low:.2f}–{high:.2f}",
            str(g.ours.below), str(g.ours.above), _signed(g.ours.bias), g.verdict or "too few",
        ))  # fmt: skip
    columns = (
        left("figure", least=20), Column("n"), Column("50 %", rank=2), Column("80 %", rank=2), Column("90 %"),
        Column("band of 90 %", rank=1), Column("below", rank=1), Column("above", rank=1), Column("bias", rank=1),
        left("verdict", rank=3),
    )  # fmt: skip
    kind = "mean of predicted median less share" if groups[0].ours.plain else "mean log of predicted median over figure"
    title = title or (
        f"Share of figures inside our intervals (band: {100 * BAND:.0f} % of samples of this size if 90 % is right; "
        f"below, above: figures under and over the 90 % interval; bias: {kind}; no verdict on fewer than "
        f"{VERDICT_FROM} figures)"
    )
    return Table(columns, tuple(rows), title)


def rivals_table(groups: Sequence[ScoredGroup]) -> Table:
    """Interval score and CRPS of ours and of each rival."""
    rows: list[Row] = []
    for g in groups:
        for place, (name, s) in enumerate([("ours", g.ours), *g.baselines]):
            rows.append((label(g) if place == 0 else "", name, str(s.n), f"{s.coverage[-1]:.2f}",
                         f"{s.interval_score_90:.2f}", f"{s.crps:.3f}"))  # fmt: skip
    columns = (
        left("figure", least=20), left("forecast", least=12), Column("n", rank=2), Column("90 %", rank=1),
        Column("score", rank=1), Column("CRPS"),
    )  # fmt: skip
    scale = "on the share" if groups and groups[0].ours.plain else "on log scale"
    title = (
        f"Interval score at 90 % and CRPS {scale}, smaller is better; each rival has the spread of its own residuals"
    )
    return Table(columns, tuple(rows), title)


def families_table(groups: Sequence[ScoredGroup]) -> Table:
    """Our scores by family of chip."""
    rows: list[Row] = [
        (label(g) if place == 0 else "", name, str(s.n), f"{s.coverage[-1]:.2f}", _signed(s.bias),
         f"{s.interval_score_90:.2f}")
        for g in groups for place, (name, s) in enumerate(g.families)
    ]  # fmt: skip
    columns = (left("figure", least=20), left("family"), Column("n"), Column("90 %"), Column("bias"), Column("score"))
    return Table(columns, tuple(rows), "By chip family")


def percentiles_table(groups: Sequence[ScoredGroup]) -> Table:
    """Where in our draws the figures lie."""
    columns = (left("figure", least=20), *(Column(f"{10 * i}") for i in range(10)))
    rows = tuple((label(g), *map(str, g.ours.pit)) for g in groups)
    title = "Figures by the tenth of our draws, from this percentile up, in which they lie (level if calibrated)"
    return Table(columns, rows, title)


def rows_table(title: str, rows: Sequence[Listed]) -> Table:
    """Rows one by one: what was seen, what we say, whether it is inside, and why it is not scored."""
    shown: list[Row] = []
    for row in rows:
        low, middle, high = row.points
        how = Scale(1.0, 2, "")
        if row.unit == "W":
            how = scale_of(low, middle, high, 0.0, "W", row.seen)
        whole = replace(how, decimals=max(how.decimals, 0))
        interval = Interval(low, middle, high, how)
        shown.append((row.case, Number(row.seen, whole), interval, how.unit, row.reason))
    columns = (
        left("row", least=16),
        Column("seen"),
        Column("we say"),
        left("unit", rank=1),
        left("", rank=1, least=16),
    )
    return Table(columns, tuple(shown), title)


def adds_rows(group: ScoredGroup, groups: Sequence[ScoredGroup]) -> bool:
    """True of a group with implausible rows that has more of them than its twin without, or has no twin."""
    address = (group.workload, group.metric, group.basis)
    twins = [g for g in groups if (g.workload, g.metric, g.basis) == address and not g.trimmed]
    return not twins or twins[0].ours.n < group.ours.n
