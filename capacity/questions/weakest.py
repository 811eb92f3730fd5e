"""Which inputs one should look up first: badly known, and much depends on them."""

from __future__ import annotations

from dataclasses import dataclass

from capacity.model.estimate import Estimate
from capacity.questions.drivers import influence
from capacity.records.scenario import Input
from capacity.source import GRADES

TARGETS = ("peak_flops.bf16.dense", "training_flops.bf16", "power.facility.nameplate", "energy.facility",
           "electricity_cost", "capex.total", "carbon.combustion", "water.onsite")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weak:
    """An input with the largest share of any headline's spread that it explains, and its score."""

    input: Input
    influence: float
    score: float


def weakest(answer: Estimate) -> list[Weak]:
    """Inputs by low grade times influence, the weakest first: grade A counts once, B twice, C three, D four times."""
    given = {step.address for step, group in answer.results() if group.kind == "total"}
    steps = list(GRADES)
    found = [
        Weak(item, share, (steps.index(item.quantity.grade) + 1) * share)
        for item, share in influence(answer, [t for t in TARGETS if t in given])
    ]
    return sorted(found, key=lambda weak: -weak.score)
