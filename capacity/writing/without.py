"""A result without each source → text, JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from capacity._version import __version__
from capacity.document.citations import describe_source, source_dict
from capacity.document.words import label
from capacity.model.page import STEPS
from capacity.questions.without import Without
from capacity.resolve import Scenario
from capacity.units import justified, number, scale
from capacity.writing.compare import percent
from capacity.writing.text import grid

READING = (
    "A number that rests on the source alone gives way to a figure by another source or to the default; where there "
    "is neither, its interval is doubled. Exact numbers with nothing behind them stay and are listed as such."
)


def text(found: Sequence[Without], address: str, scenario: Scenario, width: int = 80) -> str:
    """A row per source that some number rests on alone, the one whose loss moves the result most first."""
    step = STEPS[address.partition("@")[0]]
    first = found[0].points
    factor, unit = scale(first[1], step.unit)
    decimals = justified(first[1] / factor, first[0] / factor, first[2] / factor, 0)
    rows: list[tuple[str, ...]] = [("without", "median", "5 %", "95 %", "median moves", "width moves")]
    for row in found:
        low, middle, high = (number(x / factor, decimals) for x in row.points)
        wide = percent((row.points[2] - row.points[0]) - (first[2] - first[0]), first[2] - first[0])
        moves = ("", "") if row is found[0] else (percent(row.points[1] - first[1], first[1]), wide)
        name = "– (all sources)" if row is found[0] else f"[{found.index(row)}]"
        rows.append((name, middle, low, high, *moves))
    blocks = [f"{address}: {label(step.quantity, step.basis)}, in {unit}", grid(rows, width, 5)]
    notes = []
    for index, row in enumerate(found[1:], 1):
        fates = {"gives way": row.replaced, "widened": row.widened, "nothing behind it": row.kept}
        told = "; ".join(f"{fate}: {_some(places)}" for fate, places in fates.items() if places)
        notes.append(f"[{index}] {describe_source(row.source)}: {told}")
    wrapped = [
        textwrap.fill(line, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for line in (*notes, READING, f"capacity {__version__}, scenario {scenario.id}")
    ]
    return "\n\n".join([*blocks[:1], blocks[1], "\n".join(wrapped[:-2]), *wrapped[-2:]]) + "\n"


def _some(places: Sequence[str]) -> str:
    return ", ".join(places[:4]) + (f" and {len(places) - 4} more" if len(places) > 4 else "")


def to_json(found: Sequence[Without], address: str, scenario: Scenario) -> dict[str, Any]:
    """Schema `capacity.without/1`; the first row is the result with all sources."""
    return {
        "schema": "capacity.without/1",
        "version": __version__,
        "scenario": {"id": scenario.id, "sha256": scenario.sha256},
        "quantity": address,
        "unit": STEPS[address.partition("@")[0]].unit,
        "all_sources": dict(zip(("p5", "p50", "p95"), found[0].points, strict=True)),
        "without": [
            {
                "source": source_dict(row.source), **dict(zip(("p5", "p50", "p95"), row.points, strict=True)),
                "replaced": list(row.replaced), "widened": list(row.widened), "kept": list(row.kept),
            }
            for row in found[1:]
        ],
    }  # fmt: skip
