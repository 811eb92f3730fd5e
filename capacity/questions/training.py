"""What a fleet can train: days for a run on one cluster, runs in a year, on every basis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.equations import training
from capacity.equations.compute import Array
from capacity.errors import InputError, fail
from capacity.model.estimate import Estimate
from capacity.quantity import Quantity
from capacity.questions.points import Points, assumed, cited, drawn
from capacity.records.reference import LanguageModel, Models
from capacity.source import Source

BASES = ("all_busy", "training", "final_runs")
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Run:
    """One training run, or a line drawn in FLOP: its compute, its days on a cluster, how many a year holds."""

    id: str
    name: str
    kind: str
    flop: Points
    days_on_all: Points
    days_on_cluster: Points
    runs_a_year: dict[str, Points]
    formula_flop: float | None
    attention_flop: float | None
    sources: tuple[Source, ...]

    def as_dict(self) -> dict[str, Any]:
        """The run as JSON has it, in FLOP and days."""
        return {
            "id": self.id, "name": self.name, "kind": self.kind, "flop": self.flop.as_dict(),
            "formula_flop": self.formula_flop, "attention_flop": self.attention_flop,
            "days_on_all": self.days_on_all.as_dict(), "days_on_cluster": self.days_on_cluster.as_dict(),
            "runs_a_year": {basis: points.as_dict() for basis, points in self.runs_a_year.items()},
            "sources": [source.title for source in self.sources],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Training:
    """The section `training`: runs on the whole fleet, and on the share of it that is one cluster."""

    cluster: float
    runs: tuple[Run, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The section as JSON has it."""
        return {"cluster_share": self.cluster, "runs": [run.as_dict() for run in self.runs], "notes": list(self.notes)}


def can_train(answer: Estimate, models: Models, cluster: float = 0.1) -> Training:
    """What the fleet of an estimate (shown with `training`) can train.

    `cluster`: the share of the fleet that is one synchronous cluster. Raises `InputError` where it is no share.
    Where some chip's sheet has no BF16 rate there are no runs, and a note says so.
    """
    if not 0 < cluster <= 1:
        raise fail("cluster", f"{cluster:g} is no share of the fleet", "above 0, at most 1")
    try:
        sustained = answer.draws("training_flops.bf16")
    except InputError as error:  # some chip's sheet has no BF16 rate
        return Training(cluster, (), (str(error),))
    there = sustained > 0
    if not there.any():
        return Training(cluster, (), ("there are no chips in any world: nothing is trained",))
    year = {basis: answer.draws(f"training_compute.{basis}") for basis in BASES}
    asked: list[tuple[str, str, str, Quantity, LanguageModel | None]] = [
        ("threshold", key, line.name, line.flop, None) for key, line in models.thresholds.items()
    ]
    asked += [("model", key, model.name, model.training_flop, model) for key, model in models.models.items()]
    runs = []
    for kind, key, name, quantity, model in asked:
        flop = drawn(answer, f"{kind}s.{key}.flop", quantity)
        formula, attention = _formula(model)
        runs.append(
            Run(
                key,
                name,
                kind,
                Points.of(flop),
                Points.of(training.run_time(flop[there], sustained[there]) / DAY),
                Points.of(training.run_time(flop[there], sustained[there] * cluster) / DAY),
                {basis: Points.of(training.runs_a_year(compute, flop)) for basis, compute in year.items()},
                formula,
                attention,
                tuple(cited(quantity, models.sources)),
            )
        )
    part = [] if there.all() else [f"days: of the {there.mean():.0%} of worlds in which there are chips"]
    year = {basis: compute[there] for basis, compute in year.items()}
    return Training(cluster, tuple(runs), (*part, *_notes(answer, models, year)))


def _formula(model: LanguageModel | None) -> tuple[float | None, float | None]:
    """`6 N D` of a model, and what attention adds."""
    if model is None or model.active is None or model.tokens is None:
        return None, None
    formula = float(training.run_flop(np.array(model.active), np.array(model.tokens)))
    shape = [model.layers, model.score_width, model.context, model.tokens]
    if any(x is None for x in shape):
        return formula, None
    return formula, float(training.attention_flop(*(np.array(x) for x in shape)))


def _notes(answer: Estimate, models: Models, year: dict[str, Array]) -> Iterator[str]:
    yield "days: on one synchronous cluster, a lower bound of the calendar, which adds stages, restarts and pauses"
    factor = float(np.median(year["all_busy"] / year["final_runs"]))
    yield f"all busy hours hold {factor:.0f} times what final runs get; neither is what an owner will do"
    yield "FP8 runs count on the BF16 peak as BF16 runs do, time lost to failures once (goodput)"
    bf16, fp8 = models.matmul_ceiling.get("bf16"), models.matmul_ceiling.get("fp8")
    if bf16 is None or fp8 is None or bf16.value is None or fp8.value is None:
        return
    high = float(np.quantile(assumed(answer, "mfu"), 0.95))
    yield (
        f"bound, not a factor: the best matrix product reaches {bf16.value:.2f} of the BF16 peak and {fp8.value:.2f} "
        f"of the FP8 peak, {2 * fp8.value:.2f} of the BF16 peak; the MFU assumed goes up to {high:.2f}"
        + (", above the bound of BF16 runs" if high > bf16.value else "")
    )
