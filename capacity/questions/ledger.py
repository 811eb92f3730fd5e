"""Predictions of open questions, and how well those did whose outcome is known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from capacity.document.answer import Answer
from capacity.document.blocks import Block, Column, Document, Row, Table, Text, items, left
from capacity.document.citations import quantity_dict
from capacity.errors import InputError
from capacity.load import Specs, load_ledgers, load_scenario
from capacity.model.estimate import estimate
from capacity.records.ledger import POINTS, Ledger, Prediction
from capacity.resolve import Scenario
from capacity.units import number, scale


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

    def as_dict(self) -> dict[str, Any]:
        """The prediction and its score, in SI."""
        p = self.prediction
        return {
            "id": self.name, "question": p.question, "scenario": p.scenario, "sha256": p.sha256,
            "scenario_changed_since": self.changed, "address": p.address, "at": p.at.isoformat() if p.at else None,
            "unit": p.unit, "points": list(p.points), "made": self.made, "version": self.version,
            "resolves": p.resolves.isoformat(), "outcome": quantity_dict(p.outcome) if p.outcome else None,
            "known": p.known.isoformat() if p.known else None, "between": list(self.between) if self.between else None,
            "inside_50": self.inside_50, "inside_90": self.inside_90, "interval_score_90": self.interval,
            "hindsight": self.hindsight,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Predictions(Answer):
    """Every prediction with its interval, and what came of it."""

    scores: tuple[Score, ...]
    name: ClassVar[str] = "predictions"

    def head(self) -> dict[str, Any]:
        """Schema `capacity.ledger/1`."""
        return {"schema": "capacity.ledger/1", "points": list(POINTS)}

    def records(self) -> list[dict[str, Any]]:
        """A row per prediction, in SI."""
        return [score.as_dict() for score in self.scores]

    def document(self) -> Document:
        """The open questions, then those whose outcome is known, and the count of hits."""
        blocks: list[Block] = []
        for title, some in (("Open", [s for s in self.scores if s.outcome is None]),
                            ("Outcome known", [s for s in self.scores if s.outcome is not None])):  # fmt: skip
            if some:
                columns = (left("question", least=24), Column("median"), Column("5 %"), Column("95 %"), left("unit"),
                           left("made", rank=3))  # fmt: skip
                blocks.append(Table(columns, tuple(map(_row, some)), title))
                fates = [_fate(s) for s in some if s.outcome is not None]
                blocks += [items(fates)] if fates else []
        fair = [s for s in self.scores if s.inside_90 is not None and not s.hindsight]
        inside = sum(bool(s.inside_90) for s in fair)
        hits = f"{inside} of {len(fair)} inside the 90 % interval" if fair else "no outcome is known yet"
        return Document((*blocks, Text(f"Predictions made before the outcome was known: {hits}.")))


def ledger(specs: Specs | None = None) -> Predictions:
    """Every prediction that ships, or that the user's specs hold, with what came of it.

    Raises `InputError` where a file of the ledger is wrong.

    >>> ledger().scores[0].prediction.unit
    'chips'
    """
    library = specs or Specs()
    ledgers = load_ledgers(library)
    current = {}
    for name in dict.fromkeys(p.scenario for one in ledgers for p in one.predictions.values()):
        try:
            current[name] = load_scenario(name, specs=library).sha256
        except InputError:  # a scenario that is no longer shipped
            continue
    return Predictions(tuple(score(ledgers, current)))


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


def _row(one: Score) -> Row:
    p = one.prediction
    factor, unit = scale(p.points[2] or p.points[4], p.unit)
    texts = (_three_figures(p.points[i] / factor) for i in (2, 0, 4))
    return (p.question, *texts, "" if unit == "chips" else unit, one.made)


def _three_figures(value: float) -> str:
    return number(value, 2 - math.floor(math.log10(value))) if value > 0 else "0"


def _fate(one: Score) -> str:
    p = one.prediction
    assert one.outcome is not None
    assert one.between is not None
    factor, unit = scale(one.outcome, p.unit)
    outcome = f"{_three_figures(one.outcome / factor)} {unit}".strip()
    hindsight = "; the outcome was known when this was computed" if one.hindsight else ""
    place = f"between the {one.between[0]} % and the {one.between[1]} % point"
    return f"{one.name}: {outcome} on {p.known}, {place}{hindsight}"
