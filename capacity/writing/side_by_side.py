"""Two chips beside each other, with a ratio wherever both figures stand on one basis."""

from __future__ import annotations

from typing import Any

from capacity.basis import Basis, Figure, difference, ratio
from capacity.document.citations import quantity_dict
from capacity.document.rows import dumps
from capacity.document.words import SHEET_UNITS
from capacity.load import Specs
from capacity.quantity import Quantity
from capacity.questions.rules import CONVENTION, Measure, measures, verdicts
from capacity.records.chip import Chip
from capacity.records.rule import Metric
from capacity.writing.rules import filled, period, rules_dict
from capacity.writing.text import grid

_METRICS: dict[Metric, str] = {"tpp": "TPP", "performance_density": "performance density, per mm2"}


def compared(a: Chip, b: Chip) -> list[dict[str, Any]]:
    """A row per figure that either sheet has, then TPP and performance density.

    A row holds the label, both quantities, and either a `ratio` (5 % and 95 % points of a over b) or `why_not`.
    """
    order = [*a.figures(), *(field for field in b.figures() if field not in a.figures())]
    groups = list(type(a).model_fields)
    order.sort(key=lambda field: groups.index(field.partition(".")[0]))
    rows = [_row(a, b, field) for field in order]
    ours, theirs = measures(a), measures(b)
    for key, label in _METRICS.items():
        rows.append(_metric_row(key, label, a, b, ours[key], theirs[key]))
    return rows


def _row(a: Chip, b: Chip, field: str) -> dict[str, Any]:
    ours, theirs = a.stated(field), b.stated(field)
    either = ours or theirs
    assert either is not None
    row: dict[str, Any] = {
        "figure": field, "basis": str(either.basis), "unit": SHEET_UNITS[field.partition(".")[0]],
        "a": a.figures().get(field), "b": b.figures().get(field), "ratio": None, "why_not": None,
    }  # fmt: skip
    if ours is None or theirs is None:
        row["why_not"] = f"{(b if theirs is None else a).id} has none"
    elif why := difference(ours.basis, theirs.basis):
        row["why_not"] = f"no ratio: {why}"
    else:
        row["ratio"] = ratio(ours, theirs)
    return row


def _metric_row(key: Metric, label: str, a: Chip, b: Chip, ours: Measure, theirs: Measure) -> dict[str, Any]:
    row: dict[str, Any] = {
        "figure": key,
        "basis": label,
        "unit": "",
        "a": ours,
        "b": theirs,
        "ratio": None,
        "why_not": None,
    }
    lacking = [f"{chip.id} has no {m.lacks}" for chip, m in ((a, ours), (b, theirs)) if m.lacks]
    if lacking:
        row["why_not"] = "; ".join(lacking)
    elif a.unit != b.unit:
        row["why_not"] = f"no ratio: one {a.unit} is not one {b.unit}"
    else:
        row["ratio"] = ratio(*(Figure(_quantity(m), Basis(label, "", "", "", a.unit)) for m in (ours, theirs)))
    return row


def _quantity(measure: Measure) -> Quantity:
    cited = {"source": ("derived",), "grade": "D"}
    if measure.low == measure.high:
        return Quantity.model_validate({"value": measure.low, **cited})
    return Quantity.model_validate({"low": measure.low, "high": measure.high, **cited})


def page(a: Chip, b: Chip, specs: Specs, format_: str, width: int, rules: bool) -> str:
    """Two chips side by side as a table or JSON; with `rules`, their classes below."""
    rows = compared(a, b)
    if format_ == "json":
        return dumps(_as_dict(a, b, rows, specs, rules))
    cells = [[_label(row), cell(row["a"]) or "none", cell(row["b"]) or "none", _said(row)] for row in rows]
    head = ["figure", a.id, b.id, "ratio"]
    table = _fit([head, *cells], width)
    notes = [
        f"ratio: {a.id} over {b.id}, of figures on one basis only; one {a.unit} and one {b.unit}. "
        "Letters are grades; sources: capacity show ID.",
        CONVENTION,
    ]
    blocks = [table, filled(notes, width)]
    if rules:
        blocks.insert(1, _classes(a, b, specs, width))
    return "\n\n".join(blocks) + "\n"


def _label(row: dict[str, Any]) -> str:
    return f"{row['basis']} [{row['unit']}]" if row["unit"] else str(row["basis"])


def cell(found: Quantity | Measure | None) -> str:
    """A number with its grade, as in `148 B`; empty where there is none."""
    if isinstance(found, Quantity):
        return f"{found.stated} {found.grade}"
    return "" if found is None or found.lacks else f"{found} {found.grade}"


def _said(row: dict[str, Any]) -> str:
    if row["ratio"] is None:
        return str(row["why_not"])
    low, high = row["ratio"]
    return f"{low:.3g}" if high / low < 1 + 1e-9 else f"{low:.3g} to {high:.3g}"


def _fit(rows: list[list[str]], width: int) -> str:
    """The grid; where it is too wide, the sentences of the last column go on lines of their own."""
    text = grid(rows, width, 0)
    if max(map(len, text.splitlines())) <= width:
        return text
    short = [[*row[:3], row[3] if len(row[3]) <= 14 else "see below"] for row in rows]
    below = dict.fromkeys(f"{row[0]}: {row[3]}" for row in rows if len(row[3]) > 14)
    lines = [line[:width].rstrip() for line in grid(short, width, 0).splitlines()]
    return "\n".join(lines) + "\n\n" + filled(below, width)


def _classes(a: Chip, b: Chip, specs: Specs, width: int) -> str:
    lines = ["Export rules (why: capacity show ID --rules)"]
    for ours, theirs in zip(verdicts(a, specs), verdicts(b, specs), strict=True):
        rule = ours.rule
        lines.append(f"{period(rule)}  {rule.id}: {a.id} {ours.label}; {b.id} {theirs.label}")
    return filled(lines, width)


def _as_dict(a: Chip, b: Chip, rows: list[dict[str, Any]], specs: Specs, rules: bool) -> dict[str, Any]:
    def plain(chip: Chip, found: Quantity | Measure | None) -> dict[str, Any] | None:
        if isinstance(found, Quantity):
            titles = [chip.sources[key].title for key in found.source]
            return {**quantity_dict(found), "sources": titles}
        return None if found is None or found.lacks else {"low": found.low, "high": found.high, "grade": found.grade}

    ends = ("low", "high")
    listed = [
        {
            **row, "a": plain(a, row["a"]), "b": plain(b, row["b"]),
            "ratio": dict(zip(ends, row["ratio"], strict=True)) if row["ratio"] else None,
        }
        for row in rows
    ]  # fmt: skip
    more = {"rules": [rules_dict(chip, specs) for chip in (a, b)]} if rules else {}
    head = {"a": {"id": a.id, "unit": a.unit}, "b": {"id": b.id, "unit": b.unit}, "convention": CONVENTION}
    return {"schema": "capacity.side_by_side/1", **head, "rows": listed, **more}
