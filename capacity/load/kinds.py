"""What a file may hold, told by its keys."""

from __future__ import annotations

import importlib

from capacity.chip import Chip
from capacity.document import Document
from capacity.grid import Grid, Price
from capacity.scenario import Assumptions, ScenarioFile
from capacity.site import Site
from capacity.source import Record
from capacity.system import System

RECORDS: dict[str, type[Record]] = {
    "chip": Chip, "system": System, "scenario": ScenarioFile, "assumptions": Assumptions,
    "site": Site, "grid": Grid, "price": Price,
}  # fmt: skip
KINDS = (*RECORDS, "rule", "measurement", "workloads")
# The records of the rarer kinds, imported when one is asked for: kind → module, class.
RARER = {
    "rule": ("rule", "Rule"), "measurement": ("measurement", "Measurement"), "workloads": ("workload", "Workloads"),
    "models": ("reference", "Models"), "comparators": ("reference", "Comparators"), "lines": ("reference", "Lines"),
    "claims": ("claim", "Wordings"),
}  # fmt: skip


# The tables, told by a key that only they have.
TABLES = {"models": "models", "comparators": "comparators", "lines": "lines", "claims": "readers"}


def record_of(kind: str) -> type[Record]:
    """The record that a file of a kind holds; the rarer ones are imported when asked for."""
    if kind not in RARER:
        return RECORDS[kind]
    module, name = RARER[kind]
    found: type[Record] = getattr(importlib.import_module(f"capacity.{module}"), name)
    return found


def kind_of(document: Document) -> str:
    """What a file holds, told by the keys that only that kind has."""
    keys = document.data if isinstance(document.data, dict) else {}
    if "lots" in keys or "counted" in keys:
        return "scenario"
    if "classes" in keys or "citation" in keys:
        return "rule"
    if "figures" in keys or "device" in keys:
        return "measurement"
    if "assumptions" in keys and "id" not in keys:
        return "assumptions"
    if "families" in keys or "parameters" in keys:
        return "workloads"
    if any(key in keys for key in ("combustion_kg_kwh", "lifecycle_kg_kwh", "domestic_vendors", "within")):
        return "grid"
    if "usd" in keys:
        return "price"
    of_sites = ("capacity_mw", "capacity_type", "operator", "energised", "spend_usd", "region")
    if any(key in keys for key in of_sites) or isinstance(keys.get("chips"), dict):
        return "site"
    for kind, key in TABLES.items():
        if key in keys and "id" not in keys:
            return kind
    return "system" if "chips" in keys or "rated_kw" in keys else "chip"
