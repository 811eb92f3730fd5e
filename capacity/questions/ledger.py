"""Predictions of open questions → what has come true since, and how well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capacity.model.estimate import estimate
from capacity.records.ledger import POINTS, Ledger, Prediction
from capacity.resolve import Scenario


def predicted(scenario: Scenario, prediction: Prediction, draws: int, seed: int) -> tuple[float, ...]:
    """The 5, 25, 50, 75 and 95 % points that this version gives for the question, in SI."""
    at = [prediction.at] if prediction.at else []
    answer = estimate(scenario, draws, seed, by="total", show=prediction.address, at=at)
    return tuple(float(x) for x in np.quantile(answer.draws(prediction.address, at=prediction.at), POINTS))


@dataclass(frozen=True, slots=True)
class Score:
    """One prediction and, where its outcome is known, how it fared.

    `below`: the two points between which the outcome falls, in percent. `interval`: the interval score of the
    90 % interval (its width, and 20 times by how much the outcome misses it), in the result's unit.
    `hindsight`: the outcome was known when the prediction was made, so it shows nothing.
    """

    name: str
    prediction: Prediction
    made: str
    version: str
    changed: bool
    outcome: float | None = None
    between: tuple[int, int] | None = None
    inside_50: bool | None = None
    inside_90: bool | None = None
    interval: float | None = None
    hindsight: bool = False


def score(ledgers: Sequence[Ledger], current: Mapping[str, str]) -> list[Score]:
    """A score for each prediction; `current`: scenario id → its fingerprint in this version."""
    found = []
    for ledger in ledgers:
        for name, prediction in ledger.predictions.items():
            head = (name, prediction, ledger.made.isoformat(), ledger.version)
            changed = current.get(prediction.scenario) != prediction.sha256
            if prediction.outcome is None or prediction.known is None:
                found.append(Score(*head, changed))
                continue
            known = prediction.outcome.middle
            low, first, _, third, high = prediction.points
            miss = max(low - known, known - high, 0.0)
            found.append(
                Score(
                    *head, changed, known, _between(prediction.points, known), first <= known <= third,
                    low <= known <= high, high - low + 2 / 0.1 * miss, prediction.known <= ledger.made,
                )
            )  # fmt: skip
    return found


def _between(points: Sequence[float], known: float) -> tuple[int, int]:
    """The percent points around an outcome: (25, 50) is above the lower quartile and below the median."""
    percents = [0, *(round(100 * p) for p in POINTS), 100]
    above = sum(point <= known for point in points)
    return percents[above], percents[above + 1]
