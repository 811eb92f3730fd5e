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

# Where each name of the package lives: numpy and pydantic are imported when one is first used.
_NAMES = {
    name: home
    for home, names in {
        "errors": "InputError",
        "load": "Lot Scenario load_assumptions load_chip load_grid load_owner load_price load_rule load_scenario "
        "load_site load_system read_sheet",
        "model.summary": "Line",
        "quantity": "Quantity",
        "questions.backtest": "backtest",
        "questions.check": "check",
        "questions.compare": "compare",
        "questions.drivers": "drivers",
        "questions.estimate": "Estimate estimate",
        "questions.explain": "explain",
        "questions.fit": "fit",
        "questions.ledger": "ledger",
        "questions.list": "list_parts",
        "questions.paths": "paths",
        "questions.plan": "plan",
        "questions.plot": "plot",
        "questions.read": "Reading read",
        "questions.report": "report",
        "questions.rules": "classify",
        "questions.show": "show",
        "questions.solve": "solve",
        "questions.sweep": "sweep",
        "questions.validate": "validate",
        "questions.without": "without_each",
        "records.chip": "Chip MissingFigure",
        "source": "Source",
    }.items()
    for name in names.split()
}

__all__ = sorted(_NAMES)  # type checkers read the names as they are imported below

if TYPE_CHECKING:
    from capacity.errors import InputError as InputError
    from capacity.load import Lot as Lot
    from capacity.load import Scenario as Scenario
    from capacity.load import load_assumptions as load_assumptions
    from capacity.load import load_chip as load_chip
    from capacity.load import load_grid as load_grid
    from capacity.load import load_owner as load_owner
    from capacity.load import load_price as load_price
    from capacity.load import load_rule as load_rule
    from capacity.load import load_scenario as load_scenario
    from capacity.load import load_site as load_site
    from capacity.load import load_system as load_system
    from capacity.load import read_sheet as read_sheet
    from capacity.model.summary import Line as Line
    from capacity.quantity import Quantity as Quantity
    from capacity.questions.backtest import backtest as backtest
    from capacity.questions.check import check as check
    from capacity.questions.compare import compare as compare
    from capacity.questions.drivers import drivers as drivers
    from capacity.questions.estimate import Estimate as Estimate
    from capacity.questions.estimate import estimate as estimate
    from capacity.questions.explain import explain as explain
    from capacity.questions.fit import fit as fit
    from capacity.questions.ledger import ledger as ledger
    from capacity.questions.list import list_parts as list_parts
    from capacity.questions.paths import paths as paths
    from capacity.questions.plan import plan as plan
    from capacity.questions.plot import plot as plot
    from capacity.questions.read import Reading as Reading
    from capacity.questions.read import read as read
    from capacity.questions.report import report as report
    from capacity.questions.rules import classify as classify
    from capacity.questions.show import show as show
    from capacity.questions.solve import solve as solve
    from capacity.questions.sweep import sweep as sweep
    from capacity.questions.validate import validate as validate
    from capacity.questions.without import without_each as without_each
    from capacity.records.chip import Chip as Chip
    from capacity.records.chip import MissingFigure as MissingFigure
    from capacity.source import Source as Source


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'capacity' has no attribute {name!r}")
    return getattr(importlib.import_module(f"capacity.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
