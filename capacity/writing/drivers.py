"""The drivers of results → text, Markdown, CSV, JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from capacity._version import __version__
from capacity.model.page import STEPS
from capacity.questions.spread import Influence
from capacity.records.scenario import Scenario
from capacity.units import justified, number, scale
from capacity.writing.text import Footnotes, cited, grid
from capacity.writing.words import label

Found = Mapping[str, Sequence[Influence]]
READING = (
    "share: part of the variance (Shapley effect, the parts come to 1) ± its standard error; rank: rank correlation; "
    "low to high: the result with this input at its 5 % and 95 % points, all else at the median; narrows: how much "
    "narrower the 90 % interval would be if the input were known to be its median."
)
LEAST = 0.02  # a part of the spread that is worth a word
EXACT = "Nothing moves it: every number that it rests on is exact."


def moves(row: Influence) -> bool:
    """True when the result differs between the two ends of the swing by more than rounding."""
    return abs(row.high - row.low) > 1e-9 * abs(row.middle)


def concerned(rows: Sequence[Influence]) -> list[Influence]:
    """The drivers that the result rests on at all."""
    return [row for row in rows if row.share or row.error or moves(row)]


def scaled(rows: Sequence[Influence], unit: str) -> tuple[float, int, str]:
    """The factor, decimals and printed unit in which the swings of one result read well together."""
    moving = [row for row in rows if moves(row)]
    if not moving:
        return 1.0, 0, unit
    factor, printed = scale(abs(moving[0].middle) or abs(moving[0].high), unit)
    widest = max(abs(row.high - row.low) for row in moving) / factor
    return factor, justified(moving[0].middle / factor, 0, widest / 2, 0), printed


def texts(found: Found, scenario: Scenario, width: int, weakest: bool) -> str:
    """A table per result, the weightiest driver first, then the sources."""
    import textwrap

    notes = Footnotes()
    blocks = []
    for address, rows in found.items():
        step = STEPS[address.partition("@")[0]]
        head = textwrap.fill(f"{address}: {label(step.quantity, step.basis)}, in {scaled(rows, step.unit)[2]}", width)
        table = _fitted(_rows(rows, step.unit, notes), width) if concerned(rows) else EXACT
        blocks.append(f"{head}\n{table}")
        if weakest:
            blocks[-1] = "Look these up next (low grade × share of the spread)\n" + blocks[-1]
    blocks.append(textwrap.fill(READING, width))
    sources = [
        textwrap.fill(n, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for n in notes.lines()
    ]
    if sources:
        blocks.append("\n".join(["Sources (grade A measured or official … D judgement)", *sources]))
    return "\n\n".join([*blocks, textwrap.fill(_signature(scenario), width)]) + "\n"


def _signature(scenario: Scenario) -> str:
    return f"capacity {__version__}, scenario {scenario.id}, sha256 {scenario.sha256[:12]}"


def _fitted(rows: Sequence[tuple[str, ...]], width: int) -> str:
    """The table as wide as there is room: the error and the rank are left out where it is narrow."""
    kept = rows if width >= 72 else [(*row[:2], *row[4:]) for row in rows]
    return grid(kept, width, len(kept[0]) - 1)


def _rows(rows: Sequence[Influence], unit: str, notes: Footnotes) -> list[tuple[str, ...]]:
    factor, decimals, _ = scaled(rows, unit)
    table: list[tuple[str, ...]] = [("driver", "share", "±", "rank", "low", "high", "narrows")]
    for row in concerned(rows):
        cited = notes.cite(source for item in row.driver.inputs for source in item.sources)
        ends = [number(x / factor, decimals) if moves(row) else "–" for x in (row.low, row.high)]
        grade = f" ({row.driver.grade})" if row.driver.grade else ""
        name = row.driver.name.removeprefix("assumptions.")
        table.append(
            (f"{name}{grade} {cited}", f"{abs(round(row.share, 3)):.1%}", f"{row.error:.1%}", f"{row.rank:+.2f}", *ends,
             f"{max(row.narrows, 0.0):.0%}")
        )  # fmt: skip
    return table


def markdown(found: Found, scenario: Scenario) -> str:
    """The same as Markdown tables."""
    notes = Footnotes()
    blocks = []
    for address, rows in found.items():
        table = _rows(rows, STEPS[address.partition("@")[0]].unit, notes)
        lines = [f"| {' | '.join(row)} |" for row in table]
        blocks.append(f"## {address}\n\n" + "\n".join([lines[0], "|---|" + "---:|" * 6, *lines[1:]]))
    sources = "\n".join(f"{line.partition('] ')[0][1:]}. {line.partition('] ')[2]}" for line in notes.lines())
    return "\n\n".join([*blocks, READING, sources, _signature(scenario)]) + "\n"


def sentence(found: Found, scenario: Scenario, draws: int, seed: int) -> str:
    """A sentence per result: where most of its spread comes from."""
    lines = []
    for address, rows in found.items():
        step = STEPS[address.partition("@")[0]]
        words = label(step.quantity, step.basis)
        what = f"the spread of {address}" + ("" if words == address else f" ({words})")
        most = sorted((row for row in rows if row.share >= LEAST), key=lambda row: -row.share)[:3]
        parts = [f"{row.share:.0%} from {row.driver.name}" for row in most]
        said = f"Of {what} come {', '.join(parts)}" if parts else EXACT.removesuffix(".").replace("it", address, 1)
        lines.append(f"{said} ({cited(scenario, draws, seed)}).")
    return "\n".join([*lines, ""])


def flat(found: Found) -> list[dict[str, Any]]:
    """A record per result and driver, in SI."""
    return [
        {
            "quantity": address, "driver": row.driver.name, "unit": STEPS[address.partition("@")[0]].unit,
            **{k: v for k, v in asdict(row).items() if k != "driver"},
            "urgency": row.urgency, "grade": row.driver.grade,
            "places": [item.place for item in row.driver.inputs],
        }
        for address, rows in found.items()
        for row in concerned(rows)
    ]  # fmt: skip


def to_json(found: Found, scenario: Scenario, draws: int, seed: int) -> dict[str, Any]:
    """Schema `capacity.drivers/1`."""
    return {
        "schema": "capacity.drivers/1",
        "version": __version__,
        "scenario": {"id": scenario.id, "name": scenario.file.name, "as_of": scenario.file.as_of.isoformat(),
                     "sha256": scenario.sha256},
        "draws": draws,
        "seed": seed,
        "drivers": flat(found),
    }  # fmt: skip


def to_csv(found: Found) -> str:
    """A row per result and driver."""
    out = io.StringIO()
    rows = flat(found)
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["quantity", "driver"], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({**row, "places": " ".join(row["places"]), "grade": row["grade"] or ""})
    return out.getvalue()
