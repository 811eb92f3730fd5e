"""The ledger of predictions → a table or JSON."""

from __future__ import annotations

import math
from typing import Any

from capacity.document.citations import quantity_dict
from capacity.document.rows import dumps
from capacity.errors import InputError
from capacity.load import Specs, load_ledgers, load_scenario
from capacity.questions.ledger import Score, score
from capacity.records.ledger import POINTS
from capacity.units import number, scale
from capacity.writing.text import _wrap, fitted


def ledger_report(format_: str = "table", specs: Specs | None = None, width: int = 80) -> str:
    """Every prediction with its interval, and what came of it: `table` or `json`."""
    found = specs or Specs()
    ledgers = load_ledgers(found)
    names = dict.fromkeys(p.scenario for ledger in ledgers for p in ledger.predictions.values())
    current = {}
    for name in names:
        try:
            current[name] = load_scenario(name, specs=found).sha256
        except InputError:  # a scenario that is no longer shipped
            continue
    scores = score(ledgers, current)
    if format_ == "json":
        return dumps(
            {"schema": "capacity.ledger/1", "points": list(POINTS), "predictions": [as_dict(s) for s in scores]}
        )
    return table(scores, width)


def as_dict(one: Score) -> dict[str, Any]:
    """A prediction and its score, in SI."""
    p = one.prediction
    return {
        "id": one.name, "question": p.question, "scenario": p.scenario, "sha256": p.sha256,
        "scenario_changed_since": one.changed, "address": p.address, "at": p.at.isoformat() if p.at else None,
        "unit": p.unit, "points": list(p.points), "made": one.made, "version": one.version,
        "resolves": p.resolves.isoformat(), "outcome": quantity_dict(p.outcome) if p.outcome else None,
        "known": p.known.isoformat() if p.known else None, "between": list(one.between) if one.between else None,
        "inside_50": one.inside_50, "inside_90": one.inside_90, "interval_score_90": one.interval,
        "hindsight": one.hindsight,
    }  # fmt: skip


def table(scores: list[Score], width: int) -> str:
    """The open questions, then the known ones, a block each, and the count of hits."""
    blocks = []
    for title, some in (("Open", [s for s in scores if s.outcome is None]),
                        ("Known", [s for s in scores if s.outcome is not None])):  # fmt: skip
        if some:
            rows = [("question", "median", "5 %", "95 %", "", "made"), *(_row(s) for s in some)]
            blocks.append(f"{title}\n{fitted(rows, width, 5)}")
            blocks[-1] += "".join(f"\n{_wrap(_fate(s), width, '    ')}" for s in some if s.outcome is not None)
    fair = [s for s in scores if s.inside_90 is not None and not s.hindsight]
    inside = sum(bool(s.inside_90) for s in fair)
    hits = f"{inside} of {len(fair)} inside the 90 % interval" if fair else "none known yet"
    blocks.append(_wrap(f"Predictions made before the outcome was known: {hits}.", width))
    return "\n\n".join(blocks) + "\n"


def _row(one: Score) -> tuple[str, ...]:
    p = one.prediction
    factor, unit = scale(p.points[2] or p.points[4], p.unit)
    texts = [_three_figures(p.points[i] / factor) for i in (2, 0, 4)]
    return p.question, *texts, "" if unit == "chips" else unit, one.made


def _three_figures(value: float) -> str:
    return number(value, 2 - math.floor(math.log10(value))) if value > 0 else "0"


def _fate(one: Score) -> str:
    p = one.prediction
    assert one.outcome is not None
    assert one.between is not None
    factor, unit = scale(one.outcome, p.unit)
    said = f"{_three_figures(one.outcome / factor)} {unit}".strip()
    hind = "; the outcome was known when this was computed" if one.hindsight else ""
    place = f"between the {one.between[0]} % and the {one.between[1]} % point"
    return f"  {one.name}: {said} on {p.known}, {place}{hind}"
