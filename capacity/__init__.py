"""From announced AI chips to FLOP/s and megawatts, with intervals and sources.

>>> import capacity
>>> scenario = capacity.load_scenario("h200-china-2026-01")
>>> answer = capacity.estimate(scenario)
>>> 380e18 < float(answer.draws("peak_flops.bf16.dense").mean()) < 600e18
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from capacity.chip import Chip, MissingFigure
    from capacity.errors import InputError
    from capacity.load import load_assumptions, load_chip, load_grid, load_scenario, load_site, load_system
    from capacity.measurement import Measurement
    from capacity.measuring import measure
    from capacity.model import Estimate, estimate
    from capacity.quantity import Quantity
    from capacity.questions.backtest import backtest
    from capacity.questions.fit import fits
    from capacity.questions.paths import reconcile
    from capacity.questions.rules import classify
    from capacity.questions.solve import solve
    from capacity.sampling import sample
    from capacity.scenario import Scenario
    from capacity.source import Source
    from capacity.summary import Line, summarize

# Where each public name lives: numpy and pydantic are imported when one is first used.
_HOMES = {
    "chip": ("Chip", "MissingFigure"),
    "errors": ("InputError",),
    "load": ("load_assumptions", "load_chip", "load_grid", "load_scenario", "load_site", "load_system"),
    "measurement": ("Measurement",),
    "measuring": ("measure",),
    "model": ("Estimate", "estimate"),
    "quantity": ("Quantity",),
    "questions.backtest": ("backtest",),
    "questions.fit": ("fits",),
    "questions.paths": ("reconcile",),
    "questions.rules": ("classify",),
    "questions.solve": ("solve",),
    "sampling": ("sample",),
    "scenario": ("Scenario",),
    "source": ("Source",),
    "summary": ("Line", "summarize"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Chip",
    "Estimate",
    "InputError",
    "Line",
    "Measurement",
    "MissingFigure",
    "Quantity",
    "Scenario",
    "Source",
    "backtest",
    "classify",
    "estimate",
    "fits",
    "load_assumptions",
    "load_chip",
    "load_grid",
    "load_scenario",
    "load_site",
    "load_system",
    "measure",
    "reconcile",
    "sample",
    "solve",
    "summarize",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"capacity.{_HOME[name]}"), name)
    raise AttributeError(f"module 'capacity' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
