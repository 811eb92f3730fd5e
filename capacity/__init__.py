"""From announced AI chips to FLOP/s and megawatts, with intervals and sources.

>>> import capacity
>>> answer = capacity.estimate("h200-china-2026-01")
>>> 380e18 < float(answer.draws("peak_flops.bf16.dense").mean()) < 600e18
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from capacity._version import __version__ as __version__

if TYPE_CHECKING:
    from capacity.errors import InputError
    from capacity.load import load_assumptions, load_chip, load_grid, load_scenario, load_site, load_system
    from capacity.model.estimate import summarize
    from capacity.model.sampling import sample
    from capacity.model.summary import Line
    from capacity.quantity import Quantity
    from capacity.questions.backtest import backtest
    from capacity.questions.check import check
    from capacity.questions.compare import compare
    from capacity.questions.drivers import drivers
    from capacity.questions.estimate import Estimate, estimate
    from capacity.questions.explain import explain
    from capacity.questions.fit import fit
    from capacity.questions.ledger import ledger
    from capacity.questions.paths import paths
    from capacity.questions.plot import plot
    from capacity.questions.read import Reading, read
    from capacity.questions.report import report
    from capacity.questions.rules import classify
    from capacity.questions.solve import solve
    from capacity.questions.sweep import sweep
    from capacity.questions.validate import validate
    from capacity.questions.without import without_each
    from capacity.records.chip import Chip, MissingFigure
    from capacity.resolve import Scenario
    from capacity.source import Source

# Where each public name lives: numpy and pydantic are imported when one is first used.
_HOMES = {
    "records.chip": ("Chip", "MissingFigure"),
    "errors": ("InputError",),
    "load": ("load_assumptions", "load_chip", "load_grid", "load_scenario", "load_site", "load_system"),
    "model.estimate": ("summarize",),
    "quantity": ("Quantity",),
    "questions.backtest": ("backtest",),
    "questions.estimate": ("Estimate", "estimate"),
    "questions.check": ("check",),
    "questions.compare": ("compare",),
    "questions.drivers": ("drivers",),
    "questions.explain": ("explain",),
    "questions.fit": ("fit",),
    "questions.paths": ("paths",),
    "questions.ledger": ("ledger",),
    "questions.plot": ("plot",),
    "questions.report": ("report",),
    "questions.read": ("Reading", "read"),
    "questions.rules": ("classify",),
    "questions.solve": ("solve",),
    "questions.sweep": ("sweep",),
    "questions.validate": ("validate",),
    "questions.without": ("without_each",),
    "model.sampling": ("sample",),
    "resolve": ("Scenario",),
    "source": ("Source",),
    "model.summary": ("Line",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Chip",
    "Estimate",
    "InputError",
    "Line",
    "MissingFigure",
    "Quantity",
    "Reading",
    "Scenario",
    "Source",
    "backtest",
    "check",
    "classify",
    "compare",
    "drivers",
    "estimate",
    "explain",
    "fit",
    "ledger",
    "load_assumptions",
    "load_chip",
    "load_grid",
    "load_scenario",
    "load_site",
    "load_system",
    "paths",
    "plot",
    "read",
    "report",
    "sample",
    "solve",
    "summarize",
    "sweep",
    "validate",
    "without_each",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"capacity.{_HOME[name]}"), name)
    raise AttributeError(f"module 'capacity' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
