"""Backtest → tables, Markdown, JSON and CSV."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from capacity._version import __version__
from capacity.document.rows import rows_to_csv
from capacity.questions.backtest import BAND, LEVELS, Backtest, Group, Scores
from capacity.writing.text import fitted

Rows = list[list[str]]

_WORKLOAD = {"hpl": "HPL", "training": "training", "site": "site", "claim": "claimed"}
_METRIC = {"peak_flops": "peak", "achieved_flops": "achieved", "achieved_fraction": "utilisation", "power": "power"}
_HALF = {"fit": "the fitting half", "score": "the half that was not fitted", "all": "all systems given"}


def label(group: Group) -> str:
    """The figure in words: `HPL achieved, FP64`."""
    basis = group.basis if group.basis == "facility" else group.basis.upper().replace("_TENSOR", " tensor")
    return f"{_WORKLOAD[group.workload]} {_METRIC[group.metric]}, {basis}"


def table(found: Backtest, width: int) -> str:
    """All scores as plain text that fits the width."""
    parts = [textwrap.fill(line, width) for line in _head(found)]
    for title, rows, numbers in _tables(found):
        parts.append(textwrap.fill(title, width) + "\n\n" + fitted(rows, width, numbers))
    parts += [textwrap.fill(line, width, subsequent_indent="  ") for line in _foot(found)]
    return "\n\n".join(parts) + "\n"


def markdown(found: Backtest) -> str:
    """The same tables in Markdown."""
    parts = list(_head(found))
    for title, rows, numbers in _tables(found):
        rule = ["---"] * (len(rows[0]) - numbers) + ["---:"] * numbers
        cells = [[cell.replace("|", "\\|") for cell in row] for row in (rows[0], rule, *rows[1:])]
        parts.append(title + "\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in cells))
    return "\n\n".join([*parts, *_foot(found)]) + "\n"


def _head(found: Backtest) -> Iterator[str]:
    yield (
        f"{found.cases:,} figures of {found.systems:,} systems, predicted from chip and count alone: "
        f"{_HALF[found.half]}."
    )
    if found.fitted and found.half != "fit":
        yield f"{found.fitted:,} of these figures are of systems in the fitting half: no clean test."


def _tables(found: Backtest) -> Iterator[tuple[str, Rows, int]]:
    """Title, rows under a heading, and how many columns are numbers."""
    shown = [group for group in found.groups if not group.trimmed or _adds_rows(group, found.groups)]
    if not shown:
        return
    head = ["figure", "n", *(f"{100 * level:.0f} %" for level in LEVELS), "band of 90 %", "bias"]
    rows = [head]
    for group in shown:
        low, high = group.bands[-1]
        name = label(group) + (", with implausible rows" if group.trimmed else "")
        rows.append([name, f"{group.ours.n}", *map(_share, group.ours.coverage), f"{low:.2f}–{high:.2f}",
                     f"{group.ours.bias_log:+.2f}"])  # fmt: skip
    yield (
        f"Share of figures inside our intervals (band: {100 * BAND:.0f} % of samples of this size if 90 % is right; "
        "bias: mean log of predicted median over figure)", rows, 6,
    )  # fmt: skip
    rows = [["figure", "forecast", "90 %", "score", "CRPS"]]
    for group in (g for g in shown if not g.trimmed):
        for place, (name, scores) in enumerate([("ours", group.ours), *group.baselines]):
            rows.append([label(group) if place == 0 else "", name, *_scored(scores)])
    yield (
        (
            "Interval score at 90 % and CRPS on log scale, smaller is better; each formula has the spread of its own "
            "residuals"
        ),
        rows,
        3,
    )
    rows = [["figure", "family", "n", "90 %", "bias", "score"]]
    for group in (g for g in shown if g.is_headline):
        for place, (name, scores) in enumerate(group.families):
            cover, score, _ = _scored(scores)
            rows.append(
                [label(group) if place == 0 else "", name, str(scores.n), cover, f"{scores.bias_log:+.2f}", score]
            )
    if rows[1:]:
        yield "By chip family", rows, 4
    rows = [["figure", *(f"{10 * i}" for i in range(10))]]
    rows += [[label(g), *map(str, g.ours.pit)] for g in shown if g.is_headline]
    if rows[1:]:
        yield (
            "Figures by the tenth of our draws, from this percentile up, in which they lie (level if calibrated)",
            rows,
            10,
        )


def _adds_rows(group: Group, groups: Sequence[Group]) -> bool:
    """True of a group with implausible rows that has more of them than its twin without, or has no twin."""
    address = (group.workload, group.metric, group.basis)
    twins = [g for g in groups if (g.workload, g.metric, g.basis) == address and not g.trimmed]
    return not twins or twins[0].ours.n < group.ours.n


def _share(value: float) -> str:
    return f"{value:.2f}"


def _scored(scores: Scores) -> tuple[str, str, str]:
    return _share(scores.coverage[-1]), f"{scores.interval_score_90:.2f}", f"{scores.crps_log:.3f}"


def _foot(found: Backtest) -> Iterator[str]:
    for note in found.notes:
        yield f"Note: {note}"
    for case, reason in found.unscored:
        yield f"Not scored: {case}: {reason}"
    yield f"capacity {__version__}, {found.draws:,} draws, seed {found.seed}"


def sentence(found: Backtest) -> str:
    """How often the 90 % intervals held, over all figures but those with implausible rows."""
    scored = [group.ours for group in found.groups if not group.trimmed]
    figures = sum(one.n for one in scored)
    cite = f"capacity {__version__}, {found.draws:,} draws, seed {found.seed}"
    if not figures:
        return f"No figure could be scored ({cite}).\n"
    held = round(sum(one.n * one.coverage[-1] for one in scored))
    return (
        f"Of {figures:,} measured figures ({_HALF[found.half]}), predicted from chip and count alone, {held:,} "
        f"({held / figures:.0%}) lie inside our 90 % intervals ({cite}).\n"
    )


def shortfalls(found: Backtest, least: float) -> list[str]:
    """A line for each figure whose 90 % interval holds more rarely than asked, or one if nothing was scored."""
    if not found.groups:
        return ["--min-coverage: no figure could be scored"]
    return [
        f"--min-coverage: {label(g)}: {g.ours.coverage[-1]:.3f} of {g.ours.n} figures (at least {least:g})"
        for g in found.short_of(least)
    ]


def to_json(found: Backtest) -> dict[str, Any]:
    """The backtest as the interface fixes it, extended by bands, families, the half and what was not scored."""
    return {
        "schema": "capacity.backtest/1",
        "version": __version__,
        "half": found.half,
        "cases": found.cases,
        "systems": found.systems,
        "fitted": found.fitted,
        "draws": found.draws,
        "seed": found.seed,
        "groups": [_group(group) for group in found.groups],
        "unscored": [{"case": case, "reason": reason} for case, reason in found.unscored],
        "notes": list(found.notes),
    }


def _group(group: Group) -> dict[str, Any]:
    bands = {f"band_{round(100 * level)}": list(band) for level, band in zip(LEVELS, group.bands, strict=True)}
    return {
        **_address(group),
        **group.ours.as_dict(),
        **bands,
        "baselines": [{"name": name, **scores.as_dict()} for name, scores in group.baselines],
        "families": [{"family": name, **scores.as_dict()} for name, scores in group.families],
    }


def _address(group: Group) -> dict[str, Any]:
    return {
        "workload": group.workload, "metric": group.metric, "basis": group.basis, "trimmed": group.trimmed,
        "half": group.half,
    }  # fmt: skip


def to_csv(found: Backtest) -> str:
    """A row per group and forecast (`ours`, a family of ours, a baseline)."""
    rows = []
    for group in found.groups:
        named = [("ours", "", group.ours), *(("ours", family, s) for family, s in group.families)]
        for forecast, family, scores in [*named, *((name, "", s) for name, s in group.baselines)]:
            flat = {**scores.as_dict(), "pit": " ".join(map(str, scores.pit))}
            rows.append({**_address(group), "forecast": forecast, "family": family, **flat})
    return rows_to_csv(rows) if rows else ""
