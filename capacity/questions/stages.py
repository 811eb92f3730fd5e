"""`capacity list stages`: what each stage means, its words, and what is assumed of a lot that is at it."""

from __future__ import annotations

from typing import Any

from capacity import load
from capacity.load import Specs
from capacity.quantity import Quantity
from capacity.records.scenario import CONVERSION, ROUTES, STAGES, Assumptions, Stage

REACHED = "all of it"  # from `shipped` on


def stages(specs: Specs) -> list[dict[str, Any]]:
    """A row a stage: its meaning, the share that ever comes by class, and its words."""
    defaults = load.load_assumptions(specs)
    words = load.load_vocabulary().stages.stages
    return [
        {
            "id": stage, "meaning": words[stage].meaning,
            **{route: _share(defaults, stage, route) for route in ROUTES}, "synonyms": words[stage].words,
        }
        for stage in STAGES
    ]  # fmt: skip


def evidence(specs: Specs) -> list[dict[str, Any]]:
    """The same with the sources, grade and reason of every share."""
    defaults = load.load_assumptions(specs)
    return [{**row, "evidence": [_reason(defaults, row["id"], route) for route in ROUTES if row["id"] in CONVERSION]}
            for row in stages(specs)]  # fmt: skip


def _assumed(defaults: Assumptions, stage: Stage, route: str) -> Quantity | None:
    name = CONVERSION.get(stage)
    if name is None:
        return None
    return defaults.profiles[route].assumptions.get(name, defaults.assumptions[name].default)


def _share(defaults: Assumptions, stage: Stage, route: str) -> str:
    quantity = _assumed(defaults, stage, route)
    return f"{quantity.stated}, {quantity.grade}" if quantity else REACHED


def _reason(defaults: Assumptions, stage: Stage, route: str) -> dict[str, Any]:
    quantity = _assumed(defaults, stage, route)
    assert quantity is not None
    return {"route": route, "place": CONVERSION[stage], "grade": quantity.grade, "source": list(quantity.source),
            "note": quantity.note}  # fmt: skip
