"""The few numbers of an array, and draws of quantities that stand in no scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from capacity.equations.compute import Array
from capacity.model.estimate import Estimate
from capacity.model.summary import describe
from capacity.quantity import Quantity
from capacity.records.chip import Chip
from capacity.resolve import Input, Scenario
from capacity.source import Source


@dataclass(frozen=True, slots=True)
class Points:
    """Mean, 5, 50 and 95 % points of a result, and the standard error of the 50 % point."""

    mean: float
    p5: float
    p50: float
    p95: float
    mc_error: float

    @classmethod
    def of(cls, values: Array) -> Points:
        """The points of an array of worlds, or of one number.

        >>> Points.of(np.array(3.0)).p50
        3.0
        """
        return cls(*describe(np.atleast_1d(np.asarray(values, dtype=float))))

    def as_dict(self) -> dict[str, Any]:
        """The points by name."""
        return asdict(self)


def drawn(answer: Estimate, place: str, quantity: Quantity) -> Array:
    """A quantity of a table beside the scenario in the worlds of the estimate, shape (draws,)."""
    return answer.worlds.values(Input(place, quantity, "", place, "default", ()))


def cited(quantity: Quantity, sources: Mapping[str, Source]) -> list[Source]:
    """The sources of a quantity."""
    return [sources[key] for key in quantity.source]


def with_chips(scenario: Scenario, chips: Mapping[str, Chip]) -> Scenario:
    """The scenario with more chips' sheets at hand; its lots stay what they are."""
    return scenario.having({f"chips.{chip.id}": chip for chip in chips.values()})


def figure(answer: Estimate, chip: str, name: str) -> Array | None:
    """A figure of a chip's sheet in SI in the worlds of the estimate, shape (draws,); None where it has none."""
    item = answer.scenario.figure(chip, name)
    return None if item is None else answer.worlds.values(item)


def assumed(answer: Estimate, name: str) -> Array:
    """An assumption without an owner in the worlds of the estimate, shape (draws,)."""
    return answer.worlds.values(answer.scenario.assumption(name, None))


def ones(answer: Estimate) -> Array:
    """One in every world."""
    return np.ones(answer.worlds.draws)
